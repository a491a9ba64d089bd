"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from edgeopt.errors import UsageError


def check_place(path: Path, example: str) -> None:
    """UsageError where no file can be written to `path`, before any work is done; `example` is a name for one."""
    if path.is_dir():
        raise UsageError(f"`{path}` is a folder", f"name a file in it: {path / example}")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder `{path.parent}`", "make it first, or write elsewhere")


def write_atomically(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all; through a link, what it leads to.

    Devices and pipes (`/dev/stdout`) are written to: a file in their place would be none of what was asked for.
    """
    if path.exists() and not path.is_file():
        path.write_bytes(data)
        return
    path = path.resolve()
    handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
        umask = os.umask(0)
        os.umask(umask)
        Path(name).chmod(0o666 & ~umask)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
