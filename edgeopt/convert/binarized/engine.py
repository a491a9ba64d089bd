"""A TensorFlow function becomes the Larq Compute Engine's .tflite, by the Engine's own converter. In the worker.

Larq works with tf-keras alone, so whoever calls this has set TF_USE_LEGACY_KERAS before TensorFlow was imported.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from edgeopt.convert.binarized.interpreter import LceRt
from edgeopt.convert.binarized.quantizers import QuantLayer, wrong_layers
from edgeopt.convert.binarized.remains import left_in_float
from edgeopt.convert.binarized.work import ENGINE_OPERATORS, work_of
from edgeopt.convert.calibration import plain_name
from edgeopt.convert.formats import Brought, Job
from edgeopt.convert.process import ConversionFailed, one_line
from edgeopt.convert.quantizer import flatfile
from edgeopt.errors import ModelError, UnsupportedModel
from edgeopt.ir import Array
from edgeopt.schema import ModelFile, read_model
from edgeopt.schema.tflite import OPERATORS

_SAMPLES = 8
_LARGE_ERROR = 0.01  # of an output's Euclidean norm, for the median sample
_NOTHING_HINT = (
    "give QuantConv2D and QuantDense an input_quantizer and a kernel_quantizer such as ste_sign; "
    "a network without binary layers is converted once they are plain Keras layers"
)


def bring(function: Any, owner: Any, layers: Sequence[QuantLayer], job: Job) -> Brought:
    """Write the model of a concrete function of named inputs; `owner` holds its variables, `layers` are Larq's in it.

    UnsupportedModel where the Engine would compute something else, or nothing is binary.
    """
    wrong = wrong_layers(layers)
    if wrong:
        raise UnsupportedModel(f"{job.name}: {wrong[0].what}", wrong[0].hint)
    data = _ordered(converted(function, owner), list(_named(function.structured_outputs)))
    file = _read(data, job.name)
    remains = left_in_float(file, layers)
    if not work_of(file).binary_layers:
        because = f": {remains[0]}" if remains else ""
        raise UnsupportedModel(f"{job.name}: no layer is binarized{because}", _NOTHING_HINT)
    job.output.write_bytes(data)
    return Brought(warnings=(*remains, *_differing(function, data, job.name)))


def _read(data: bytes, where: str) -> ModelFile:
    """The converter's file; UnsupportedModel where it has operators that no runtime has, which the converter allows."""
    try:
        file = read_model(data)
    except ModelError as error:
        raise type(error)(f"{where}: {error.message}", error.hint) from error
    known = {*OPERATORS, *ENGINE_OPERATORS}
    strange = dict.fromkeys(operator.name for operator in file.operators if operator.name not in known)
    if strange:
        listed = ", ".join(f"`{name}`" for name in strange)
        raise UnsupportedModel(
            f"{where}: neither TensorFlow Lite nor the Larq Compute Engine has the operators {listed}",
            "build the model of layers that they have, in float32",
        )
    return file


def converted(function: Any, owner: Any) -> bytes:
    """The Engine's .tflite of a function; ConversionFailed in its words where it refuses."""
    import larq_compute_engine as engine
    import tensorflow as tf

    with TemporaryDirectory(prefix="edgeopt-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = str(Path(folder) / "model")
        tf.saved_model.save(owner, path, signatures={"serving_default": function})
        try:
            return bytes(engine.convert_saved_model(path))
        except MemoryError:
            raise
        except Exception as error:
            raise ConversionFailed(f"the Larq Compute Engine's converter says: {one_line(error)}") from error


def _ordered(data: bytes, outputs: Sequence[str]) -> bytes:
    """The file with its outputs in the model's order, which the Engine's converter does not keep."""
    model = flatfile.read(data)
    if len(outputs) > 1:
        places = {flatfile.text(entry.name): entry.tensorIndex for entry in model.signatureDefs[0].outputs}
        model.subgraphs[0].outputs = [places[name] for name in outputs]
    return flatfile.write(model)


def _named(outputs: Any) -> dict[str, Any]:
    """A function's outputs by their names in its signature, in order."""
    if isinstance(outputs, dict):
        return dict(sorted(outputs.items()))
    listed = list(outputs) if isinstance(outputs, list | tuple) else [outputs]
    return {f"output_{index}": value for index, value in enumerate(listed)}


def _differing(function: Any, data: bytes, where: str) -> list[str]:
    """A warning where the file does not compute what TensorFlow does: nothing is taken on faith."""
    import tensorflow as tf

    runtime = LceRt(data, where)
    rng = np.random.default_rng(0)
    specs: Mapping[str, Any] = function.structured_input_signature[1]
    if any(spec.dtype != tf.float32 for spec in specs.values()):  # refused when it is calibrated, with its name
        return []
    errors: list[float] = []
    for _ in range(_SAMPLES):
        feeds = {name: rng.uniform(-1, 1, spec.shape.as_list()).astype(np.float32) for name, spec in specs.items()}
        wanted = _named(function(**{name: tf.constant(values) for name, values in feeds.items()}))
        columns = [_fed(feeds, tensor.name)[None] for tensor in runtime.inputs]
        (found,) = runtime.each(columns)
        errors.append(_error([np.asarray(values) for values in wanted.values()], found))
    typical = float(np.median(errors))
    if typical <= _LARGE_ERROR:
        return []
    return [
        f"with {_SAMPLES} random samples the .tflite differs from Keras by {100 * typical:.1f} % of its output: sums "
        "that are exactly 0 before their sign fall to either side, as in networks that were not trained; check its "
        "accuracy with labels: --data"
    ]


def _fed(feeds: Mapping[str, Array], tensor: str) -> Array:
    """The array for the file's input, which is called `serving_default_<name>:0` with `_` for some characters."""
    wanted = re.sub(r"\W", "_", plain_name(tensor))
    return next(values for name, values in feeds.items() if re.sub(r"\W", "_", name) == wanted)


def _error(wanted: Sequence[Array], found: Sequence[Array]) -> float:
    """The largest error of an output, against its norm."""
    pairs = list(zip(wanted, found, strict=True))
    return max(float(np.linalg.norm(a - b)) / max(float(np.linalg.norm(a)), 1e-30) for a, b in pairs)
