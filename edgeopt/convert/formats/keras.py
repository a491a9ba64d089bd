"""Keras files: `.keras` (Keras 3 and tf-keras) and `.h5` (all versions).

`tf.keras` is Keras 3 or tf-keras, and which one is settled by TF_USE_LEGACY_KERAS when TensorFlow is first imported.
The file says which version wrote it; the matching one is tried first, the other next, each in a process of its own.
"""

from __future__ import annotations

import contextlib
import os
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from edgeopt.convert.binarized import engine
from edgeopt.convert.binarized.detection import require_larq
from edgeopt.convert.binarized.quantizers import quant_layers
from edgeopt.convert.choices import Trust
from edgeopt.convert.custom import load_objects
from edgeopt.convert.formats import FORMATS, Brought, Job, SourceFormat
from edgeopt.convert.keras_file import HDF5, read_keras_file
from edgeopt.convert.lowering import lower, traced
from edgeopt.convert.memory import keras_function
from edgeopt.convert.process import ConversionFailed, one_line
from edgeopt.convert.qat_file import write_mended
from edgeopt.convert.safety.archives import check_zip
from edgeopt.convert.safety.config import Contents, Reference, missing_objects, read_contents, refuse_code
from edgeopt.errors import UnsupportedModel


class KerasFormat(SourceFormat):
    name = "keras"
    title = "Keras (.keras, .h5)"
    suffixes = (".keras", ".h5", ".hdf5")
    attempts = 2

    def matches(self, path: Path) -> bool:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            if file.read(8) == HDF5:
                return True
            try:
                with zipfile.ZipFile(file) as archive:
                    return "config.json" in archive.namelist()
            except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError):
                return False

    def check(self, path: Path, trust: Trust) -> None:
        if zipfile.is_zipfile(path):
            check_zip(path, trust.model)

    def to_tflite(self, job: Job) -> Brought:
        version, config = read_keras_file(job.path, job.name, job.trust.model)
        contents = read_contents(config)
        if not job.trust.model:
            refuse_code(contents, job.name)
        if contents.binarized:
            require_larq()
        # Larq knows tf-keras alone, in both attempts: two like reasons are told once
        legacy = contents.binarized or (not version.startswith("3")) != (job.attempt == 1)
        keras = _import_keras(legacy)
        model = _load(keras, contents, job, version)
        _check_sizes(model, job.name)
        return _lower_binarized(model, config, job) if contents.binarized else _lower(_one_sample(keras, model), job)


def _import_keras(legacy: bool) -> Any:
    """tf-keras or Keras 3, which is then what TensorFlow takes for `tf.keras` too."""
    os.environ["TF_USE_LEGACY_KERAS"] = "1" if legacy else "0"
    import tensorflow  # noqa: F401 -- reads the variable

    if legacy:
        import tf_keras as keras
    else:
        import keras
    return keras


def _load(keras: Any, contents: Contents, job: Job, version: str) -> Any:
    """The model. ConversionFailed where this Keras cannot read it; UnsupportedModel where no Keras can."""
    supplied = load_objects(job.trust.modules)
    larqs = _larqs_objects(keras) if contents.binarized else set()
    have = {*supplied, *keras.saving.get_custom_objects()} - (larqs - {*supplied})
    wanted = [
        reference
        for reference in contents.references
        if not reference.own
        and not reference.among(have)
        and (reference.foreign or not reference.among(larqs))  # another module's class may have a name of Larq's
    ]
    if not job.trust.model and any(reference.foreign for reference in wanted):
        raise missing_objects(_unknown(wanted), job.name)  # tf-keras would import the modules that the file names
    path = _readable(job, contents)
    try:
        with _quantize_scope() if contents.quantized else contextlib.nullcontext():
            return keras.models.load_model(path, custom_objects=supplied, compile=False, safe_mode=not job.trust.model)
    except MemoryError:
        raise
    except Exception as error:
        unknown = [] if contents.quantized else _unknown(wanted)
        if unknown:
            raise missing_objects(unknown, job.name) from error
        own = f"{'tf-keras' if keras.__name__ == 'tf_keras' else 'Keras'} {keras.__version__}"
        raise ConversionFailed(
            f"saved by Keras {version or 'of unknown version'}; {own} says: {one_line(error)}"
        ) from error


def _larqs_objects(keras: Any) -> set[str]:
    """The names by which Larq registers its layers and quantizers."""
    import larq

    registered = keras.saving.get_custom_objects().items()
    return {name for name, item in registered if item.__module__.split(".")[0] == larq.__name__}


def _unknown(wanted: Sequence[Reference]) -> list[Reference]:
    """Those that neither Keras has: a layer of the other one is not a custom object."""
    import keras
    import tf_keras

    rooms = "layers models initializers regularizers constraints activations losses metrics optimizers ops".split()
    known = {name for package in (keras, tf_keras) for name in dir(package)}
    known |= {name for package in (keras, tf_keras) for room in rooms for name in dir(getattr(package, room, None))}
    return [reference for reference in wanted if reference.foreign or reference.name not in known]


def _readable(job: Job, contents: Contents) -> Path:
    """The file itself, or a copy of it that can be read."""
    if not (contents.quantized and zipfile.is_zipfile(job.path)):
        return job.path
    try:
        return write_mended(job.path, job.output.with_name("mended.keras"))
    except (
        KeyError,
        TypeError,
        ValueError,
        AttributeError,
        StopIteration,
    ):  # laid out in some other way: as it is then
        return job.path


def _quantize_scope() -> Any:
    import tensorflow_model_optimization as tfmot

    return tfmot.quantization.keras.quantize_scope()


def _lower(model: Any, job: Job) -> Brought:
    import tensorflow as tf

    specs = [tf.TensorSpec(tensor.shape, tensor.dtype, _name(tensor)) for tensor in model.inputs]
    function = tf.function(lambda *inputs: model(inputs if len(inputs) > 1 else inputs[0])).get_concrete_function(
        *specs
    )
    graph = traced(function, job.trust, job.name)
    names = [_name(tensor) for tensor in model.inputs]
    return lower(lambda: tf.lite.TFLiteConverter.from_keras_model(model), graph, names, job)


def _lower_binarized(model: Any, config: Any, job: Job) -> Brought:
    function = keras_function(model, job.name)
    traced(function, job.trust, job.name)
    return engine.bring(function, model, quant_layers(config), job)


def _name(tensor: Any) -> str:
    return str(tensor.name).split(":")[0]


def _check_sizes(model: Any, where: str) -> None:
    """UnsupportedModel where anything but the batch is open."""
    for tensor in model.inputs:
        shape = tuple(tensor.shape)
        if None in shape[1:]:
            listed = ", ".join("?" if size is None else str(size) for size in shape)
            raise UnsupportedModel(
                f"{where}: input `{_name(tensor)}` has open dimensions: [{listed}]",
                f"build the model with fixed sizes: keras.Input({shape[1:]}) without None",
            )


def _one_sample(keras: Any, model: Any) -> Any:
    """The model with a batch of one: an open batch leaves SHAPE, STRIDED_SLICE and PACK in the .tflite."""
    inputs = [
        keras.Input(batch_shape=(1, *tensor.shape[1:]), dtype=tensor.dtype, name=_name(tensor))
        for tensor in model.inputs
    ]
    return keras.Model(inputs, model(inputs if len(inputs) > 1 else inputs[0], training=False))


FORMATS.register("keras")(KerasFormat())
