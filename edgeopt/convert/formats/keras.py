"""Keras files: `.keras` (Keras 3 and tf-keras) and `.h5` (all versions).

`tf.keras` is Keras 3 or tf-keras, and which one is settled by TF_USE_LEGACY_KERAS when TensorFlow is first imported.
The file says which version wrote it; the matching one is tried first, the other next, each in a process of its own.
"""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from edgeopt.convert.formats import FORMATS, SourceFormat
from edgeopt.convert.process import ConversionFailed, one_line
from edgeopt.errors import MalformedModel, UnsupportedModel

_MAX_JSON_BYTES = 2**26
_HDF5 = b"\x89HDF\r\n\x1a\n"


class KerasFormat(SourceFormat):
    name = "keras"
    title = "Keras (.keras, .h5)"
    suffixes = (".keras", ".h5", ".hdf5")
    attempts = 2

    def matches(self, path: Path) -> bool:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            if file.read(8) == _HDF5:
                return True
            try:
                with zipfile.ZipFile(file) as archive:
                    return "config.json" in archive.namelist()
            except (zipfile.BadZipFile, EOFError, NotImplementedError, ValueError):
                return False

    def to_tflite(self, path: Path, output: Path, attempt: int) -> list[str]:
        version, config = read_config(path)
        refuse_code(config, path)
        legacy = (not version.startswith("3")) != (attempt == 1)
        os.environ["TF_USE_LEGACY_KERAS"] = "1" if legacy else "0"
        import tensorflow as tf

        if legacy:
            import tf_keras as keras
        else:
            import keras

        try:
            model = keras.models.load_model(path, compile=False)
        except Exception as error:
            name = f"{'tf-keras' if legacy else 'Keras'} {keras.__version__}"
            raise ConversionFailed(
                f"saved by Keras {version or 'of unknown version'}; {name} says: {one_line(error)}"
            ) from error
        output.write_bytes(tf.lite.TFLiteConverter.from_keras_model(_one_sample(keras, model, path)).convert())
        return []


def _one_sample(keras: Any, model: Any, path: Path) -> Any:
    """The model with a batch of one: an open batch leaves SHAPE, STRIDED_SLICE and PACK in the .tflite."""
    inputs = []
    for tensor in model.inputs:
        name, shape = tensor.name.split(":")[0], tuple(tensor.shape)
        if None in shape[1:]:
            listed = ", ".join("?" if size is None else str(size) for size in shape)
            raise UnsupportedModel(
                f"{path}: input `{name}` has open dimensions: [{listed}]",
                f"build the model with fixed sizes: keras.Input({shape[1:]}) without None",
            )
        inputs.append(keras.Input(batch_shape=(1, *shape[1:]), dtype=tensor.dtype, name=name))
    return keras.Model(inputs, model(inputs if len(inputs) > 1 else inputs[0], training=False))


def read_config(path: Path) -> tuple[str, Any]:
    """(Keras version that wrote the file, the model's configuration). MalformedModel where the file has none."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            metadata = _member(archive, "metadata.json", path)
            return str(metadata.get("keras_version", "")), _member(archive, "config.json", path)
    import h5py

    try:
        with h5py.File(path, "r") as file:
            version, config = file.attrs.get("keras_version", ""), file.attrs.get("model_config")
    except OSError as error:
        raise MalformedModel(f"{path}: is not a sound HDF5 file: {error}"[:300], "download it again") from None
    if config is None:
        raise MalformedModel(
            f"{path}: holds weights without a network", "save the whole model: model.save(path), not save_weights"
        )
    return _text(version), _json(_text(config), path)


def _member(archive: zipfile.ZipFile, name: str, path: Path) -> Any:
    try:
        if archive.getinfo(name).file_size > _MAX_JSON_BYTES:
            raise MalformedModel(f"{path}: its `{name}` is larger than {_MAX_JSON_BYTES} bytes", "is it a Keras file?")
        return _json(archive.read(name).decode(), path)
    except (KeyError, zipfile.BadZipFile, UnicodeDecodeError, EOFError, NotImplementedError, RuntimeError):
        raise MalformedModel(f"{path}: its `{name}` is missing or damaged", "save or download it again") from None


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _json(text: str, path: Path) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise MalformedModel(f"{path}: its configuration is not JSON", "save or download it again") from None


def refuse_code(config: Any, path: Path) -> None:
    """UnsupportedModel for Lambda layers: they are Python bytecode, which loading would run."""
    names = list(_lambdas(config))
    if names:
        raise UnsupportedModel(
            f"{path}: has code in {len(names)} Lambda layer(s): {', '.join(names)}",
            "replace them by Keras layers, or export the model as a SavedModel yourself",
        )


def _lambdas(config: Any) -> Iterator[str]:
    pending = [config]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            if item.get("class_name") in ("Lambda", "__lambda__"):
                inner = item.get("config")
                name = inner.get("name", "?") if isinstance(inner, dict) else "?"
                yield f"`{name}`"
            pending += item.values()
        elif isinstance(item, list):
            pending += item


FORMATS.register("keras")(KerasFormat())
