"""larq_models.py FOLDER: networks of Larq, sound and odd ones, with what Keras computes; one is converted in memory.

Prints what the conversion in memory gave, as JSON.
"""

import json
import sys
from pathlib import Path

import larq as lq
import larq_compute_engine as engine
import numpy as np
import tensorflow as tf
import tf_keras as keras

import edgeopt

RNG = np.random.default_rng(5)
KERNEL = {"kernel_quantizer": "ste_sign", "kernel_constraint": "weight_clip"}
BINARY = {"input_quantizer": "ste_sign", "use_bias": False, **KERNEL}
DOREFA = {"input_quantizer": lq.quantizers.DoReFa(2), "kernel_quantizer": lq.quantizers.DoReFa(2, mode="weights")}
PIXELS = (RNG.integers(0, 256, (40, 8, 8, 3)) / 255).astype(np.float32)
conv, depthwise, separable = lq.layers.QuantConv2D, lq.layers.QuantDepthwiseConv2D, lq.layers.QuantSeparableConv2D


def normalized(x: tf.Tensor) -> tf.Tensor:
    return keras.layers.BatchNormalization()(x)


def trained(model: keras.Model) -> keras.Model:
    """As after training: no batch normalization leaves a sum at exactly 0, where Keras and the Engine may differ."""
    for layer in model.layers:
        if isinstance(layer, keras.layers.BatchNormalization):
            for weight in layer.weights:
                spread = RNG.uniform(0.5, 2, weight.shape) if "gamma" in weight.name or "var" in weight.name else None
                weight.assign(RNG.normal(0.013, 0.5, weight.shape) if spread is None else spread)
    return model


def network() -> keras.Model:
    """A first layer of pixels, a binary one, pooling, a residual one and a dense one."""
    image = keras.Input((8, 8, 3), name="image")
    x = normalized(conv(32, 3, padding="same", use_bias=False, name="first", **KERNEL)(image))
    x = normalized(conv(32, 3, padding="same", pad_values=1.0, name="second", **BINARY)(x))
    x = keras.layers.MaxPooling2D(2)(x)
    x = keras.layers.Add()([x, normalized(conv(32, 3, padding="same", name="third", **BINARY)(x))])
    x = lq.layers.QuantDense(10, name="last", **BINARY)(keras.layers.Flatten()(x))
    return trained(keras.Model(image, keras.layers.Activation("softmax")(normalized(x))))


def two_ends() -> keras.Model:
    """Two inputs and three outputs, whose order the Engine's converter does not keep."""
    one, two = keras.Input((32,), name="zeta"), keras.Input((32,), name="alpha")
    x = normalized(lq.layers.QuantDense(32, name="inner", **BINARY)(one))
    joined = keras.layers.Concatenate()([x, two])
    ends = [lq.layers.QuantDense(5, name="z", **BINARY)(joined), keras.layers.Dense(3)(x), keras.layers.Dense(2)(two)]
    return trained(keras.Model([one, two], ends))


def odd_layers() -> keras.Model:
    """One layer after the other that the Engine leaves in float, and one that it does not."""
    image = keras.Input((8, 8, 32), name="image")
    odd = [
        conv(32, 1, name="dorefa", **DOREFA),
        conv(32, 1, name="ternary", input_quantizer="ste_sign", kernel_quantizer="ste_tern"),
        conv(32, 1, name="steps", input_quantizer="ste_heaviside", kernel_quantizer="ste_sign"),
        conv(32, 3, name="pads", padding="same", pad_values=-1.0, **BINARY),
        conv(32, 3, name="groups", groups=4, **BINARY),
        depthwise(3, name="depth", input_quantizer="ste_sign", depthwise_quantizer="ste_sign"),
        separable(
            32,
            1,
            name="sep",
            input_quantizer="ste_sign",
            depthwise_quantizer="ste_sign",
            pointwise_quantizer="ste_sign",
        ),
        lq.layers.QuantConv2DTranspose(32, 2, name="up", **BINARY),
        conv(32, 1, name="kernels", use_bias=False, **KERNEL),
        conv(32, 1, name="inputs", input_quantizer="ste_sign"),
        conv(32, 3, name="binary", **BINARY),
    ]
    x = normalized(image)
    for layer in odd:
        x = normalized(layer(x))
    x = keras.layers.Flatten()(x)
    return trained(keras.Model(image, keras.layers.Dense(4, name="plain")(x)))


def single(layer: keras.layers.Layer, *others: keras.layers.Layer) -> keras.Model:
    return trained(keras.Sequential([keras.Input((8, 8, 32)), keras.layers.BatchNormalization(), layer, *others]))


def simulated() -> keras.Model:
    """Trained with the rounding to int8 of what is real-valued; its input has a name that is no argument's."""

    def rounded(x: tf.Tensor, reach: float) -> tf.Tensor:
        return tf.quantization.fake_quant_with_min_max_args(x, -reach, reach)

    image = keras.Input((8, 8, 32), name="in-put.1")
    x = rounded(conv(32, 3, name="binary", **BINARY)(rounded(image, 4.0)), 64.0)
    return keras.Model(image, rounded(keras.layers.Conv2D(4, 1, name="plain")(x), 10.0))


def write_odd_files(folder: Path) -> None:
    binary = conv(32, 3, name="binary", **BINARY)
    single(conv(32, 1, name="odd", input_quantizer="ste_tern", kernel_quantizer="ste_sign"), binary).save(
        folder / "ternary.h5"
    )
    nothing = single(depthwise(3, name="depth", input_quantizer="ste_sign", depthwise_quantizer="ste_sign"))
    nothing.save(folder / "nothing.h5")
    nothing.export(folder / "nothing")
    with lq.context.metrics_scope(["flip_ratio"]):  # a SavedModel counts on, where an .h5 leaves that out
        counted = lq.layers.QuantDense(4, name="counted", **BINARY)
        keras.Sequential([keras.Input((32,)), counted]).save(folder / "counting", save_format="tf")
    scaled = conv(32, 1, input_quantizer="ste_sign", kernel_quantizer="magnitude_aware_sign")
    norm = keras.layers.BatchNormalization()
    keras.Sequential([keras.Input((8, 8, 32)), norm, scaled, keras.layers.BatchNormalization(), binary]).save(
        folder / "untrained.h5"
    )
    image = keras.Input((8, 8, 32))
    waves = tf.abs(tf.signal.fft2d(tf.cast(image, tf.complex64)))
    keras.Model(image, binary(tf.reshape(waves, (-1, 8, 8, 32)))).save(folder / "waves.h5")
    words = keras.Input((32,), dtype="string")
    found = tf.cast(keras.layers.StringLookup(vocabulary=["a"])(words), tf.float32)
    keras.Model(words, lq.layers.QuantDense(4, **BINARY)(found)).save(folder / "crash.h5")
    keras.Sequential([image, conv(32, 1, **BINARY), keras.layers.Lambda(lambda x: x * 2.0, name="twice")]).save(
        folder / "lambda.h5"
    )
    keras.Sequential([keras.Input((None, 8, 32), name="open"), conv(32, 1, **BINARY)]).save(folder / "open.h5")
    single(conv(64, 1, **BINARY), conv(64, 3, groups=2, name="groups", **BINARY)).save(folder / "groups.h5")


def in_memory(model: keras.Model, folder: Path) -> dict[str, object]:
    """What `edgeopt.convert` makes of an object."""
    made = edgeopt.convert(model, folder / "memory.tflite", edgeopt.convert.load_dataset(folder / "maps.npz"))
    return {"format": made.source_format, "action": made.action, "warnings": made.warnings}


def main() -> None:
    folder = Path(sys.argv[1])
    keras.utils.set_random_seed(1)
    model = network()
    for name in ("small.h5", "small.keras"):
        model.save(folder / name)
    model.save(folder / "saved", save_format="tf")
    model.export(folder / "exported")
    (folder / "engine.tflite").write_bytes(engine.convert_keras_model(model))
    np.savez(folder / "pixels.npz", image=PIXELS, y=model.predict(PIXELS, verbose=0).argmax(axis=1))
    np.save(folder / "expected.npy", model.predict(PIXELS, verbose=0))
    ends = two_ends()
    ends.save(folder / "ends.h5")
    columns = {"alpha": RNG.normal(size=(40, 32)), "zeta": RNG.normal(size=(40, 32))}
    np.savez(folder / "ends.npz", **{name: values.astype(np.float32) for name, values in columns.items()})
    outputs = ends.predict([columns["zeta"], columns["alpha"]], verbose=0)
    np.savez(folder / "ends_expected.npz", *outputs)
    odd = odd_layers()
    odd.save(folder / "odd.h5")
    simulated().save(folder / "simulated.h5")
    write_odd_files(folder)
    np.savez(folder / "maps.npz", x=RNG.normal(size=(40, 8, 8, 32)).astype(np.float32))
    print(json.dumps(in_memory(odd, folder)))


if __name__ == "__main__":
    main()
