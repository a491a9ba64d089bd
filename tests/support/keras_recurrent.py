"""Writes recurrent Keras models as .tflite files into the folder argv[1]; a program of its own, for TensorFlow is slow.

while        an LSTM of Keras 3: a loop
unrolled     the same with unroll=True
fused        an LSTM of tf-keras, batch and time fixed: one operator, float
fused_int8   the same through TensorFlow's own quantizer
"""

import os
import sys
from pathlib import Path
from typing import Any

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf
import tf_keras

STEPS, FEATURES, UNITS = 3, 4, 8


def model_of(library: Any, unroll: bool) -> Any:
    library.utils.set_random_seed(1)
    x = library.Input(batch_shape=(1, STEPS, FEATURES))
    y = library.layers.LSTM(UNITS, return_sequences=True, unroll=unroll)(x)
    return library.Model(x, library.layers.Dense(3)(y))


def tflite_of(model: Any, int8: bool = False) -> bytes:
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if int8:
        rng = np.random.default_rng(2)
        samples = rng.normal(size=(40, 1, STEPS, FEATURES)).astype(np.float32)
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([sample] for sample in samples)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    return bytes(converter.convert())


def main(folder: Path) -> None:
    (folder / "while.tflite").write_bytes(tflite_of(model_of(keras, unroll=False)))
    (folder / "unrolled.tflite").write_bytes(tflite_of(model_of(keras, unroll=True)))
    fused = model_of(tf_keras, unroll=False)
    (folder / "fused.tflite").write_bytes(tflite_of(fused))
    (folder / "fused_int8.tflite").write_bytes(tflite_of(fused, int8=True))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
