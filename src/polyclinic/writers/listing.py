"""A JSON object with the lists `images` and `annotations`, written item by item: it never lies in memory."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any


class Listing:
    """COCO's file; annotations are kept in a second file until the images are through.

    Args:
        head: what stands before the lists.
    """

    def __init__(self, path: Path, head: Mapping[str, Any]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.images = self.annotations = 0
        self._rest_path = path.with_suffix(".rest")
        self._file: IO[str] = path.open("w", encoding="utf-8")
        self._rest: IO[str] = self._rest_path.open("w+", encoding="utf-8")
        self._file.write("{" + "".join(f"{_text(key)}: {_text(value)},\n" for key, value in head.items()))
        self._file.write('"images": [\n')

    def __enter__(self) -> Listing:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._file.write('\n],\n"annotations": [\n')
            self._rest.seek(0)
            shutil.copyfileobj(self._rest, self._file)
            self._file.write("\n]}\n")
        self._file.close()
        self._rest.close()
        self._rest_path.unlink()

    def add(self, image: Mapping[str, Any], annotations: Iterable[Mapping[str, Any]]) -> None:
        """Add an image, which has its `id`, and its annotations, which get theirs."""
        self._file.write(f"{',' if self.images else ' '}{_text(image)}\n")
        self.images += 1
        for annotation in annotations:
            numbered = {"id": self.annotations + 1, "image_id": image["id"]} | dict(annotation)
            self._rest.write(f"{',' if self.annotations else ' '}{_text(numbered)}\n")
            self.annotations += 1


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
