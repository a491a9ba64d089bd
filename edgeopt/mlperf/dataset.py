"""Data sets in the official layout: `y_labels.csv` and one file an input, both not trusted.

Each line is `FILE,CLASSES,CLASS` and, for recordings that are cut into windows, `,BYTES,STRIDE`. Facts:
mlcommons/tiny benchmark/runner/datasets.py and script.py.
"""

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from edgeopt.errors import UsageError
from edgeopt.mlperf.benchmarks import Benchmark

TRUTH = "y_labels.csv"
_MOST_TRUTH_BYTES = 1 << 24
_MOST_FILES = 100_000
_MOST_BYTES = 1 << 24  # of one file
_FORM = "a line is FILE,CLASSES,CLASS or FILE,CLASSES,CLASS,BYTES,STRIDE"


@dataclass(frozen=True)
class Recording:
    """One file of a data set. `window_bytes`, `stride_bytes`: None where the file is one input."""

    folder: Path
    file: str
    classes: int
    label: int
    window_bytes: int | None = None
    stride_bytes: int | None = None


def read_dataset(path: Path, wanted: Benchmark) -> tuple[Recording, ...]:
    """The recordings of `path`, which has `y_labels.csv` in it, or in a folder of the benchmark's name.

    UsageError with the line where anything is wrong: a file outside of the folder or missing, a class that is none.
    """
    folder = path / wanted.model if (path / wanted.model / TRUTH).is_file() else path
    truth = folder / TRUTH
    try:
        if truth.stat().st_size > _MOST_TRUTH_BYTES:
            raise UsageError(f"`{truth}` is larger than {_MOST_TRUTH_BYTES} bytes", _FORM)
        text = truth.read_text("utf-8")
    except OSError as error:
        hint = f"give the folder with {TRUTH}, or the one above {wanted.model}"
        raise UsageError(f"`{truth}` cannot be read: {error.strerror}", hint) from None
    except UnicodeDecodeError:
        raise UsageError(f"`{truth}` is not text", _FORM) from None
    try:
        rows = [row for row in csv.reader(io.StringIO(text)) if row]
    except csv.Error as error:
        raise UsageError(f"`{truth}` is not CSV: {error}", _FORM) from None
    if not rows or len(rows) > _MOST_FILES:
        raise UsageError(f"`{truth}` has {len(rows)} lines", f"1 to {_MOST_FILES} are possible")
    root = folder.resolve()
    return tuple(_recording(row, f"line {number} of `{truth}`", root, wanted) for number, row in enumerate(rows, 1))


def segments(recording: Recording, wanted: Benchmark) -> Iterator[bytes]:
    """The inputs of a recording, each of the benchmark's size, in order: the file, or its windows."""
    path = recording.folder / recording.file
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise UsageError(f"`{path}` is larger than {_MOST_BYTES} bytes", "is it a file of this data set?")
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"`{path}` cannot be read: {error.strerror}", "is the data set complete?") from None
    if recording.window_bytes is None or recording.stride_bytes is None:
        if len(data) != wanted.input_bytes:
            raise UsageError(f"`{path}` has not {wanted.input_bytes} bytes", f"an input of {wanted.model} has so many")
        yield data
        return
    if len(data) < wanted.input_bytes:
        raise UsageError(f"`{path}` has no whole window of {wanted.input_bytes} bytes", "is the data set complete?")
    for begin in range(0, len(data) - wanted.input_bytes + 1, recording.stride_bytes):
        yield data[begin : begin + wanted.input_bytes]


def _recording(row: list[str], where: str, root: Path, wanted: Benchmark) -> Recording:
    if len(row) not in (3, 5):
        raise UsageError(f"{where} has {len(row)} fields", _FORM)
    numbers = [_number(field, where) for field in row[1:]]
    name = row[0].strip()
    path = (root / name).resolve() if "\0" not in name else root
    if not name or not path.is_relative_to(root) or path == root:
        raise UsageError(f"{where}: `{name[:60]!s}` is not in the folder", "the files lie beside y_labels.csv")
    if not path.is_file():
        raise UsageError(f"{where}: there is no file `{name[:60]}`", "is the data set complete?")
    classes, label = numbers[:2]
    if not label < classes or classes > 10_000:
        raise UsageError(f"{where}: there is no class {label} of {classes}", "they are counted from 0")
    window, stride = numbers[2:] or (None, None)
    if window is not None and window != wanted.input_bytes:
        raise UsageError(f"{where}: windows of {window} bytes", f"{wanted.model} takes {wanted.input_bytes}")
    if stride == 0:
        raise UsageError(f"{where}: a stride of 0 bytes has no end", _FORM)
    return Recording(root, path.relative_to(root).as_posix(), classes, label, window, stride)


def _number(field: str, where: str) -> int:
    word = field.strip()
    if not (word.isascii() and word.isdecimal() and len(word) <= 9):
        raise UsageError(f"{where}: `{word[:20]}` is no number", _FORM)
    return int(word)
