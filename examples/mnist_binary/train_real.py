"""Trains the same layers with real-valued weights and ReLU, and writes the network as int8 beside this file.

    python examples/mnist_binary/train_real.py [--output FOLDER] [--epochs N]

It is what the binarized network is compared with: as many products, of 8 bits each. Needs what train.py needs.
"""

import argparse
import runpy
from pathlib import Path

HERE = Path(__file__).parent
BINARY = runpy.run_path(str(HERE / "train.py"))  # first: it says which Keras TensorFlow is to take

import tf_keras  # noqa: E402

import edgeopt  # noqa: E402

MNIST = BINARY["MNIST"]
RATE = 2e-3


def network() -> tf_keras.Model:
    """Layer by layer the network of train.py; what was a sign is a ReLU."""
    layers = tf_keras.layers
    model = tf_keras.Sequential(name="mnist_real")
    model.add(layers.Input((28, 28, 1), name="image"))
    for name, channels, padding, pool in (("1", 32, "valid", 2), ("2", 64, "same", 1), ("3", 64, "same", 2)):
        model.add(layers.Conv2D(channels, 3, padding=padding, use_bias=False, name=f"conv{name}"))
        if pool > 1:
            model.add(layers.MaxPool2D(pool, name=f"pool{name}"))
        model.add(layers.BatchNormalization(momentum=0.9, name=f"norm{name}"))
        model.add(layers.ReLU(name=f"relu{name}"))
    model.add(layers.Flatten(name="flatten"))
    model.add(layers.Dense(64, use_bias=False, name="dense1"))
    model.add(layers.BatchNormalization(momentum=0.9, name="norm4"))
    model.add(layers.ReLU(name="relu4"))
    model.add(layers.Dense(10, "softmax", name="digit"))
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=HERE)
    parser.add_argument("--epochs", type=int, default=BINARY["EPOCHS"])
    options = parser.parse_args()
    BINARY["begin"]()
    model = network()
    train_x, train_y, test_x, test_y = MNIST["split"]()
    BINARY["train"](model, train_x, train_y, options.epochs, RATE, MNIST["distorted"])
    print(f"accuracy on {len(test_y)} test images: {BINARY['accuracy'](model, test_x, test_y):.1f} %")
    options.output.mkdir(parents=True, exist_ok=True)
    calibration = HERE.parent / "mnist" / "calibration.npz"
    edgeopt.convert(model, options.output / "mnist_real_int8.tflite", calibration)


if __name__ == "__main__":
    main()
