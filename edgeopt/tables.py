"""TOML files read strictly: an unknown, missing, mistyped or out-of-range key is an error that names file and key."""

import difflib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edgeopt.errors import UsageError

_FILE_LIMIT_BYTES = 64 * 1024
_ADDRESS_LIMIT = 1 << 32


def read_toml(path: Path, what: str, error: type[UsageError], hint: str) -> dict[str, Any]:
    """The content of a `what` file, e.g. "board"; `error` where it cannot be read, is too large or no TOML."""
    try:
        with path.open("rb") as file:
            data = file.read(_FILE_LIMIT_BYTES + 1)
    except (OSError, ValueError) as reason:  # ValueError: a path with a zero byte
        why = reason.strerror if isinstance(reason, OSError) else reason
        raise error(f"{path}: cannot be read: {why}", f"give the path of a {what} file, .toml") from None
    if len(data) > _FILE_LIMIT_BYTES:
        raise error(f"{path}: larger than {_FILE_LIMIT_BYTES} bytes, so not a {what} file", hint)
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (ValueError, RecursionError) as reason:
        raise error(f"{path}: not a TOML file: {str(reason).splitlines()[0]}", f"mend that line; {hint}") from None


def as_written(value: Any) -> str:
    """The beginning of a value as Python writes it."""
    try:
        return f"{value!r:.60}"
    except ValueError:  # Python writes no integer of more than 4,300 digits
        return "a number of thousands of digits"


def read_table(path: Path, what: str, error: type[UsageError], hint: str) -> "Table":
    """The file's outermost table; errors as `read_toml`."""
    return Table(path, "", read_toml(path, what, error, hint), error, hint)


class Table:
    """One table of the file: typed reads, and `done` complains of keys that nothing read."""

    def __init__(self, file: Path, prefix: str, content: Mapping[str, Any], error: type[UsageError], hint: str) -> None:
        self.file = file
        self._prefix = prefix
        self._content = content
        self._error = error
        self._hint = hint
        self._read: set[str] = set()
        self._known: set[str] = set()  # that were asked for, whether or not they are there

    def error(self, key: str, what: str) -> UsageError:
        return self._error(f"{self.file}: `{self._prefix}{key}` {what}", self._hint)

    def has(self, key: str) -> bool:
        self._known.add(key)
        return key in self._content

    def _take(self, key: str, types: tuple[type, ...], name: str) -> Any:
        if key not in self._content:
            raise self.error(key, "is missing")
        self._read.add(key)
        value = self._content[key]
        # TOML has no number that is a truth value, Python has.
        if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
            raise self.error(key, f"must be {name}, not {as_written(value)}")
        return value

    def text(self, key: str, pattern: str = r".+") -> str:
        """One line of text that matches `pattern` as a whole."""
        value: str = self._take(key, (str,), "text")
        if not value.isprintable() or len(value) > 500 or not re.fullmatch(pattern, value):
            raise self.error(key, f"must be one line that matches {pattern}, not {as_written(value)}")
        return value

    def texts(self, key: str, pattern: str = r".*") -> tuple[str, ...]:
        """Lines of text that match `pattern` as a whole."""
        values = self._take(key, (list,), "a list of texts")
        if not all(isinstance(value, str) and value.isprintable() for value in values):
            raise self.error(key, "must be a list of one-line texts")
        for value in values:
            if not re.fullmatch(pattern, value):
                raise self.error(key, f"must be a list of texts that match {pattern}, not {as_written(value)}")
        return tuple(values)

    def choice(self, key: str, options: tuple[Any, ...]) -> Any:
        value = self._take(key, (str,), "text")
        if value not in options:
            raise self.error(key, f"is {as_written(value)}; it must be one of {', '.join(options)}")
        return value

    def boolean(self, key: str) -> bool:
        return bool(self._take(key, (bool,), "true or false"))

    def integer(self, key: str, low: int, high: int) -> int:
        return int(self._bounded(key, self._take(key, (int,), "an integer"), low, high))

    def address(self, key: str) -> int:
        value = self.integer(key, 0, _ADDRESS_LIMIT - 4)
        if value % 4:
            raise self.error(key, f"is {value:#x}; a register block starts at a multiple of 4")
        return value

    def number(self, key: str, low: float, high: float) -> float:
        return float(self._bounded(key, self._take(key, (int, float), "a number"), low, high))

    def _bounded(self, key: str, value: float, low: float, high: float) -> float:
        if not low <= value <= high:  # nor does NaN
            raise self.error(key, f"is {as_written(value)}; it must lie in {low}..{high}")
        return value

    def table(self, key: str) -> "Table":
        return Table(self.file, f"{self._prefix}{key}.", self._take(key, (dict,), "a table"), self._error, self._hint)

    def tables(self, key: str) -> tuple["Table", ...]:
        """The tables of a list of them, `[[key]]`."""
        content = self._take(key, (list,), "a list of tables")
        if not all(isinstance(one, dict) for one in content):
            raise self.error(key, "must be a list of tables")
        prefix = f"{self._prefix}{key}"
        return tuple(Table(self.file, f"{prefix}[{i}].", one, self._error, self._hint) for i, one in enumerate(content))

    def done(self) -> None:
        unknown = sorted(set(self._content) - self._read)
        if unknown:
            near = difflib.get_close_matches(unknown[0], self._known | self._read, n=1)
            raise self.error(f"{unknown[0]:.60}", "is unknown" + (f"; did you mean `{near[0]}`?" if near else ""))
