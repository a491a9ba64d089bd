"""A .tflite file becomes a Graph. Nothing in the file is trusted: what is used is checked first.

`edgeopt.schema` reads the file; `tensors` and `options` make sense of what it found, `graph` puts them together and
says, all at once, what edgeopt cannot do.
"""

from pathlib import Path

from edgeopt.errors import ModelError, UsageError
from edgeopt.ir import Graph
from edgeopt.load.graph import build

__all__ = ["load", "load_bytes", "read_file"]

MAX_FILE_BYTES = 1 << 30


def load(path: Path) -> Graph:
    """The network in the .tflite file `path`; the graph is named after the file.

    Raises UsageError for a path that cannot be read, MalformedModel for a damaged file, UnsupportedModel that names
    everything in it that edgeopt does not do.
    """
    return load_bytes(read_file(path), path.stem)


def read_file(path: Path) -> bytes:
    """The bytes of a model file, read once; UsageError where it cannot be read or is too large."""
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise UsageError(f"`{path}` has {size:,} bytes", f"a model has {MAX_FILE_BYTES:,} at most")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read `{path}`: {error.strerror}", "give the path of a .tflite file") from error


def load_bytes(data: bytes, name: str) -> Graph:
    """The network in the bytes of a .tflite file; errors as `load`, their message begins with `name`."""
    try:
        return build(data, name)
    except ModelError as error:
        raise type(error)(f"`{name}`: {error.message}", error.hint) from error
