"""Models on samples in the worker: what crashes LiteRT ends that process, and is one line in edgeopt's own.

run_apart([Run(model, "m.tflite")], data, worker)   # edgeopt's process
run(request)                                        # the worker
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from edgeopt.convert.binarized.interpreter import LceRt
from edgeopt.convert.dataset import Dataset
from edgeopt.convert.litert import Kernels, LiteRt
from edgeopt.convert.process import ConversionFailed, Worker, WorkerDied
from edgeopt.convert.summary import has_engine_operators
from edgeopt.errors import MalformedModel, ModelError, UnsupportedModel
from edgeopt.ir import Array

Outputs = tuple[Array, ...]  # real values [samples, ...], one array an output in the model's order

_NUMBERS = "biuf"  # numpy's kinds of numbers


@dataclass(frozen=True)
class Run:
    """A .tflite to run; `name` is what errors call it."""

    model: bytes = field(repr=False)
    name: str
    kernels: Kernels = "reference"


def run_apart(runs: Sequence[Run], data: Dataset, worker: Worker) -> list[Outputs]:
    """The outputs of each run on all samples; one process for all of them, of which they are asked in order.

    `data` as `calibration.match` takes it. MalformedModel where LiteRT refuses a model, ModelError where it does so
    only with the samples in hand, WorkerDied where it crashes, hangs or takes too much memory: each names the model.
    """
    with TemporaryDirectory(prefix="edgeopt-") as name:
        folder = Path(name)
        samples = folder / "samples.npz"
        np.savez(samples, **{_key(index): array for index, array in enumerate(data.inputs.values())})
        request = {
            "do": "run",
            "inputs": list(data.inputs),
            "samples": str(samples),
            "source": data.source,
            "runs": [_asked(run, index, folder) for index, run in enumerate(runs)],
        }
        try:
            # which packages took part is asked of those that make a model
            binarized = any(has_engine_operators(run.model) for run in runs)
            what = "the Larq Compute Engine" if binarized else "LiteRT"
            replace(worker, what=what, tools={}).ask(request)
        except (WorkerDied, ConversionFailed) as error:
            done = sum(_output(folder, index).is_file() for index in range(len(runs)))
            culprit = runs[min(done, len(runs) - 1)].name
            if isinstance(error, WorkerDied):
                raise WorkerDied(f"{culprit}: {error.message}", error.hint) from None
            raise ModelError(f"{culprit}: cannot be run: {error.message}", error.hint) from None
        return [_load(_output(folder, index)) for index in range(len(runs))]


def run(request: dict[str, Any]) -> None:
    """Writes the outputs of each of `runs`: {"model": path, "name": as in errors, "kernels": .., "output": path.npz}.

    Further keys: `samples` (.npz), `inputs` (what its arrays are called, in order), `source` (as in errors).
    """
    columns = _load(Path(request["samples"]))
    data = Dataset(dict(zip(request["inputs"], columns, strict=True)), None, request["source"])
    for one in request["runs"]:
        outputs = run_real(Path(one["model"]).read_bytes(), data, one["kernels"], one["name"])
        _save(Path(one["output"]), outputs)


def run_real(model: bytes, data: Dataset, kernels: Kernels = "reference", name: str = "the model") -> Outputs:
    """The outputs of a .tflite as the real values that they stand for, in this very process."""
    runtime = LceRt(model, name) if has_engine_operators(model) else LiteRt(model, kernels, name)
    odd = next((t for t in runtime.inputs + runtime.outputs if np.dtype(t.dtype).kind not in _NUMBERS), None)
    if odd is not None:
        raise UnsupportedModel(f"{name}: `{odd.name}` is {odd.dtype}, which are no numbers")
    results = runtime.run_real(data)
    if len(results) < len(runtime.outputs):
        raise MalformedModel(f"{name}: several of its outputs have the same name", "export it again")
    return tuple(results[tensor.name] for tensor in runtime.outputs)


def _asked(run: Run, index: int, folder: Path) -> dict[str, str]:
    path = folder / f"{index}.tflite"
    path.write_bytes(run.model)
    return {"model": str(path), "name": run.name, "kernels": run.kernels, "output": str(_output(folder, index))}


def _output(folder: Path, index: int) -> Path:
    return folder / f"{index}.npz"


def _key(index: int) -> str:
    return f"array_{index}"


def _save(path: Path, arrays: Sequence[Array]) -> None:
    """Under another name first: a file that is there is whole."""
    unfinished = path.with_suffix(".part.npz")
    np.savez(unfinished, **{_key(index): array for index, array in enumerate(arrays)})
    unfinished.rename(path)


def _load(path: Path) -> Outputs:
    with np.load(path, allow_pickle=False) as arrays:
        return tuple(arrays[_key(index)] for index in range(len(arrays.files)))
