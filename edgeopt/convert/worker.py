"""`python -m edgeopt.convert.worker`: the process that models are converted, quantized and run in; see serving.py.

    {"do": "convert", "format": "keras", "model": path, "output": path.tflite, "name": "as in errors", "attempt": 0,
     "trust": {"model": false, "modules": [path.py]}}
    {"do": "quantize", "model": path.tflite, "output": path.tflite, ...}: see quantize_job
    {"do": "strip", "model": path.tflite, "output": path.tflite, "name": "as in errors"}
    {"do": "calibrate", "model": path.tflite, "output": path.tflite, ...}: see binarized.calibrate
    {"do": "run", "runs": [...], ...}: see run_job

All answers but the last have "warnings": [...].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from edgeopt.convert import quantize_job, quantizer, run_job
from edgeopt.convert.binarized import calibrate
from edgeopt.convert.choices import Trust
from edgeopt.convert.formats import FORMATS, Job
from edgeopt.convert.serving import Action, serve


def _convert(request: dict[str, Any]) -> dict[str, Any]:
    source = FORMATS.get(request["format"])
    trust = Trust(bool(request["trust"]["model"]), tuple(map(Path, request["trust"]["modules"])))
    paths = Path(request["model"]), Path(request["output"])
    return asdict(source.to_tflite(Job(*paths, request["name"], int(request["attempt"]), trust)))


def _quantize(request: dict[str, Any]) -> dict[str, Any]:
    return {"warnings": quantize_job.quantize(request)}


def _strip(request: dict[str, Any]) -> dict[str, Any]:
    return {"warnings": quantizer.strip_edges(Path(request["model"]), Path(request["output"]), request["name"])}


def _calibrate(request: dict[str, Any]) -> dict[str, Any]:
    return {"warnings": calibrate.calibrate(request)}


def _run(request: dict[str, Any]) -> dict[str, Any]:
    run_job.run(request)
    return {}


ACTIONS: Mapping[str, Action] = {
    "convert": _convert,
    "quantize": _quantize,
    "strip": _strip,
    "calibrate": _calibrate,
    "run": _run,
}


def main() -> None:
    serve(ACTIONS)


if __name__ == "__main__":
    main()
