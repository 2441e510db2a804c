"""The files of a folder, found again from what a table or an annotation calls them."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path, PurePosixPath

from polyclinic.errors import LayoutError
from polyclinic.readers import ENDINGS, is_image_folder, is_image_name
from polyclinic.store.links import leaves

MARKS = re.compile(r"[_. -]*\{[^{}]*\}")


@dataclass(frozen=True)
class Files:
    """All files below a folder, hidden ones left out; a folder that is one image (OME-Zarr) counts as a file.

    Args:
        root: the folder.
        paths: relative to it, sorted.
        outside: links that lead out of it; they are not followed.
    """

    root: Path
    paths: tuple[str, ...] = field(repr=False)
    outside: tuple[str, ...] = field(default=(), repr=False)

    @classmethod
    def below(cls, root: Path) -> Files:
        """List a folder.

        Raises:
            LayoutError: no folder, or nothing in it.
        """
        if not root.is_dir():
            raise LayoutError(f"{root} is no folder" if root.exists() else f"{root} is missing")
        found = []
        for folder, names, files in os.walk(root):
            images = [name for name in names if is_image_folder(name)]
            names[:] = [name for name in names if not name.startswith(".") and name not in images]
            base = Path(folder).relative_to(root).as_posix()
            held = [name for name in (*files, *images) if not name.startswith(".")]
            found += [name if base == "." else f"{base}/{name}" for name in held]
        outside = tuple(sorted(name for name in found if leads_out(root / name, root)))
        if not found or len(outside) == len(found):
            what = "holds nothing but links that lead out of it" if found else "is empty"
            raise LayoutError(f"{root} {what}", hint="give the folder that holds the images or the table")
        return cls(root, tuple(sorted(set(found) - set(outside))), outside)

    @cached_property
    def images(self) -> tuple[str, ...]:
        """The files that may be images, by their names."""
        return tuple(path for path in self.paths if is_image_name(path))

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.paths)

    def has(self, path: str) -> bool:
        """Whether there is a file at this path from the root."""
        return path in self._known

    @cached_property
    def _by_name(self) -> dict[str, list[str]]:
        """Images by file name, and by file name without its ending."""
        found = defaultdict(list)
        for path in self.images:
            name = PurePosixPath(path).name
            found[name].append(path)
            found[stem(name)].append(path)
        return found

    def find(self, called: str) -> str | None:
        """The image that a cell means: a path from the root, or a file name (its ending may lack) that is unique.

        A name without a folder that several folders hold goes to the one called like images.
        """
        called = called.strip().replace("\\", "/").removeprefix("./")
        base = self.root.as_posix().rstrip("/") + "/"
        called = called.removeprefix(base)
        if called in self._known:
            return called
        if not called or called.startswith("/") or ".." in PurePosixPath(called).parts:
            return None
        tails = [path for path in self._by_name.get(PurePosixPath(called).name, ()) if _ends(path, called)]
        if len(tails) > 1:
            tails = [path for path in tails if path.split("/")[0].lower().startswith(("image", "img"))]
        return tails[0] if len(tails) == 1 else None


def leads_out(path: Path, root: Path) -> bool:
    """Whether a path is a link to a place that is not below a folder."""
    return path.is_symlink() and leaves(path, os.path.realpath(root))


def stem(name: str) -> str:
    """A file's name without its image ending (two-part endings too), and without the marks of several channels' files.

    Example:
        >>> stem("images/scan_01.nii.gz"), stem("cells/a_{w1,w2}.tif")
        ('scan_01', 'a')
    """
    plain = MARKS.sub("", PurePosixPath(name).name)
    ending = next((e for e in sorted(ENDINGS, key=len, reverse=True) if plain.lower().endswith(e)), "")
    return plain[: len(plain) - len(ending)] if ending else plain


def _ends(path: str, called: str) -> bool:
    """Whether a path ends in what it is called, folder by folder, with or without its ending."""
    bare = path[: len(path) - len(PurePosixPath(path).name)] + stem(path)
    return any(f"/{form}".endswith(f"/{called}") for form in (path, bare))


def looks_like_image(called: str) -> bool:
    """Whether a cell reads like an image's path, there or not."""
    return is_image_name(called) and "\n" not in called and len(called) < 300
