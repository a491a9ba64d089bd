"""A small network for tests of the whole: convolution, mean, dense, softmax; 8x8x1 in, 3 classes out."""

import numpy as np
from support.tflite_writer import ModelBuilder

INPUT_SHAPE = (1, 8, 8, 1)


def small_classifier(seed: int = 1) -> bytes:
    """The .tflite; its weights are random, the same for the same seed."""
    rng = np.random.default_rng(seed)
    m = ModelBuilder()
    x = m.tensor(INPUT_SHAPE, scale=0.02, zero_point=-128, name="image")
    y = m.tensor((1, 6, 6, 4), scale=0.05, zero_point=-128, name="net/conv/Relu")
    w = m.tensor((4, 3, 3, 1), scale=[0.01, 0.02, 0.01, 0.03], data=rng.integers(-127, 128, (4, 3, 3, 1)), name="w0")
    b = m.tensor((4,), "int32", scale=[2e-4, 4e-4, 2e-4, 6e-4], data=rng.integers(-500, 500, 4), name="b0")
    m.op("CONV_2D", [x, w, b], [y], {"padding": "VALID", "fused_activation_function": "RELU"})
    pooled = m.tensor((1, 4), scale=0.05, zero_point=-128, name="net/mean/Mean")
    m.op("MEAN", [y, m.tensor((2,), "int32", data=[1, 2], name="axes")], [pooled], {"keep_dims": False})
    logits = m.tensor((1, 3), scale=0.1, zero_point=3, name="net/dense/MatMul")
    w = m.tensor((3, 4), scale=0.02, data=rng.integers(-127, 128, (3, 4)), name="w1")
    b = m.tensor((3,), "int32", scale=1e-3, data=rng.integers(-500, 500, 3), name="b1")
    m.op("FULLY_CONNECTED", [pooled, w, b], [logits])
    classes = m.tensor((1, 3), scale=1 / 256, zero_point=-128, name="net/softmax/Softmax")
    m.op("SOFTMAX", [logits], [classes])
    return m.finish([x], [classes])
