"""A model file in any format becomes a .tflite, float or already quantized, in a worker process."""

from __future__ import annotations

from pathlib import Path

from edgeopt.convert.choices import Trust
from edgeopt.convert.formats import SourceFormat
from edgeopt.convert.process import ConversionFailed, Worker
from edgeopt.errors import ModelError, ToolchainError


def to_tflite(
    model: Path, source: SourceFormat, trust: Trust, folder: Path, worker: Worker
) -> tuple[bytes, tuple[str, ...]]:
    """The model as .tflite, and warnings. Each attempt is a worker of its own; all their reasons make the error."""
    if not source.attempts:
        return model.read_bytes(), ()
    path = folder / "source.tflite"
    request = {"do": "convert", "format": source.name, "model": str(model), "output": str(path)}
    failures: list[ConversionFailed | ToolchainError] = []
    for attempt in range(source.attempts):
        try:
            warnings = worker.ask({**request, "attempt": attempt})["warnings"]
            return path.read_bytes(), tuple(warnings)
        except (ConversionFailed, ToolchainError) as error:
            failures.append(error)
    tool = next((error for error in failures if isinstance(error, ToolchainError)), None)
    if tool is not None:
        raise tool
    reasons = "; ".join(dict.fromkeys(error.message for error in failures))
    raise ModelError(f"{model}: {source.title} cannot be converted: {reasons}", failures[-1].hint)
