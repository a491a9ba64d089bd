"""The Larq Compute Engine's interpreter in a process of its own: what crashes it is one failed test.

Requests and answers are .npz behind their length; `support.lce` is the other side.
"""

from __future__ import annotations

import io
import sys
from typing import Any, BinaryIO

import numpy as np

from edgeopt.convert.binarized.interpreter import engine_module


def main() -> None:
    wrapper = engine_module()
    while request := read(sys.stdin.buffer):
        model = request["model"].tobytes()
        interpreter = wrapper.LiteInterpreter(model, 1, bool(request["reference"]), False, False)
        columns = [request[f"x{i}"] for i in range(len(interpreter.input_shapes))]
        rows = [interpreter.predict([column[i][None] for column in columns]) for i in range(len(columns[0]))]
        outputs = zip(*([np.array(value) for value in row] for row in rows), strict=True)
        write(sys.stdout.buffer, {f"y{i}": np.stack(column) for i, column in enumerate(outputs)})


def read(stream: BinaryIO) -> dict[str, Any]:
    """The arrays of the next message; none at the stream's end."""
    size = int.from_bytes(stream.read(8), "little")
    if not size:
        return {}
    with np.load(io.BytesIO(stream.read(size)), allow_pickle=False) as arrays:
        return dict(arrays)


def write(stream: BinaryIO, arrays: dict[str, Any]) -> None:
    content = io.BytesIO()
    np.savez(content, **arrays)
    stream.write(len(content.getvalue()).to_bytes(8, "little") + content.getvalue())
    stream.flush()


if __name__ == "__main__":
    main()
