"""A model file in any format becomes a .tflite, float or already quantized, in a worker process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from edgeopt.convert.choices import Trust
from edgeopt.convert.formats import SourceFormat, baseline_path
from edgeopt.convert.layout import Layout
from edgeopt.convert.process import ConversionFailed, Worker, WorkerDied
from edgeopt.errors import ModelError, ToolchainError


@dataclass(frozen=True)
class Tflite:
    """A .tflite that is not yet quantized by us, and what its format had to say."""

    data: bytes
    warnings: tuple[str, ...] = ()
    layouts: tuple[Layout, ...] = ()
    baseline: bytes | None = None  # the float form of a model that brought its own integers


def to_tflite(model: Path, name: str, source: SourceFormat, trust: Trust, folder: Path, worker: Worker) -> Tflite:
    """The model as .tflite; `name` is what errors call it. Each attempt is a worker of its own, and all their reasons
    make the error."""
    source.check(model, trust)
    if not source.attempts:
        return Tflite(model.read_bytes())
    output = folder / "source.tflite"
    request = {
        "do": "convert",
        "format": source.name,
        "model": str(model.absolute()),
        "output": str(output),
        "name": name,
        "trust": {"model": trust.model, "modules": [str(path.absolute()) for path in trust.modules]},
    }
    failures: list[ConversionFailed | ToolchainError] = []
    for attempt in range(source.attempts):
        try:
            return _read(output, worker.ask({**request, "attempt": attempt}))
        except WorkerDied:  # it crashed or ran out of time or memory: so would the next
            raise
        except (ConversionFailed, ToolchainError) as error:
            failures.append(error)
    tool = next((error for error in failures if isinstance(error, ToolchainError)), None)
    if tool is not None:
        raise tool
    reasons = "; ".join(dict.fromkeys(error.message for error in failures))
    raise ModelError(f"{name}: {source.title} cannot be converted: {reasons}", failures[-1].hint)


def _read(output: Path, answer: Mapping[str, Any]) -> Tflite:
    layouts = tuple(
        Layout(entry["source"], entry["name"], tuple(entry["shape"]), tuple(entry["axes"]))
        for entry in answer["layouts"]
    )
    baseline = baseline_path(output).read_bytes() if answer["baseline"] else None
    return Tflite(output.read_bytes(), tuple(answer["warnings"]), layouts, baseline)
