"""The Larq Compute Engine's interpreter in a process of its own: what crashes it is one failed test.

Requests and answers are .npz behind their length; `support.lce` is the other side. Its native module is loaded by
itself, because the package around it imports TensorFlow.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import io
import sys
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np


def main() -> None:
    wrapper = _wrapper()
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


def _wrapper() -> Any:
    name = "interpreter_wrapper_lite"
    spec = importlib.util.find_spec("larq_compute_engine")
    assert spec is not None
    assert spec.submodule_search_locations
    folder = Path(spec.submodule_search_locations[0]) / "tflite" / "python"
    loader = importlib.machinery.ExtensionFileLoader(name, str(next(folder.glob(f"{name}*.so"))))
    found = importlib.util.spec_from_loader(name, loader)
    assert found is not None
    module = importlib.util.module_from_spec(found)
    loader.exec_module(module)
    return module


if __name__ == "__main__":
    main()
