"""The rules of the tree: which way imports point, what is never used, and that tests mirror the source."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "polyclinic"
FILES = sorted(SOURCE.rglob("*.py"))

DATA = ("readers", "writers", "layouts", "store", "curate", "phantom")
RECORD = ("errors", "records", "study")
BODY = (*RECORD, "verbs", *DATA, "parts", "objectives", "metrics")
WORK = (*BODY, "writers", "bodies", "cards", "registry", "models", "configs", "claims", "evaluation", "training")
# What each folder or module of the package may import besides itself. Imports point one way:
# cli, serving -> claims, evaluation, training -> registry -> systems -> bodies -> parts, objectives, metrics -> study.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "errors": (),
    "records": ("errors",),
    "study": ("errors", "records"),
    "verbs": ("study",),
    "cards": ("errors", "verbs"),
    "replies": ("records", "study", "verbs"),
    "configs": ("errors", "records"),
    **dict.fromkeys(DATA, (*RECORD, *DATA)),
    "writers": (*RECORD, *DATA),
    "parts": ("errors",),
    "objectives": ("errors",),
    "metrics": RECORD,
    "bodies": BODY,
    "systems": (*BODY, "bodies", "cards", "training.stages"),
    "registry": ("errors", "cards"),
    "models": ("errors", "registry"),
    "gallery": (*RECORD, "verbs", "metrics"),
    "evaluation": WORK,
    "training": WORK,
    "claims": WORK,
    "cli": (*WORK, "gallery", "replies", "serving", "systems"),
    "serving": (*WORK, "gallery", "replies", "systems"),
}
BANNED_MODULES = {"torchvision", "pickle", "cPickle", "dill", "cloudpickle", "shelve", "marshal", "joblib"}
BANNED_CALLS = {"eval", "exec", "compile", "torch.load"}
BANNED_METHODS = {"extractall", "unpack_archive"}
HEAVY = {
    "accelerate",
    "cv2",
    "defusedxml",
    "faiss",
    "highdicom",
    "imagecodecs",
    "nibabel",
    "openslide",
    "peft",
    "pyarrow",
    "pydicom",
    "scipy.ndimage",
    "skimage",
    "sklearn",
    "tifffile",
    "torch",
    "transformers",
    "zarr",
}
LONGEST_FILE = 450
SMALLEST_TESTED = 60
# Modules without a test file of their own, and where their tests are.
TESTED_ELSEWHERE: dict[str, str] = {
    # The chest's shapes are judged by what they add up to: films, volumes, regions and patients.
    "phantom.chest.anatomy": "tests/phantom/test_world.py",
    "phantom.chest.body": "tests/phantom/test_world.py",
    "phantom.chest.findings": "tests/phantom/chest/test_regions.py",
    "phantom.chest.placing": "tests/phantom/chest/test_regions.py",
    # Protocols, which the contract asks of every system.
    "bodies.base": "tests/contract/test_systems.py",
    # `polyclinic new` copies the template's test with it, so it lies beside it.
    "systems._template": "src/polyclinic/systems/_template_test.py",
    "systems._template_test": "tests/cli/test_new.py",
}


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), filename=str(path))


def module_name(path: Path) -> str:
    """`parts.vision.pyramid` for src/polyclinic/parts/vision/pyramid.py; the package itself is ''."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def imports(nodes: Iterator[ast.AST] | list[ast.stmt]) -> Iterator[str]:
    """Full names of what is imported; `from a import b` gives `a.b`."""
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def own_imports(path: Path) -> set[str]:
    """The package's own modules that a file imports, anywhere in it, without the package's name."""
    found = {name for name in imports(ast.walk(tree(path))) if name.startswith("polyclinic.")}
    return {name.removeprefix("polyclinic.") for name in found if name != "polyclinic.__version__"}


def within(name: str, group: str) -> bool:
    return name == group or name.startswith(f"{group}.")


def offences(path: Path) -> list[str]:
    """Imports of a file that point the wrong way."""
    own = module_name(path).split(".")[0]
    allowed = (*MAY_IMPORT.get(own, ()), own)
    return sorted(name for name in own_imports(path) if not any(within(name, group) for group in allowed))


def test_the_source_is_found() -> None:
    assert len(FILES) > 40


def test_every_folder_and_module_has_its_place() -> None:
    names = {module_name(path).split(".")[0] for path in FILES} - {""}
    assert names <= MAY_IMPORT.keys(), f"say in MAY_IMPORT what {sorted(names - MAY_IMPORT.keys())} may import"


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_imports_point_one_way(path: Path) -> None:
    assert offences(path) == []


def test_an_import_the_wrong_way_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.SOURCE", tmp_path)
    part = tmp_path / "parts" / "some.py"
    part.parent.mkdir()
    part.write_text("def f():\n    from polyclinic.store import collection\n    return collection\n")
    assert offences(part) == ["store.collection"]


def test_no_system_imports_a_system() -> None:
    files = [path for path in FILES if path.parent == SOURCE / "systems"]
    systems = [path for path in files if path.name != "_template_test.py"]
    for path in systems:
        others = {name for name in own_imports(path) if within(name, "systems") and not within(name, module_name(path))}
        assert not others, f"{path.name} imports {sorted(others)}: move what both need to parts/ or objectives/"


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_nothing_unsafe_is_used(path: Path) -> None:
    nodes = list(ast.walk(tree(path)))
    modules = {name.split(".")[0] for name in imports(iter(nodes))}
    assert not modules & BANNED_MODULES
    calls = {ast.unparse(node.func) for node in nodes if isinstance(node, ast.Call)}
    assert not calls & BANNED_CALLS
    assert not {call.rpartition(".")[2] for call in calls} & BANNED_METHODS
    assert not any(isinstance(node, ast.keyword) and node.arg == "allow_pickle" for node in nodes)


@pytest.mark.parametrize("path", FILES, ids=module_name)
def test_files_are_short(path: Path) -> None:
    lines = len(path.read_text("utf-8").splitlines())
    assert lines <= LONGEST_FILE, f"{path} has {lines} lines: split it by idea"


def reachable_at_import(start: str) -> Iterator[tuple[str, str]]:
    """(module, import) pairs that importing `start` runs, following this package's module-level imports."""
    by_name = {module_name(path): path for path in FILES}
    todo, seen = [start], set()
    while todo:
        name = todo.pop()
        if name in seen or name not in by_name:
            continue
        seen.add(name)
        parents = [name.rsplit(".", depth)[0] for depth in range(1, name.count(".") + 1)]
        todo += parents
        for found in imports(tree(by_name[name]).body):
            yield name, found
            if found.startswith("polyclinic."):
                own = found.removeprefix("polyclinic.")
                todo += [own, own.rpartition(".")[0]]


@pytest.mark.parametrize("command", sorted((SOURCE / "cli").glob("*.py")), ids=lambda path: path.stem)
def test_commands_import_nothing_heavy(command: Path) -> None:
    heavy = {
        f"{module} imports {name}"
        for module, name in reachable_at_import(module_name(command))
        if any(within(name, library) for library in HEAVY)
    }
    assert not heavy


def spots_of(path: Path) -> list[Path]:
    """Where the tests of a module may be: its own file, or one for the folder it is in."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    spots = [Path(*parts[:-1], f"test_{parts[-1]}.py")]
    spots += [Path(*parts[:depth], f"test_{parts[depth]}.py") for depth in range(1, len(parts) - 1)]
    return [ROOT / "tests" / spot for spot in spots]


def imported_beside(path: Path) -> set[str]:
    """Modules that the tests in the mirrored folder import."""
    folder = ROOT / "tests" / path.parent.relative_to(SOURCE)
    names = {name for test in folder.glob("test_*.py") for name in own_imports(test)}
    return names | {name.rpartition(".")[0] for name in names}


@pytest.mark.parametrize("path", [f for f in FILES if f.name != "__init__.py"], ids=module_name)
def test_tests_mirror_the_source(path: Path) -> None:
    name = module_name(path)
    if name in TESTED_ELSEWHERE or len(path.read_text("utf-8").splitlines()) <= SMALLEST_TESTED:
        return
    spots = spots_of(path)
    told = any(spot.is_file() for spot in spots) or name in imported_beside(path)
    assert told, f"nothing tests {name}: make {spots[0].relative_to(ROOT)}"


def test_exceptions_are_still_needed() -> None:
    names = {module_name(path): path for path in FILES}
    assert TESTED_ELSEWHERE.keys() <= names.keys()
    assert all((ROOT / test).is_file() for test in TESTED_ELSEWHERE.values())
    assert not [name for name in TESTED_ELSEWHERE if any(spot.is_file() for spot in spots_of(names[name]))]
