"""SavedModel folders: converted by their serving signature, with a batch of one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from edgeopt.convert.binarized import engine
from edgeopt.convert.binarized.detection import has_signs_of_larq, require_larq, saved_layers
from edgeopt.convert.choices import Trust
from edgeopt.convert.formats import FORMATS, Brought, Job, SourceFormat
from edgeopt.convert.lowering import lower, traced
from edgeopt.convert.safety.archives import check_folder
from edgeopt.convert.safety.operations import refuse_operations, run_operators
from edgeopt.errors import MalformedModel, UnsupportedModel

SIGNATURE = "serving_default"
FILE = "saved_model.pb"


class SavedModelFormat(SourceFormat):
    name = "savedmodel"
    title = "SavedModel (folder)"
    suffixes = ()
    attempts = 1

    def matches(self, path: Path) -> bool:
        return (path / FILE).is_file()

    def check(self, path: Path, trust: Trust) -> None:
        check_folder(path)

    def to_tflite(self, job: Job) -> Brought:
        import tensorflow as tf

        content = _parsed(job)
        if not job.trust.model:
            refuse_operations((name for meta in content.meta_graphs for name in run_operators(meta)), job.name)
        layers = saved_layers(job.path)
        binarized = bool(layers) or any(has_signs_of_larq(meta.graph_def) for meta in content.meta_graphs)
        if binarized:
            require_larq()
        loaded = tf.saved_model.load(str(job.path))
        function = _signature(loaded, job.name)
        specs = _one_sample(tf, function, job.name)
        one_sample = tf.function(lambda **inputs: function(**inputs)).get_concrete_function(**specs)
        graph = traced(one_sample, job.trust, job.name)
        if binarized:
            return engine.bring(one_sample, loaded, layers, job)
        return lower(lambda: tf.lite.TFLiteConverter.from_concrete_functions([one_sample], loaded), graph, specs, job)


def _parsed(job: Job) -> Any:
    """The folder's graphs, read as data: loading runs a model's initializers."""
    from google.protobuf.message import DecodeError
    from tensorflow.core.protobuf import saved_model_pb2

    content = saved_model_pb2.SavedModel()
    try:
        content.ParseFromString((job.path / FILE).read_bytes())
    except DecodeError:
        raise MalformedModel(f"{job.name}: its `{FILE}` is damaged", "export or download it again") from None
    return content


def _signature(loaded: Any, where: str) -> Any:
    """The function to convert: SIGNATURE, or the only one that there is."""
    signatures = dict(loaded.signatures)
    if SIGNATURE in signatures or len(signatures) == 1:
        return signatures.get(SIGNATURE) or next(iter(signatures.values()))
    found = ", ".join(f"`{name}`" for name in signatures) or "none"
    raise UnsupportedModel(
        f"{where}: has no signature `{SIGNATURE}`; there is: {found}",
        "export it with model.export(folder), or tf.saved_model.save(..., signatures=function)",
    )


def _one_sample(tf: Any, function: Any, where: str) -> dict[str, Any]:
    """The inputs by name, with a batch of one."""
    specs = {}
    for name, spec in function.structured_input_signature[1].items():
        shape = spec.shape.as_list() if spec.shape.rank is not None else [None]
        if None in shape[1:] or not shape:
            raise UnsupportedModel(
                f"{where}: input `{name}` has open dimensions: {spec.shape}", "export it with fixed sizes"
            )
        specs[name] = tf.TensorSpec([1, *shape[1:]], spec.dtype, name)
    return specs


FORMATS.register("savedmodel")(SavedModelFormat())
