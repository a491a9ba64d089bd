"""Trains a scaled-down QuickNet on the coloured digits of data.py and writes the model beside this file.

    python examples/quicknet_small/train.py [--output FOLDER] [--epochs N]

Seeded and deterministic: the same machine and versions give the same weights. Takes about eight minutes on two cores.
"""

import argparse
import os
import runpy
from pathlib import Path

os.environ["TF_USE_LEGACY_KERAS"] = "1"  # larq layers are of Keras 2: before anything imports TensorFlow

import larq
import numpy as np
import tensorflow as tf
import tf_keras
from numpy.typing import NDArray

HERE = Path(__file__).parent
DATA = runpy.run_path(str(HERE / "data.py"))
MNIST = runpy.run_path(str(HERE.parent / "mnist" / "train.py"))  # its split into training and test images
BINARY = runpy.run_path(str(HERE.parent / "mnist_binary" / "train.py"))  # how binarized networks are trained and stored
EPOCHS, RATE = 60, 5e-3
STEM = 16  # channels of the first convolution, at 16x16
WIDTHS = (32, 64, 128)  # channels at 16x16, 8x8 and 4x4
BLOCKS = 2  # binary layers at each


def network() -> tf_keras.Model:
    """The structure of QuickNet (Bannink et al. 2021): binary 3x3 between real-valued stem, transitions and head."""
    layers = tf_keras.layers
    x = image = layers.Input((32, 32, 3), name="image")
    x = _norm("stem1_norm")(layers.Conv2D(STEM, 3, 2, "same", use_bias=False, name="stem1")(x))
    x = layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="stem2")(layers.ReLU(name="stem1_relu")(x))
    x = _norm("stem3_norm")(layers.Conv2D(WIDTHS[0], 1, use_bias=False, name="stem3")(x))
    for index, width in enumerate(WIDTHS):
        if index:
            x = _transition(x, width, f"transition{index}")
        for block in range(BLOCKS):
            x = _residual(x, width, f"binary{BLOCKS * index + block + 1}")
    x = layers.ReLU(name="head_relu")(x)
    x = layers.GlobalAveragePooling2D(name="pool")(x)
    return tf_keras.Model(image, layers.Dense(10, "softmax", name="digit")(x), name="quicknet_small")


def _residual(x: tf.Tensor, width: int, name: str) -> tf.Tensor:
    """x plus what a binary convolution makes of its signs."""
    convolution = larq.layers.QuantConv2D(
        width,
        3,
        padding="same",
        pad_values=1.0,
        activation="relu",
        input_quantizer="ste_sign",
        kernel_quantizer="ste_sign",
        kernel_constraint="weight_clip",
        use_bias=False,
        name=name,
    )
    return tf_keras.layers.Add(name=f"{name}_add")([x, _norm(f"{name}_norm")(convolution(x))])


def _transition(x: tf.Tensor, width: int, name: str) -> tf.Tensor:
    """Half the height and width, more channels: max pool, a blur that is not trained, a real-valued 1x1 convolution."""
    layers = tf_keras.layers
    x = layers.MaxPool2D(2, strides=1, name=f"{name}_pool")(layers.ReLU(name=f"{name}_relu")(x))
    blur = layers.DepthwiseConv2D(3, 2, "same", trainable=False, use_bias=False, name=f"{name}_blur")
    x = blur(x)
    blur.set_weights([np.tile(np.outer([1, 2, 1], [1, 2, 1])[:, :, None, None] / 16, (1, 1, x.shape[-1], 1))])
    return _norm(f"{name}_norm")(layers.Conv2D(width, 1, use_bias=False, name=f"{name}_conv")(x))


def _norm(name: str) -> tf_keras.layers.Layer:
    return tf_keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-5, name=name)


def varied(digits: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """The digits distorted and coloured at random."""
    return DATA["coloured"](MNIST["distorted"](digits, rng), rng)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=HERE)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    options = parser.parse_args()
    BINARY["begin"]()
    model = network()
    train_x, train_y, test_x, test_y = MNIST["split"]()
    BINARY["train"](model, train_x, train_y, options.epochs, RATE, varied)
    BINARY["binarize"](model)
    images = DATA["coloured"](test_x, np.random.default_rng(DATA["SEED"]))
    print(f"accuracy on {len(test_y)} test images: {BINARY['accuracy'](model, images, test_y):.1f} %")
    options.output.mkdir(parents=True, exist_ok=True)
    BINARY["save"](model, options.output / "quicknet_small.h5")


if __name__ == "__main__":
    main()
