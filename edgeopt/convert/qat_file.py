"""`.keras` files of quantization-aware models, mended: tf-keras 2.21 cannot read back what it wrote of them.

tensorflow-model-optimization's wrappers list the weights of the layers inside them a second time. When a model is
trained these are there before the wrapper is built, and are saved; when it is loaded they come later, and tf-keras
counts fewer variables than the file has. Its QuantizeLayer is built twice when it is loaded, and has more. Measured: of
a mended file, the model's outputs are those of the model that was saved, to the bit.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

_WRAPPER = "QuantizeWrapperV2"
_WRAPPER_GROUP = "layers/quantize_wrapper_v2"  # in the weights; the further ones have _1, _2, ... behind
_WEIGHTS = "model.weights.h5"


def write_mended(source: Path, target: Path) -> Path:
    """A copy of the file that tf-keras can read."""
    with zipfile.ZipFile(source) as given, zipfile.ZipFile(target, "w") as mended:
        for name in given.namelist():
            content = given.read(name)
            if name == "config.json":
                content = json.dumps(_built_once(json.loads(content))).encode()
            elif name == _WEIGHTS:
                content = _listed_once(content, json.loads(given.read("config.json")))
            mended.writestr(name, content)
    return target


def _built_once(config: Any) -> Any:
    if isinstance(config, list):
        return [_built_once(item) for item in config]
    if not isinstance(config, dict):
        return config
    twice = config.get("class_name") == "QuantizeLayer"
    return {key: _built_once(value) for key, value in config.items() if not (twice and key == "build_config")}


def _listed_once(weights: bytes, config: Any) -> bytes:
    """The weights without those that a wrapper lists for the layer inside it."""
    import h5py

    buffer = io.BytesIO(weights)
    wrappers = [layer for layer in config["config"]["layers"] if layer["class_name"] == _WRAPPER]
    with h5py.File(buffer, "r+") as file:
        for number, wrapper in enumerate(wrappers):
            group = file[f"{_WRAPPER_GROUP}{f'_{number}' if number else ''}/vars"]
            values = [group[str(index)][()] for index in range(len(group))]
            kept = values[_doubled(values, wrapper) :]
            for key in list(group):
                del group[key]
            for index, value in enumerate(kept):
                group[str(index)] = value
    return buffer.getvalue()


def _doubled(values: list[Any], wrapper: Any) -> int:
    """How many of the values are the inner layer's: those before the wrapper's step, the one int32, but its own."""
    step = next(index for index, value in enumerate(values) if value.dtype == np.int32 and value.ndim == 0)
    own = wrapper["config"]["quantize_config"]["config"].get("weight_attrs", ())
    return max(0, step - len(own))
