"""tf_keras_2.py FOLDER: models of tf-keras and TensorFlow, among them one that was trained with its quantization."""

import sys
from pathlib import Path

import numpy as np
import tensorflow as tf
import tf_keras as keras
from support.makers.custom_objects import Halve

MNIST = Path(__file__).parents[3] / "examples" / "mnist"


def custom(folder: Path) -> None:
    layers = [keras.Input((6,), name="x"), keras.layers.Dense(4), Halve(), keras.layers.Dense(3)]
    keras.Sequential(layers).save(folder / "custom.h5")
    keras.Sequential(layers).save(folder / "custom.keras")
    code = keras.layers.Lambda(lambda x: x * 2.0, name="twice")
    keras.Sequential([keras.Input((6,)), code, keras.layers.Dense(3)]).save(folder / "lambda2.h5")


def python_in_the_graph(folder: Path) -> None:
    class Model(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((1, 6), tf.float32, "x")])
        def __call__(self, x: tf.Tensor) -> tf.Tensor:
            return tf.ensure_shape(tf.numpy_function(lambda values: values * 2, [x], tf.float32), (1, 6))

    model = Model()
    tf.saved_model.save(model, str(folder / "python"), signatures=model.__call__)


def written_on_loading(folder: Path) -> None:
    """A SavedModel whose initializer, which loading runs, writes the file `written` beside it."""
    from tensorflow.python.trackable.resource import TrackableResource

    class Writer(TrackableResource):
        def _create_resource(self) -> tf.Tensor:
            return tf.raw_ops.MutableHashTableV2(key_dtype=tf.int64, value_dtype=tf.int64)

        def _initialize(self) -> tf.Tensor:
            tf.io.write_file(str(folder / "written"), "x")
            return tf.constant(1)

    class Model(tf.Module):
        def __init__(self) -> None:
            super().__init__()
            self.writer = Writer()

        @tf.function(input_signature=[tf.TensorSpec((1, 6), tf.float32, "x")])
        def __call__(self, x: tf.Tensor) -> tf.Tensor:
            return tf.nn.relu(x - 0.5)

    model = Model()
    tf.saved_model.save(model, str(folder / "writer"), signatures=model.__call__)
    (folder / "written").unlink(missing_ok=True)


def trained_with_quantization(folder: Path) -> None:
    import tensorflow_model_optimization as tfmot

    keras.utils.set_random_seed(1)
    with np.load(MNIST / "test.npz") as data:
        images, labels = data["image"], data["y"]
    plain = keras.Sequential(
        [
            keras.Input((28, 28, 1), name="image"),
            keras.layers.Conv2D(8, 3, strides=2),
            keras.layers.BatchNormalization(),
            keras.layers.ReLU(),
            keras.layers.DepthwiseConv2D(3, activation="relu"),
            keras.layers.Flatten(),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model = tfmot.quantization.keras.quantize_model(plain)
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(images[:800], labels[:800], epochs=4, verbose=0)
    model.save(folder / "qat.h5")
    model.save(folder / "qat.keras")
    model.save(folder / "qat", save_format="tf")
    np.save(folder / "qat_outputs.npy", model.predict(images, verbose=0))


def trained_in_part(folder: Path) -> None:
    import tensorflow_model_optimization as tfmot

    annotate = tfmot.quantization.keras.quantize_annotate_layer
    layers = [annotate(keras.layers.Dense(8)), keras.layers.Dense(8, activation="tanh", name="forgotten")]
    model = tfmot.quantization.keras.quantize_apply(keras.Sequential([keras.Input((6,), name="x"), *layers]))
    model.compile("adam", "mse")
    model.fit(np.ones((32, 6)), np.ones((32, 8)), verbose=0)
    model.save(folder / "part.h5")


def main() -> None:
    folder = Path(sys.argv[1])
    custom(folder)
    python_in_the_graph(folder)
    written_on_loading(folder)
    if "--qat" in sys.argv:
        trained_with_quantization(folder)
        trained_in_part(folder)


if __name__ == "__main__":
    main()
