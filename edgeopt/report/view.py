"""How a type of value is shown: its JSON schema, its text, and the error that it amounts to, if any."""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from edgeopt.errors import EdgeoptError
from edgeopt.registry import import_all

if TYPE_CHECKING:
    from rich.console import RenderableType

T = TypeVar("T")
_NOTEBOOK_COLUMNS = 110


@dataclass(frozen=True)
class View(Generic[T]):
    """`schema` is the name and version of the JSON form, whose keys are the fields of what `content` gives."""

    schema: str
    text: Callable[[T], RenderableType]
    verdict: Callable[[T], EdgeoptError | None]
    content: Callable[[T], object]


_VIEWS: dict[type, View[Any]] = {}


def _sound(value: object) -> EdgeoptError | None:
    return None


def _itself(value: object) -> object:
    return value


def view(
    kind: type[T],
    schema: str,
    verdict: Callable[[T], EdgeoptError | None] = _sound,
    content: Callable[[T], object] = _itself,
) -> Callable[[Callable[[T], RenderableType]], Callable[[T], RenderableType]]:
    """Registers the decorated function as the text of values of type `kind`.

    `content` is a dataclass or a mapping with the keys of the JSON form, where that is not the value itself. `verdict`
    turns a value that was obtained, but is bad news (over budget, outputs that differ), into the error that the command
    ends with, after the value was shown.
    """

    def add(text: Callable[[T], RenderableType]) -> Callable[[T], RenderableType]:
        if kind in _VIEWS or schema in {known.schema for known in _VIEWS.values()}:
            raise ValueError(f"two views show `{kind.__name__}` or are called `{schema}`")
        _VIEWS[kind] = View(schema, text, verdict, content)
        return text

    return add


def view_of(value: T) -> View[T]:
    """The view of the value's type; TypeError where no file of `views` or of the verbs registered one."""
    return view_of_type(type(value))


def view_of_type(kind: type[T]) -> View[T]:
    """The view of values of a type; TypeError as `view_of`."""
    import_all(importlib.import_module("edgeopt.report.views"))
    if kind not in _VIEWS:
        raise TypeError(f"no view shows a `{kind.__name__}`")
    return _VIEWS[kind]


class Shown:
    """A value that a notebook shows as its report."""

    def _repr_html_(self) -> str:
        from rich.console import Console

        console = Console(record=True, file=io.StringIO(), width=_NOTEBOOK_COLUMNS, highlight=False)
        console.print(view_of(self).text(self))
        return console.export_html(inline_styles=True, code_format="<pre>{code}</pre>")
