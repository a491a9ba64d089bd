"""SavedModel folders: converted by their serving signature, with a batch of one."""

from __future__ import annotations

from pathlib import Path

from edgeopt.convert.formats import FORMATS, SourceFormat
from edgeopt.errors import UnsupportedModel

SIGNATURE = "serving_default"


class SavedModelFormat(SourceFormat):
    name = "savedmodel"
    title = "SavedModel (folder)"
    suffixes = ()

    def matches(self, path: Path) -> bool:
        return (path / "saved_model.pb").is_file()

    def to_tflite(self, path: Path, output: Path, attempt: int) -> list[str]:
        import tensorflow as tf

        loaded = tf.saved_model.load(str(path))
        signatures = loaded.signatures
        if SIGNATURE not in signatures:
            found = ", ".join(f"`{name}`" for name in signatures) or "none"
            raise UnsupportedModel(
                f"{path}: has no signature `{SIGNATURE}`; there is: {found}",
                "export it with model.export(folder), or tf.saved_model.save(..., signatures=function)",
            )
        function = signatures[SIGNATURE]
        specs = {}
        for name, spec in function.structured_input_signature[1].items():
            shape = spec.shape.as_list() if spec.shape.rank is not None else [None]
            if None in shape[1:] or not shape:
                raise UnsupportedModel(
                    f"{path}: input `{name}` has open dimensions: {spec.shape}", "export it with fixed sizes"
                )
            specs[name] = tf.TensorSpec([1, *shape[1:]], spec.dtype, name)
        one_sample = tf.function(lambda **inputs: function(**inputs)).get_concrete_function(**specs)
        output.write_bytes(tf.lite.TFLiteConverter.from_concrete_functions([one_sample], loaded).convert())
        return []


FORMATS.register("savedmodel")(SavedModelFormat())
