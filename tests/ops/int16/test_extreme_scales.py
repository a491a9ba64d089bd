"""int16 operators with scales of any size: refused with a sentence, or the bytes of tflite-micro."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from support.binary import ACTIVATIONS, int16_pairs
from support.oracle import run_tflm
from support.proof import Case, Value, prove

from edgeopt.errors import EdgeoptError
from edgeopt.ir import Array

ROUNDS = 5
Q15 = (2.0**-15, 0)


def scale(rng: np.random.Generator) -> float:
    """A usual one, a power of two, or any that a file may have."""
    exponent = rng.choice([rng.uniform(-23, 8), rng.integers(-33, 20), rng.uniform(-96, 96)])
    return float(np.float32(2.0**exponent))


def cases(rng: np.random.Generator) -> Iterator[Case]:
    a, b = int16_pairs(rng, 100)
    x, y, z = (Value(a.shape, (scale(rng), 0), "int16") for _ in range(3))
    q15 = Value(a.shape, Q15, "int16")
    fused = {"fused_activation_function": str(rng.choice(ACTIVATIONS))}
    for operator in ("ADD", "SUB", "MUL"):
        yield Case(operator, [x, y], z, fused, [[a, b]])
    yield Case("RELU", [x], y, {}, [[a]])
    yield Case("LEAKY_RELU", [x], y, {"alpha": float(rng.normal() * 10.0 ** rng.integers(-9, 9))}, [[a]])
    for operator in ("LOGISTIC", "TANH"):
        yield Case(operator, [x], q15, {}, [[a]])
    yield Case("SOFTMAX", [x], q15, {"beta": float(10.0 ** rng.integers(-3, 4))}, [[a]])
    axes = Value([1], dtype="int32", data=[0])
    yield Case("MEAN", [x, axes], Value((), y.quant, "int16"), {"keep_dims": False}, [[a]])
    for dtype in ("int8", "int16", "int32"):
        yield Case("QUANTIZE", [x], Value(a.shape, y.quant, dtype), {}, [[a]])
    yield from dense_cases(rng, a[:149])


def dense_cases(rng: np.random.Generator, inputs: Array) -> Iterator[Case]:
    x = Value((1, inputs.size), (scale(rng), 0), "int16")
    weights = Value((5, inputs.size), (scale(rng), 0), data=rng.integers(-128, 128, (5, inputs.size)))
    y = Value((1, 5), (scale(rng), 0), "int16")
    for dtype, bits in (("int64", int(rng.integers(1, 50))), ("int32", 31)):
        bias = Value((5,), (1.0, 0), dtype, rng.integers(-(2**bits), 2**bits, 5))
        for inputs_of in ([x, weights], [x, weights, bias]):
            yield Case("FULLY_CONNECTED", inputs_of, y, {}, [[inputs.reshape(1, -1)]])


def is_taken(case: Case) -> bool:
    """Whether edgeopt takes it, and tflite-micro too, which refuses some of what edgeopt computes."""
    try:
        case.graph()
        run_tflm(case.model(), case.samples[0])
    except (EdgeoptError, RuntimeError):
        return False
    return True


def test_refused_or_exact(tmp_path: Path, rng: np.random.Generator) -> None:
    tried = [case for _ in range(ROUNDS) for case in cases(rng)]
    taken = [case for case in tried if is_taken(case)]
    assert len(tried) / 8 < len(taken) < len(tried)
    prove(taken, tmp_path)
