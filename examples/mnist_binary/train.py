"""Trains the binarized network of this example and writes it beside this file.

    python examples/mnist_binary/train.py [--output FOLDER] [--epochs N] [--validate]

Data: the images of examples/mnist, of which the same 1,000 are held out for the test. `--validate` trains without
400 of the others, says how well it does on those, and writes nothing: what was tried was judged by that alone.
Seeded and deterministic: the same machine and versions give the same weights. Takes about six minutes on two cores.
"""

import argparse
import os
import runpy
from collections.abc import Callable
from pathlib import Path

os.environ["TF_USE_LEGACY_KERAS"] = "1"  # larq layers are of Keras 2: before anything imports TensorFlow

import h5py
import larq
import numpy as np
import tensorflow as tf
import tf_keras
from numpy.typing import NDArray

SEED = 20
HERE = Path(__file__).parent
MNIST = runpy.run_path(str(HERE.parent / "mnist" / "train.py"))  # its split into training and test images
VALIDATION = 400  # of the 4,000 training images
EPOCHS, RATE = 100, 1e-2
THREADS = 2
Images = NDArray[np.float32]  # [n, 28, 28, 1], 0 (paper) .. 1 (ink)
Labels = NDArray[np.int64]  # [n], 0 .. 9
Varied = Callable[[Images, np.random.Generator], Images]


def network() -> tf_keras.Model:
    """A network in the style of BinaryNet: every weight is +1 or -1, and so is what goes from layer to layer."""
    layers = tf_keras.layers
    weights = {"kernel_quantizer": "ste_sign", "kernel_constraint": "weight_clip", "use_bias": False}
    binary = {**weights, "input_quantizer": "ste_sign"}
    padded = {**binary, "padding": "same", "pad_values": 1.0}
    model = tf_keras.Sequential(name="mnist_binary")
    model.add(layers.Input((28, 28, 1), name="image"))
    model.add(larq.layers.QuantConv2D(32, 3, **weights, name="conv1"))
    model.add(layers.MaxPool2D(2, name="pool1"))
    model.add(_norm("norm1"))
    model.add(larq.layers.QuantConv2D(64, 3, **padded, name="conv2"))
    model.add(_norm("norm2"))
    model.add(larq.layers.QuantConv2D(64, 3, **padded, name="conv3"))
    model.add(layers.MaxPool2D(2, name="pool3"))
    model.add(_norm("norm3"))
    model.add(layers.Flatten(name="flatten"))
    model.add(larq.layers.QuantDense(64, **binary, name="dense1"))
    model.add(_norm("norm4"))
    model.add(larq.layers.QuantDense(10, **binary, name="dense2"))
    model.add(_norm("norm5"))
    model.add(layers.Activation("softmax", name="digit"))
    return model


def _norm(name: str) -> tf_keras.layers.Layer:
    return tf_keras.layers.BatchNormalization(momentum=0.9, scale=False, name=name)


def train(
    model: tf_keras.Model, images: Images, labels: Labels, epochs: int, rate: float, varied: Varied, batch: int = 64
) -> None:
    """`epochs` passes over images that are `varied` anew each time; the rate falls from `rate` to 0 as a cosine."""
    steps = epochs * -(-len(images) // batch)
    schedule = tf_keras.optimizers.schedules.CosineDecay(rate, steps)
    model.compile(tf_keras.optimizers.Adam(schedule), "sparse_categorical_crossentropy", metrics=["accuracy"])
    rng = np.random.default_rng(SEED)
    for epoch in range(epochs):
        history = model.fit(varied(images, rng), labels, batch, epochs=1, verbose=0).history
        print(f"epoch {epoch + 1}/{epochs}: loss {history['loss'][0]:.4f}", flush=True)


def binarize(model: tf_keras.Model) -> None:
    """Replaces the weights that training moves by the +1 and -1 that the network computes with."""
    for layer in model.layers:
        if getattr(layer, "kernel_quantizer", None) is not None:
            layer.set_weights([np.where(values < 0, -1, 1).astype(np.float32) for values in layer.get_weights()])


def save(model: tf_keras.Model, path: Path) -> None:
    """An .h5 file without the optimizer, its arrays compressed: of +1 and -1 little is left."""
    plain = path.with_suffix(".plain.h5")
    model.save(plain, include_optimizer=False)
    with h5py.File(plain) as old, h5py.File(path, "w", libver="latest") as new:
        new.attrs.update(old.attrs)

        def copy(name: str, item: h5py.Group | h5py.Dataset) -> None:
            if isinstance(item, h5py.Dataset):
                packed = {"compression": "gzip", "shuffle": True, "chunks": item.shape} if item.size > 500 else {}
                made = new.create_dataset(name, data=item[()], **packed)
            else:
                made = new.require_group(name)
            made.attrs.update(item.attrs)

        old.visititems(copy)
    plain.unlink()


def accuracy(model: tf_keras.Model, images: Images, labels: Labels) -> float:
    """Top-1, percent."""
    return 100 * float(model.evaluate(images, labels, verbose=0)[1])


def begin() -> None:
    """Makes what follows the same each time."""
    tf.config.threading.set_intra_op_parallelism_threads(THREADS)
    tf_keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--output", type=Path, default=HERE)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--validate", action="store_true", help="judge on training images held back; write nothing")
    options = parser.parse_args()
    begin()
    model = network()
    train_x, train_y, test_x, test_y = MNIST["split"]()
    if options.validate:
        train(model, train_x[VALIDATION:], train_y[VALIDATION:], options.epochs, RATE, MNIST["distorted"])
        shown = accuracy(model, train_x[:VALIDATION], train_y[:VALIDATION])
        print(f"accuracy on {VALIDATION} training images held back: {shown:.1f} %")
        return
    train(model, train_x, train_y, options.epochs, RATE, MNIST["distorted"])
    binarize(model)
    print(f"accuracy on {len(test_y)} test images: {accuracy(model, test_x, test_y):.1f} %")
    options.output.mkdir(parents=True, exist_ok=True)
    save(model, options.output / "mnist_binary.h5")


if __name__ == "__main__":
    main()
