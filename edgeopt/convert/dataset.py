"""Data files: samples for a model's inputs and, where known, their labels.

A file is `.npz` with one array an input, keyed by the input's name (or one array called `x`), and labels under `y`;
or `.npy` with the samples of a model that has one input. Every array has the samples along its first axis.
Files are not trusted: sizes are checked before memory is taken, and nothing is unpickled.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from math import prod
from pathlib import Path
from tokenize import TokenError
from typing import IO

import numpy as np
from numpy.lib import format as npy

from edgeopt.errors import UsageError
from edgeopt.ir import Array

LABELS = "y"
ANY_INPUT = "x"  # the key that stands for the only input, whatever its name
MAX_ARRAYS = 64
MAX_BYTES = 2**31  # of all arrays of one file, unpacked
_MAX_LABEL = 2**31 - 1
_SAVE_HINT = "write it with numpy.savez_compressed(path, x=samples, y=labels)"


@dataclass(frozen=True)
class Dataset:
    """Samples by input name, each array [samples, ...]; labels [samples], integers from 0."""

    inputs: Mapping[str, Array] = field(compare=False, repr=False)
    labels: Array | None = field(default=None, compare=False, repr=False)
    source: str = "data"  # the file, for messages

    @property
    def samples(self) -> int:
        return len(next(iter(self.inputs.values())))

    def first(self, samples: int) -> Dataset:
        """The first `samples` samples; the dataset itself if it has no more."""
        labels = None if self.labels is None else self.labels[:samples]
        return replace(self, inputs={name: array[:samples] for name, array in self.inputs.items()}, labels=labels)


def load_dataset(path: Path | str) -> Dataset:
    """The samples of a `.npz` or `.npy` file. UsageError where it is missing, damaged, too large or not numbers."""
    path = Path(path)
    try:
        with path.open("rb") as file:
            arrays = _read_npz(file, path) if zipfile.is_zipfile(file) else {ANY_INPUT: _read_npy_file(file, path)}
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}", "check the path") from None
    return make_dataset(arrays, str(path))


def make_dataset(arrays: Mapping[str, Array], source: str = "data") -> Dataset:
    """A dataset from arrays in memory, keyed as in a `.npz` file. UsageError where they do not belong together."""
    inputs = {name: array for name, array in arrays.items() if name != LABELS}
    if not inputs:
        raise UsageError(f"{source}: there is no array of samples", _SAVE_HINT)
    for name, array in arrays.items():
        if array.ndim == 0 or len(array) == 0:
            raise UsageError(f"{source}: array `{name}` is empty", "its first axis must count the samples, 1 or more")
    counts = {name: len(array) for name, array in arrays.items()}
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"`{name}` {count}" for name, count in counts.items())
        raise UsageError(f"{source}: the arrays differ in samples: {listed}", "give every array the same first axis")
    return Dataset(inputs, _labels(arrays.get(LABELS), source), source)


def _labels(labels: Array | None, source: str) -> Array | None:
    if labels is None:
        return None
    if labels.ndim != 1 or labels.dtype.kind not in "iu" or labels.min() < 0:
        found = f"{labels.dtype} {list(labels.shape)}"
        hint = "one-hot labels become numbers by numpy.argmax(y, axis=1)"
        raise UsageError(f"{source}: labels `{LABELS}` are {found}, expected integers >= 0 [samples]", hint)
    if labels.max() > _MAX_LABEL:
        raise UsageError(f"{source}: labels `{LABELS}` go up to {labels.max()}", "number the classes from 0 on")
    return labels.astype(np.int64)


def _read_npz(file: IO[bytes], path: Path) -> dict[str, Array]:
    try:
        with zipfile.ZipFile(file) as archive:
            members = archive.infolist()
            _check_members(members, path)
            arrays = {}
            for member in members:
                name = member.filename.removesuffix(".npy")
                with archive.open(member) as stream:
                    arrays[name] = _read_array(stream, member.file_size, f"{path}: array `{name}`")
            return arrays
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise UsageError(f"{path}: the archive is damaged: {error}", _SAVE_HINT) from None


def _check_members(members: list[zipfile.ZipInfo], path: Path) -> None:
    names = [member.filename for member in members]
    strange = next((name for name in names if not name.endswith(".npy")), None)
    if strange is not None:
        raise UsageError(f"{path}: holds `{strange}`, which is not a numpy array", _SAVE_HINT)
    if len(names) > MAX_ARRAYS or len(set(names)) < len(names):
        raise UsageError(f"{path}: holds {len(names)} arrays, {len(set(names))} by name", _SAVE_HINT)
    total_bytes = sum(member.file_size for member in members)
    if total_bytes > MAX_BYTES:
        raise UsageError(
            f"{path}: unpacks to {total_bytes:,} bytes, at most {MAX_BYTES:,} are taken", "give fewer samples"
        )


def _read_npy_file(file: IO[bytes], path: Path) -> Array:
    file.seek(0, 2)
    size_bytes = file.tell()
    file.seek(0)
    if size_bytes > MAX_BYTES:
        raise UsageError(f"{path}: has {size_bytes:,} bytes, at most {MAX_BYTES:,} are taken", "give fewer samples")
    return _read_array(file, size_bytes, str(path))


def _read_array(stream: IO[bytes], size_bytes: int, where: str) -> Array:
    """The array of one `.npy` stream of `size_bytes`; its header must agree with that size."""
    try:
        major, _ = version = npy.read_magic(stream)  # type: ignore[no-untyped-call]
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"version {major}")
        read_header = npy.read_array_header_1_0 if major == 1 else npy.read_array_header_2_0
        shape, fortran_order, dtype = read_header(stream)  # type: ignore[no-untyped-call]
        header_bytes = stream.tell()
    except (ValueError, TypeError, SyntaxError, TokenError, RecursionError, MemoryError, EOFError):
        raise UsageError(f"{where} is not a numpy array, or is damaged", _SAVE_HINT) from None
    if dtype.kind not in "fiu":
        raise UsageError(f"{where} holds {dtype}, expected numbers", "convert it with .astype(numpy.float32)")
    wanted_bytes = prod(shape) * dtype.itemsize
    if min(shape, default=0) < 0 or header_bytes + wanted_bytes != size_bytes:
        raise UsageError(
            f"{where} has {size_bytes - header_bytes:,} bytes of data, its header says {wanted_bytes:,}", _SAVE_HINT
        )
    flat = np.frombuffer(stream.read(wanted_bytes), dtype)
    array = flat.reshape(shape[::-1]).T if fortran_order else flat.reshape(shape)
    return np.ascontiguousarray(array, dtype.newbyteorder("="))
