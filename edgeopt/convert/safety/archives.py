"""Zip archives and folders of models: nothing outside them is reached, and nothing is larger than it may be."""

from __future__ import annotations

import stat
import zipfile
import zlib
from collections.abc import Iterable
from pathlib import Path, PurePosixPath
from tokenize import TokenError
from typing import IO

from numpy.lib import format as npy

from edgeopt.errors import MalformedModel, UnsupportedModel

MAX_MEMBERS = 10_000
MAX_BYTES = 2**31  # of a model, unpacked; protocol buffers and flatbuffers end there too
_AGAIN = "save or download it again"
_PICKLED_HINT = "save the model without them, or say that you trust it: --trust-model"
_UNREADABLE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError, OSError)


def check_zip(path: Path, trusted: bool) -> None:
    """MalformedModel where unpacking would write elsewhere or take too much; UnsupportedModel for pickled arrays."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_members(members, path)
            if not trusted:
                refuse_pickles(archive, path)
    except _UNREADABLE as error:
        raise MalformedModel(f"{path}: the archive is damaged: {error}", _AGAIN) from None


def _check_members(members: list[zipfile.ZipInfo], path: Path) -> None:
    names = [member.filename for member in members]
    if len(names) > MAX_MEMBERS or len(set(names)) < len(names):
        raise MalformedModel(f"{path}: holds {len(names)} files, {len(set(names))} by name", _AGAIN)
    for member in members:
        if _leaves(member.filename) or stat.S_ISLNK(member.external_attr >> 16):
            raise MalformedModel(f"{path}: its `{member.filename}` would be written outside its folder", _AGAIN)
    check_size(sum(member.file_size for member in members), str(path))


def _leaves(name: str) -> bool:
    """Whether a member's name is anything but a plain path below the archive's own folder."""
    parts = PurePosixPath(name.replace("\\", "/")).parts
    return not parts or name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0] or "\0" in name


def check_size(size_bytes: int, where: str) -> None:
    """MalformedModel where a model would take more than MAX_BYTES."""
    if size_bytes > MAX_BYTES:
        raise MalformedModel(f"{where}: unpacks to {size_bytes:,} bytes, at most {MAX_BYTES:,} are taken", _AGAIN)


def refuse_pickles(archive: zipfile.ZipFile, path: Path) -> None:
    """UnsupportedModel for numpy arrays of objects and pickles: reading them back runs what they say."""
    found = [name for name in archive.namelist() if PurePosixPath(name).suffix in (".pkl", ".pickle")]
    for name in archive.namelist():
        with archive.open(name) as member:
            if name.endswith(".npy") and _has_objects(member):
                found.append(name)
            elif name.endswith(".npz"):
                found += (f"{name}/{inner}" for inner in _inner_objects(member))
    if found:
        listed = ", ".join(f"`{name}`" for name in found)
        raise UnsupportedModel(
            f"{path}: holds pickled objects, which run code when they are read: {listed}", _PICKLED_HINT
        )


def _inner_objects(file: IO[bytes]) -> Iterable[str]:
    with zipfile.ZipFile(file) as inner:
        check_size(sum(member.file_size for member in inner.infolist()), "an archive in it")
        for name in inner.namelist():
            with inner.open(name) as member:
                if _has_objects(member):
                    yield name


def _has_objects(stream: IO[bytes]) -> bool:
    """Whether a `.npy` stream holds Python objects; one whose header cannot be read does not."""
    try:
        major, _ = npy.read_magic(stream)  # type: ignore[no-untyped-call]
        read_header = npy.read_array_header_1_0 if major == 1 else npy.read_array_header_2_0
        return bool(read_header(stream)[2].hasobject)  # type: ignore[no-untyped-call]
    except (ValueError, TypeError, SyntaxError, TokenError, RecursionError, MemoryError, EOFError):
        return False


def check_folder(folder: Path) -> None:
    """MalformedModel where a link leads out of a model's folder, or all its files take too much."""
    root, total_bytes = folder.resolve(), 0
    for count, path in enumerate(folder.rglob("*"), start=1):
        name = path.relative_to(folder)
        if not path.resolve().is_relative_to(root):
            raise MalformedModel(
                f"{folder}: its `{name}` is a link out of the folder", "copy the folder with what it links to"
            )
        mode = path.stat().st_mode if path.exists() else 0
        if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)):
            raise MalformedModel(f"{folder}: its `{name}` is no file and no folder", _AGAIN)
        total_bytes += path.stat().st_size if stat.S_ISREG(mode) else 0
        if count > MAX_MEMBERS:
            raise MalformedModel(f"{folder}: holds more than {MAX_MEMBERS:,} files", _AGAIN)
        check_size(total_bytes, str(folder))
