"""keras_3.py FOLDER: models of Keras 3, on disk and in memory; prints what converting those in memory gave, as JSON."""

import json
import sys
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from support.makers.custom_objects import Halve, Registered, bump

import edgeopt
from edgeopt.errors import EdgeoptError


def network(*layers: keras.layers.Layer) -> keras.Model:
    keras.utils.set_random_seed(1)
    return keras.Sequential([keras.Input((6,), name="x"), keras.layers.Dense(4), *layers, keras.layers.Dense(3)])


def in_memory(folder: Path) -> dict[str, object]:
    """What `edgeopt.convert` makes of objects, and what they compute themselves."""
    data = edgeopt.convert.make_dataset({"x": np.random.default_rng(0).random((64, 6), np.float32)})
    samples = data.inputs["x"]
    custom = network(Halve(), keras.layers.Lambda(lambda x: x * 2.0))
    weights = tf.Variable(np.random.default_rng(1).random((6, 3), np.float32))

    @tf.function(input_signature=[tf.TensorSpec((1, 6), tf.float32, "x")])
    def product(x: tf.Tensor) -> tf.Tensor:
        return tf.nn.relu(tf.matmul(x, weights))

    models = {"keras": custom, "function": product}
    expected = {"keras": custom(samples), "function": np.maximum(samples @ weights.numpy(), 0)}
    results = {}
    for name, model in models.items():
        done = edgeopt.convert(model, folder / f"{name}.tflite", data)
        outputs = edgeopt.convert.LiteRt(done.float_model).run(data)
        (values,) = outputs.values()
        error = float(np.abs(values.reshape(-1, 3) - np.asarray(expected[name])).max())
        results[name] = {"format": done.source_format, "inputs": done.inputs, "error": error}
    for name, thing in {"number": 5, "open": tf.function(lambda x: x)}.items():
        try:
            edgeopt.convert(thing, folder / "none.tflite", data)
        except EdgeoptError as error:
            results[name] = {"type": type(error).__name__, "message": error.message, "hint": error.hint}
    return results


def main() -> None:
    folder = Path(sys.argv[1])
    network(Halve(), Registered()).save(folder / "custom.keras")
    network(keras.layers.Dense(4, activation=bump)).save(folder / "activation.keras")
    network(keras.layers.Lambda(lambda x: x * 2.0, name="twice")).save(folder / "lambda.keras")
    network(keras.layers.Lambda(lambda x: x * 2.0, name="twice")).save(folder / "lambda.h5")
    print(json.dumps(in_memory(folder)))


if __name__ == "__main__":
    main()
