"""ONNX files: translated by onnx2tf, and held to what ONNX Runtime computes from the same file.

onnx2tf puts the channels last, as TensorFlow Lite's kernels want them: an input [1, C, H, W] becomes [1, H, W, C], and
nothing is transposed on the device. It wants sample images in its working folder and downloads them where they are
not; ours are random and lie in a folder of their own, so nothing is fetched.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from edgeopt.convert.formats import FORMATS, Brought, Job, SourceFormat
from edgeopt.convert.layout import Layout
from edgeopt.convert.lowering import with_output_names
from edgeopt.convert.onnx_file import Input, read_onnx
from edgeopt.convert.onnx_reference import check_same
from edgeopt.convert.process import ConversionFailed, one_line

# The file that onnx2tf looks for; its images go through the network once, to learn the shapes of all tensors
_IMAGES = "calibration_image_sample_data_20x128x128x3_float32.npy"
_IMAGES_SHAPE = (20, 128, 128, 3)
# By rank, the axes of ONNX that become those of TensorFlow; other ranks stay as they are
_CHANNELS_LAST = {3: (0, 2, 1), 4: (0, 2, 3, 1), 5: (0, 2, 3, 4, 1)}
_SECOND_FIELDS = b"\x12\x1a\x22\x28\x32\x3a\x42"


class OnnxFormat(SourceFormat):
    name = "onnx"
    title = "ONNX (.onnx)"
    suffixes = (".onnx",)

    def matches(self, path: Path) -> bool:
        """ONNX has no magic number: a protocol buffer that begins with a version of its format, and says so."""
        if not path.is_file():
            return False
        with path.open("rb") as file:
            head = file.read(3)
        # field 1, a number: ir_version, from 1 to 20 as far as anybody knows; then one of the fields 2 to 8
        return len(head) == 3 and head[0] == 0x08 and 1 <= head[1] <= 20 and head[2] in _SECOND_FIELDS

    def to_tflite(self, job: Job) -> Brought:
        model, inputs = read_onnx(job.path, job.name)
        layouts = [_layout(given) for given in inputs]
        job.output.write_bytes(_translated(model, job))
        outputs = check_same(model, job.output, layouts, job.name)
        return Brought((*_notes(layouts, outputs),), tuple(layouts))


def _layout(given: Input) -> Layout:
    axes = _CHANNELS_LAST.get(len(given.shape), tuple(range(len(given.shape))))
    return Layout(given.name, _clean_name(given.name), given.shape, axes)


def _clean_name(name: str) -> str:
    """As onnx2tf and TensorFlow write it."""
    return name.replace(":", "__")


def _notes(inputs: Sequence[Layout], outputs: Sequence[Layout]) -> Iterator[str]:
    changed = [layout for layout in inputs if layout.changed]
    if changed:
        yield (
            f"the channels are last now: {', '.join(f'input {layout}' for layout in changed)}; "
            "data may have either order, the device wants the new one"
        )
    if outputs:
        yield f"the channels are last now: {', '.join(f'output {layout}' for layout in outputs)}"


def _translated(model: Any, job: Job) -> bytes:
    os.environ["TF_USE_LEGACY_KERAS"] = "1"
    import onnx2tf
    import tensorflow as tf

    try:
        with _sample_images():
            network = onnx2tf.convert(
                onnx_graph=model,
                output_folder_path="out",
                batch_size=1,
                not_use_onnxsim=True,  # it is a program of its own, and rewrites the user's file
                disable_model_save=True,
                verbosity="error",
            )
        specs = [tf.TensorSpec(tensor.shape, tensor.dtype, tensor.name) for tensor in network.inputs]
        function = tf.function(lambda *inputs: network(inputs if len(inputs) > 1 else inputs[0]))
        converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function(*specs)])
        return with_output_names(converter.convert(), [output.name for output in model.graph.output])
    except MemoryError:
        raise
    except (Exception, SystemExit) as error:  # onnx2tf ends the process where it gives up
        operator = getattr(error, "onnx_op_name", None)
        where = f" at `{operator}`" if operator else ""
        reason = "it gave up, the log says why" if isinstance(error, SystemExit) else one_line(error)
        raise ConversionFailed(f"onnx2tf {onnx2tf.__version__}{where} says: {reason}") from error


@contextlib.contextmanager
def _sample_images() -> Iterator[None]:
    """A working folder with the images that onnx2tf would download, the same every time."""
    with tempfile.TemporaryDirectory(prefix="edgeopt-onnx-") as folder, contextlib.chdir(folder):
        np.save(_IMAGES, np.random.default_rng(0).random(_IMAGES_SHAPE, np.float32))
        yield


FORMATS.register("onnx")(OnnxFormat())
