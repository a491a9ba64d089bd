"""Frozen dataclasses <-> JSON: keys are the field names, so the units are in them; what is read back is checked."""

import json
import math
import types
from collections.abc import Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from edgeopt.errors import UsageError
from edgeopt.report.view import view_of

T = TypeVar("T")

_MOST = 1e18  # in whatever unit, nobody means more; it keeps later arithmetic finite


def dumps(value: object) -> str:
    """The JSON document of a value that has a view: its schema first, then its fields."""
    shown_as = view_of(value)
    return json.dumps({"schema": shown_as.schema, **plain(shown_as.content(value))}, indent=2, allow_nan=False)


def plain(value: Any) -> Any:
    """`value` in JSON's types. Fields with `repr=False` (arrays) are left out; NaN and infinity are null."""
    if is_dataclass(value):
        return {field.name: plain(getattr(value, field.name)) for field in _shown(value)}
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    if hasattr(value, "item"):  # a number of numpy's
        return plain(value.item())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Path):
        return value.as_posix()
    return value


def load(path: Path, kind: type[T], schema: str) -> T:
    """The value of type `kind` that `dumps` wrote into the file; UsageError naming file and key where it is not one."""
    found: T = load_any(path, {schema: kind}, "write it anew: edgeopt deploy")
    return found


def load_any(path: Path, kinds: Mapping[str, type[Any]], hint: str) -> Any:
    """The value in the file, of the type that `kinds` has for its schema; UsageError, with `hint`, as `load`."""
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"`{path}` cannot be read: {error.strerror}", hint) from None
    except (ValueError, RecursionError):
        raise UsageError(f"`{path}` is not JSON", hint) from None
    kind = kinds.get(str(content.get("schema"))) if isinstance(content, dict) else None
    if kind is None:
        raise UsageError(f"`{path}` is not a document of schema {' or '.join(f'`{name}`' for name in kinds)}", hint)
    try:
        return _build(kind, {key: item for key, item in content.items() if key != "schema"}, "")
    except RecursionError:
        raise UsageError(f"`{path}` is nested too deeply", hint) from None
    except _Misfit as misfit:
        raise UsageError(f"`{path}`: {misfit}", hint) from None


class _Misfit(Exception):
    pass


def _shown(value: Any) -> list[Field[Any]]:
    return [field for field in fields(value) if field.repr]


def _build(kind: Any, item: Any, where: str) -> Any:
    """`item` of a JSON document as a value of the annotated type `kind`."""
    origin, arguments = get_origin(kind), get_args(kind)
    if kind is Any or kind is object:
        return item
    if origin in (Union, types.UnionType):
        # Every union of the results is `X | None`.
        return None if item is None else _build(next(a for a in arguments if a is not type(None)), item, where)
    if is_dataclass(kind) and isinstance(item, dict):
        return _build_dataclass(kind, item, where)
    if origin is tuple and isinstance(item, list):
        kinds = arguments[:1] * len(item) if arguments[-1] is ... else arguments
        if len(kinds) == len(item):
            return tuple(_build(k, part, f"{where}[{i}]") for i, (k, part) in enumerate(zip(kinds, item, strict=True)))
    elif origin is Literal:
        if item in arguments:
            return item
    elif origin is not None and issubclass(origin, Mapping) and isinstance(item, dict):
        return {key: _build(arguments[1], part, f"{where}.{key}") for key, part in item.items()}
    elif kind is Path and isinstance(item, str):
        return Path(item)
    elif kind is float and isinstance(item, int | float) and not isinstance(item, bool):
        if abs(item) <= _MOST:  # not so NaN
            return float(item)
    elif kind is int and type(item) is int:
        if abs(item) <= _MOST:
            return item
    elif kind in (str, bool) and type(item) is kind:
        return item
    raise _Misfit(f"`{where.lstrip('.')}` is {json.dumps(item)[:60]}, which does not fit")


def _build_dataclass(kind: Any, item: dict[str, Any], where: str) -> Any:
    hints = get_type_hints(kind)
    known = {field.name: field for field in _shown(kind)}
    if unknown := sorted(set(item) - set(known)):
        raise _Misfit(f"`{where}.{unknown[0]}` is unknown".replace("`.", "`"))
    for name, field in known.items():
        if name not in item and field.default is MISSING and field.default_factory is MISSING:
            raise _Misfit(f"`{where}.{name}` is missing".replace("`.", "`"))
    try:
        return kind(**{name: _build(hints[name], part, f"{where}.{name}") for name, part in item.items()})
    except ValueError as error:  # a value object that refuses its fields
        raise _Misfit(f"`{where.lstrip('.')}`: {error}") from None
