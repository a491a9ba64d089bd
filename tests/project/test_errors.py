"""The tree of errors: what the docstring draws is what the classes are, and each has its exit code."""

import inspect
import re

import pytest

from edgeopt import errors
from edgeopt.errors import EdgeoptError

CLASSES = {
    name: item
    for name, item in vars(errors).items()
    if inspect.isclass(item) and issubclass(item, EdgeoptError) and item.__module__ == errors.__name__
}


def drawn() -> list[tuple[int, str, int]]:
    """Depth, name and exit code of each line of the tree in the docstring."""
    rows = []
    for line in (errors.__doc__ or "").splitlines():
        if match := re.match(r"([│├└─ ]*)([A-Z]\w+) +(\d) ", line):
            rows.append((len(match[1]) // 4, match[2], int(match[3])))
    return rows


def test_the_tree_is_drawn_as_it_is() -> None:
    assert {name for _, name, _ in drawn()} == set(CLASSES)
    path: list[str] = []
    for depth, name, exit_code in drawn():
        path[depth:] = [name]
        assert CLASSES[name].exit_code == exit_code, name
        assert CLASSES[name].__base__ is (CLASSES[path[-2]] if depth else Exception), name


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_message_and_hint_are_kept(name: str) -> None:
    error = CLASSES[name]("the disk is full", "make room")
    assert (error.message, error.hint, str(error)) == ("the disk is full", "make room", "the disk is full")
