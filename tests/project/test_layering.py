"""Imports go one way: a room may use the rooms before it in this list, and none after it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ORDER = """errors registry resources tables goals board ir bits quantmath schema ops costs larq convert load optimize
plan emit firmware simulate device energy power mlperf budget contest report pipeline cli""".split()
ENTRANCES = ("__init__", "__main__")  # the package's face: it may show every room

PACKAGE = Path(__file__).resolve().parents[2] / "edgeopt"
FILES = sorted(path for path in PACKAGE.rglob("*.py") if path.relative_to(PACKAGE).parts[0] != "kernels")


def room_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imported_rooms(path: Path, source: str) -> Iterator[tuple[int, str]]:
    """Line and room of each import of ours in `source`, wherever in the file it stands."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: import it by its full name"
            own = node.module == "edgeopt"
            modules = [f"edgeopt.{alias.name}" for alias in node.names] if own else [str(node.module)]
        else:
            continue
        for module in modules:
            parts = module.split(".")
            if parts[0] == "edgeopt" and len(parts) > 1:
                yield node.lineno, parts[1]


def wrong_imports(path: Path, source: str) -> list[str]:
    room = room_of(path)
    return [
        f"{path.relative_to(PACKAGE.parent)}:{line}: `{room}` must not import `{other}`"
        for line, other in imported_rooms(path, source)
        # __version__ and the like are not rooms
        if not other.startswith("__") and (other not in ORDER or ORDER.index(other) > ORDER.index(room))
    ]


def test_every_room_is_in_the_order() -> None:
    rooms = {room_of(path) for path in FILES} - set(ENTRANCES)
    assert rooms <= set(ORDER), "a new room needs its place in ORDER, in docs/architecture.md and in the design"


@pytest.mark.parametrize("room", ORDER)
def test_imports_only_rooms_before_it(room: str) -> None:
    files = [path for path in FILES if room_of(path) == room]
    wrong = [line for path in files for line in wrong_imports(path, path.read_text())]
    assert not wrong, "\n".join(wrong)


def test_an_upward_import_is_seen() -> None:
    source = "def f():\n    from edgeopt.report import dumps\n"
    assert wrong_imports(PACKAGE / "plan" / "x.py", source) == ["edgeopt/plan/x.py:2: `plan` must not import `report`"]
    assert wrong_imports(PACKAGE / "ir.py", "import edgeopt.nowhere") == [
        "edgeopt/ir.py:1: `ir` must not import `nowhere`"
    ]
    assert wrong_imports(PACKAGE / "cli" / "x.py", source) == []


def test_every_test_file_has_a_name_of_its_own() -> None:
    """The folders of the tests are no packages: pytest cannot collect two files of one name."""
    names = [path.name for path in (PACKAGE.parent / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))
