"""`python -m edgeopt.device.tflite_micro_job`: tflite-micro on samples, in a process that it may end.

It trusts its files, and it prints what it refuses; see edgeopt/convert/serving.py for requests and answers.
    {"do": "run", "model": path.tflite, "samples": path.npz, "outputs": how many, "results": path.npz,
     "anew": whether each sample begins from the first state}
Of each input and output there is one array [samples, *shape], keyed by its position.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from edgeopt.convert.serving import serve
from edgeopt.ir import Array

ARENA_BYTES = 64 << 20


def _run(request: dict[str, Any]) -> dict[str, Any]:
    from tflite_micro.python.tflite_micro import runtime

    interpreter = runtime.Interpreter.from_bytes(Path(request["model"]).read_bytes(), arena_size=ARENA_BYTES)
    with np.load(request["samples"], allow_pickle=False) as arrays:
        columns = [arrays[str(index)] for index in range(len(arrays.files))]
    results: list[list[Array]] = [[] for _ in range(request["outputs"])]
    for sample in zip(*columns, strict=True):
        if request["anew"]:
            interpreter.reset()
        for index, values in enumerate(sample):
            interpreter.set_input(values, index)
        interpreter.invoke()
        for index, found in enumerate(results):
            found.append(np.array(interpreter.get_output(index)))
    np.savez(request["results"], **{str(index): np.stack(found) for index, found in enumerate(results)})
    return {}


if __name__ == "__main__":
    serve({"run": _run})
