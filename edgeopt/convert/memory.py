"""Models in memory: Keras models and TensorFlow functions are saved, and go the way of files from there.

TensorFlow is not imported for this: whoever has such a model has imported it already.
"""

from __future__ import annotations

import contextlib
import io
import re
import sys
from pathlib import Path
from typing import Any

from edgeopt.convert.binarized.detection import note_layers
from edgeopt.convert.process import one_line
from edgeopt.errors import ModelError, UnsupportedModel, UsageError

_HINT = "give a path, a Keras model, a tf.function with an input signature, or a concrete function"


def save_model(model: object, folder: Path) -> tuple[Path, str]:
    """(Where the model was saved, what to call it in errors).

    As a SavedModel, whose graph needs none of the model's own classes to be read back; Keras 3 on another backend than
    TensorFlow has no such graph and is saved as `.keras`. UsageError for objects of other kinds.
    """
    keras = next((name for name in ("keras", "tf_keras") if _is_a(model, name, "Model")), None)
    name = f"the model `{getattr(model, 'name', type(model).__name__)}`"
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # exporting prints
            if keras == "keras" and sys.modules["keras"].backend.backend() != "tensorflow":
                path = folder / "model.keras"
                model.save(path)  # type: ignore[attr-defined]
                return path, name
            function = keras_function(model, name) if keras else _concrete(model)
            path = _save(function, model if keras else None, folder / "model")
            note_layers(model, path)
            return path, name
    except (UsageError, UnsupportedModel):
        raise
    except Exception as error:  # of any kind: the model's own code runs here
        raise ModelError(f"{name}: cannot be saved: {type(error).__name__}: {one_line(error)}", _HINT) from error


def _is_a(model: object, module: str, name: str) -> bool:
    kind = getattr(sys.modules.get(module), name, None)
    return isinstance(kind, type) and isinstance(model, kind)


def _concrete(model: object) -> Any:
    if hasattr(model, "structured_input_signature") and hasattr(model, "graph"):
        return model
    if not hasattr(model, "get_concrete_function"):
        raise UsageError(f"an object of type `{type(model).__name__}` is no model", _HINT)
    try:
        return model.get_concrete_function()
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"the function has no input signature: {one_line(error)}",
            "give function.get_concrete_function(tf.TensorSpec(shape, tf.float32, name))",
        ) from error


def keras_function(model: Any, name: str) -> Any:
    """The model's inference, for one sample, with its inputs by name."""
    tf = sys.modules["tensorflow"]
    if not getattr(model, "inputs", None):
        raise UnsupportedModel(f"{name}: has no inputs yet", "call it once, or model.build(input_shape)")
    # names of arguments, as TensorFlow would make them itself and then not find them again
    inputs = {re.sub(r"\W", "_", str(tensor.name).split(":")[0]): tensor for tensor in model.inputs}
    specs = {key: tf.TensorSpec((1, *tensor.shape[1:]), tensor.dtype, key) for key, tensor in inputs.items()}

    def infer(**tensors: Any) -> Any:
        ordered = [tensors[key] for key in inputs]
        return model(ordered if len(ordered) > 1 else ordered[0], training=False)

    return tf.function(infer).get_concrete_function(**specs)


def _save(function: Any, owner: Any, path: Path) -> Path:
    """The function as a SavedModel's signature; `owner` keeps its variables, or a holder made for them does."""
    tf = sys.modules["tensorflow"]
    if owner is None:
        owner = tf.Module()
        owner.held = list(function.variables)
    tf.saved_model.save(owner, str(path), signatures={"serving_default": function})
    return path
