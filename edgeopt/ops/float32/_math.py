"""exp, tanh and logistic in float32, step by step as in kernels/eo_math_f32.h, which says how exact they are."""

import numpy as np

from edgeopt.ir import Array
from edgeopt.ops.float32._float import f32

_EXP = (1.38144533e-3, 8.36878177e-3, 4.16683964e-2, 1.66665196e-1, 4.99999940e-1)  # highest power first
_TANH = (-6.27423730e-3, 2.10716780e-2, -5.38523085e-2, 1.33325860e-1, -3.33333164e-1)


def _polynomial(coefficients: tuple[float, ...], x: Array) -> Array:
    first, *others = coefficients
    q = np.full_like(x, first)
    for coefficient in others:
        q = q * x + f32(coefficient)
    return q


def exp(x: Array) -> Array:
    x = np.asarray(x, np.float32)
    inside = np.where(x > f32(-104), np.where(x > f32(89), f32(89), x), f32(0))
    turns = inside * f32(1.44269502)
    n = (turns + np.where(turns < 0, f32(-0.5), f32(0.5))).astype(np.int32)  # toward zero, as a cast in C
    whole = n.astype(np.float32)
    r = (inside - whole * f32(0.693359375)) - whole * f32(-2.12194442e-4)
    y = f32(1) + (r + (r * r) * _polynomial(_EXP, r))
    half = np.where(n < 0, -(-n // 2), n // 2)
    result = (y * np.ldexp(f32(1), half)) * np.ldexp(f32(1), n - half)
    return np.where(x > f32(-104), result, np.where(np.isnan(x), x, f32(0)))


def tanh(x: Array) -> Array:
    magnitude = np.where(x < 0, -x, x)
    square = x * x
    near_zero = x + (x * square) * _polynomial(_TANH, square)
    far = f32(1) - f32(2) / (exp(f32(2) * magnitude) + f32(1))
    return np.where(magnitude < f32(0.55), near_zero, np.where(x < 0, -far, far))


def logistic(x: Array) -> Array:
    usual = f32(1) / (f32(1) + exp(-x))
    return np.where(x < f32(-9), exp(x), np.where(x > f32(16.6190472), f32(1), usual))
