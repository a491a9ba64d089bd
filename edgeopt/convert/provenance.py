"""What a conversion was made from: enough to make the same bytes again, and nothing that differs between two places.

No paths, names, dates or host names: the same inputs, options and tools give the same record anywhere.
"""

from __future__ import annotations

import hashlib
import sys
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from typing import Any

from edgeopt.convert.choices import Choices, Trust
from edgeopt.convert.dataset import LABELS, Dataset

SCHEMA = "edgeopt.provenance/1"
_READ_BYTES = 1 << 20
# Packages that can change what a conversion writes, by the module that one imports
_PACKAGES = {
    "ai_edge_litert": "ai-edge-litert",
    "flatbuffers": "flatbuffers",
    "h5py": "h5py",
    "interpreter_wrapper_lite": "larq-compute-engine",
    "keras": "keras",
    "larq": "larq",
    "larq_compute_engine": "larq-compute-engine",
    "numpy": "numpy",
    "onnx": "onnx",
    "onnx2tf": "onnx2tf",
    "onnxruntime": "onnxruntime",
    "tensorflow": "tensorflow",
    "tensorflow_model_optimization": "tensorflow-model-optimization",
    "tf_keras": "tf-keras",
    "tflite_runtime": "tflite-runtime",
}


def tools() -> dict[str, str]:
    """The versions of those packages that this process has imported."""
    found = {}
    for module, package in _PACKAGES.items():
        if module in sys.modules:
            try:
                found[package] = metadata.version(package)
            except metadata.PackageNotFoundError:
                found[package] = str(getattr(sys.modules[module], "__version__", "unknown"))
    return found


def provenance(
    source_format: str,
    model_sha256: str,
    calibration: Dataset | Path | None,
    evaluation: Dataset | Path | None,
    choices: Choices,
    trust: Trust,
    action: str,
    tools_used: dict[str, str],
) -> dict[str, Any]:
    """The record, without the result's own hash; sorted, in JSON's types."""
    own = {"edgeopt": _own_version(), "numpy": metadata.version("numpy")}
    return {
        "source": {"format": source_format, "sha256": model_sha256},
        "calibration_sha256": None if calibration is None else hash_of(calibration),
        "evaluation_sha256": None if evaluation is None else hash_of(evaluation),
        "action": action,
        "choices": {**asdict(choices), "float_layers": list(choices.float_layers)},
        "trust": {"model": trust.model, "modules_sha256": [hash_of(path) for path in trust.modules]},
        "tools": dict(sorted({**own, **tools_used}.items())),
    }


def hash_of(given: Dataset | Path) -> str:
    """SHA-256 of a file, of a folder's files by their names in it, or of arrays in memory."""
    if isinstance(given, Dataset):
        return _dataset_hash(given)
    if given.is_file():
        return _file_hash(given)
    files = sorted(path for path in given.rglob("*") if path.is_file())
    listing = ((path.relative_to(given).as_posix(), _file_hash(path)) for path in files)
    return hashlib.sha256("".join(f"{digest}  {name}\n" for name, digest in sorted(listing)).encode()).hexdigest()


def _file_hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_READ_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _dataset_hash(data: Dataset) -> str:
    digest = hashlib.sha256()
    arrays = {**data.inputs, **({} if data.labels is None else {LABELS: data.labels})}
    for name, array in sorted(arrays.items()):
        little = array.astype(array.dtype.newbyteorder("<"))
        digest.update(f"{name} {little.dtype.str} {list(array.shape)}\n".encode())
        digest.update(little.tobytes())
    return digest.hexdigest()


def _own_version() -> str:
    from edgeopt import __version__

    return __version__
