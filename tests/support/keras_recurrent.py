"""Writes recurrent Keras models as .tflite files into the folder argv[1]; a program of its own, for TensorFlow is slow.

while        an LSTM of Keras 3: a loop
unrolled     the same with unroll=True
fused        an LSTM of tf-keras, batch and time fixed: one operator, float
fused_int8   the same through TensorFlow's own quantizer

And an LSTM of tf-keras that was trained to tell tones apart: classifier.h5, classifier.tflite (float),
classifier_int8.tflite (by TensorFlow's own quantizer, with the same samples), calibration.npz and test.npz.
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
TONE_STEPS, TONES = 14, 4
CALIBRATION = 100  # of the training samples


def model_of(library: Any, unroll: bool) -> Any:
    library.utils.set_random_seed(1)
    x = library.Input(batch_shape=(1, STEPS, FEATURES))
    y = library.layers.LSTM(UNITS, return_sequences=True, unroll=unroll)(x)
    return library.Model(x, library.layers.Dense(3)(y))


def tones(rng: np.random.Generator, count: int) -> tuple[Any, Any]:
    """Noisy sines of one of four pitches: [count, TONE_STEPS, 2] and labels."""
    labels = rng.integers(0, TONES, count)
    angle = np.arange(TONE_STEPS) * (0.25 + 0.2 * labels)[:, None] + rng.uniform(0, 2 * np.pi, (count, 1))
    x = np.stack([np.sin(angle), np.cos(angle)], -1) + rng.normal(0, 0.3, (count, TONE_STEPS, 2))
    return x.astype(np.float32), labels


def write_classifier(folder: Path) -> None:
    rng = np.random.default_rng(7)
    x, labels = tones(rng, 1200)
    tf_keras.utils.set_random_seed(1)
    layers = tf_keras.layers
    model = tf_keras.Sequential([layers.LSTM(12), layers.Dense(TONES, activation="softmax")])
    model.build((None, *x.shape[1:]))
    model.compile(tf_keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    model.fit(x, labels, epochs=5, batch_size=32, verbose=0)
    model.save(folder / "classifier.h5")
    given = tf_keras.Input(batch_shape=(1, *x.shape[1:]))
    fixed = tf_keras.Model(given, model(given))
    (folder / "classifier.tflite").write_bytes(tflite_of(fixed))
    (folder / "classifier_int8.tflite").write_bytes(tflite_of(fixed, x[:CALIBRATION, None]))
    np.savez(folder / "calibration.npz", x=x[:CALIBRATION], y=labels[:CALIBRATION])
    new, answers = tones(rng, 300)
    np.savez(folder / "test.npz", x=new, y=answers)


def tflite_of(model: Any, calibration: Any = None) -> bytes:
    """Float, or int8 by TensorFlow's own quantizer where there are samples [count, 1, ...]."""
    converter = tf.lite.TFLiteConverter.from_keras_model(model)
    if calibration is not None:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([sample] for sample in calibration)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    return bytes(converter.convert())


def main(folder: Path) -> None:
    (folder / "while.tflite").write_bytes(tflite_of(model_of(keras, unroll=False)))
    (folder / "unrolled.tflite").write_bytes(tflite_of(model_of(keras, unroll=True)))
    fused = model_of(tf_keras, unroll=False)
    (folder / "fused.tflite").write_bytes(tflite_of(fused))
    samples = np.random.default_rng(2).normal(size=(40, 1, STEPS, FEATURES)).astype(np.float32)
    (folder / "fused_int8.tflite").write_bytes(tflite_of(fused, samples))
    write_classifier(folder)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
