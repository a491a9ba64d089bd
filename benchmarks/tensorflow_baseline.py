"""`python -m benchmarks.tensorflow_baseline MODEL SAMPLES.npy OUT.tflite`: TensorFlow's own int8, a process a model.

Which Keras `tf.keras` is, is settled when TensorFlow is first imported: tf-keras for `.h5`, Keras 3 for `.keras`.
"""

import os
import sys
from pathlib import Path
from typing import Any

import numpy as np


def quantize(model: Path, samples: Path, output: Path) -> None:
    """Optimize.DEFAULT with a representative data set, int8 inputs and outputs, builtin int8 operators only."""
    os.environ["TF_USE_LEGACY_KERAS"] = "1" if model.suffix == ".h5" else "0"
    import tensorflow as tf

    inputs = np.load(samples)
    converter = _converter(tf, model)
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([sample[None]] for sample in inputs)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    output.write_bytes(converter.convert())


def _converter(tf: Any, model: Path) -> Any:
    if model.is_dir():
        return tf.lite.TFLiteConverter.from_saved_model(str(model))
    loaded = tf.keras.models.load_model(model, compile=False)
    # a batch of one, as edgeopt has it: an open one leaves SHAPE and PACK inside
    inputs = [tf.keras.Input(batch_shape=(1, *x.shape[1:]), dtype=x.dtype) for x in loaded.inputs]
    fixed = tf.keras.Model(inputs, loaded(inputs if len(inputs) > 1 else inputs[0], training=False))
    return tf.lite.TFLiteConverter.from_keras_model(fixed)


if __name__ == "__main__":
    quantize(*map(Path, sys.argv[1:]))
