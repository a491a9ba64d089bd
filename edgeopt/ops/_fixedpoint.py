"""gemmlowp's fixed-point exponential and its kin in numpy, bit for bit: what int8 softmax, logistic, tanh ... stand on.

A Qm number is an int32 with m integer bits, worth raw / 2**(31 - m); here it is held in int64 so that nothing wraps
unnoticed. Source: gemmlowp fixedpoint.h, which TensorFlow Lite for Microcontrollers uses.
"""

import numpy as np

from edgeopt.ir import Array
from edgeopt.quantmath import INT32_MAX, INT32_MIN, rounding_divide_by_pot, saturating_rounding_doubling_high_mul

_Q2_ONE = 1 << 29
_SQRT_HALF = 1518500250  # Q0


def _times_pot(x: Array, exponent: int | Array) -> Array:
    """x * 2**exponent for exponent >= 0, saturated to int32."""
    return np.clip(x << exponent, INT32_MIN, INT32_MAX)


def _exp_near_zero(a: Array) -> Array:
    """exp(a) for a in [-1/4, 0), Q0 to Q0: the Taylor polynomial of degree four around -1/8."""
    mul = saturating_rounding_doubling_high_mul
    exp_minus_eighth, third = 1895147668, 715827883
    x = a + (1 << 28)
    x2 = mul(x, x)
    x3, x4 = mul(x2, x), mul(x2, x2)
    higher_terms = rounding_divide_by_pot(mul(rounding_divide_by_pot(x4, 2) + x3, third) + x2, 1)
    return exp_minus_eighth + mul(exp_minus_eighth, x + higher_terms)


def exp_on_negative_values(a: Array, integer_bits: int) -> Array:
    """exp(a) for a <= 0 in Q<integer_bits>, as Q0; `integer_bits` up to 5."""
    fractional_bits = 31 - integer_bits
    quarter = 1 << (fractional_bits - 2)
    # a = (a mod 1/4 - 1/4) - remainder, the remainder a sum of powers of two whose exponentials are multiplied in
    a_mod_quarter = (a & (quarter - 1)) - quarter
    result = _exp_near_zero(_times_pot(a_mod_quarter, integer_bits))
    remainder = a_mod_quarter - a
    factors = (1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242)  # exp(-2**k), k = -2 .. 4, in Q0
    for k, factor in zip(range(-2, integer_bits), factors, strict=False):
        there = (remainder >> (fractional_bits + k)) & 1
        result = np.where(there == 1, saturating_rounding_doubling_high_mul(result, factor), result)
    return np.where(a == 0, INT32_MAX, result)


def _newton_reciprocal(a: Array) -> Array:
    """2 / (1 + a) for a in [0, 1], Q0 to Q2, by three Newton-Raphson steps."""
    mul = saturating_rounding_doubling_high_mul
    half_denominator = (a + INT32_MAX + 1) >> 1  # RoundingHalfSum of non-negative numbers
    x = 1515870810 + mul(half_denominator, -1010580540)  # 48/17 - 32/17 d
    for _ in range(3):
        x = x + _times_pot(mul(x, _Q2_ONE - mul(half_denominator, x)), 2)
    return x


def one_over_one_plus_x(a: Array) -> Array:
    """1 / (1 + a) for a in [0, 1], Q0 to Q0."""
    return _times_pot(_newton_reciprocal(a), 1)


def logistic(a: Array, integer_bits: int) -> Array:
    """1 / (1 + exp(-a)), Q<integer_bits> to Q0."""
    positive = one_over_one_plus_x(exp_on_negative_values(-np.abs(a), integer_bits))
    return np.where(a == 0, 1 << 30, np.where(a > 0, positive, INT32_MAX - positive))


def tanh(a: Array, integer_bits: int) -> Array:
    """tanh(a), Q<integer_bits> to Q0: (1 - e) / (1 + e) with e = exp(-2 |a|)."""
    e = exp_on_negative_values(-np.abs(a), integer_bits + 1)  # the same raw number read as twice the value
    magnitude = _times_pot(_newton_reciprocal(e) - _Q2_ONE, 2)
    return np.where(a == 0, 0, np.where(a > 0, magnitude, -magnitude))


def inverse_sqrt(x: Array) -> tuple[Array, Array]:
    """(multiplier, shift) of 1 / sqrt(x), as `requantize` takes them, for x in [0, 2^31); 0 counts as 1.

    Five Newton-Raphson steps from 1 on x / 4^k, which lies in [1/4, 1); Q3 throughout.
    """
    mul = saturating_rounding_doubling_high_mul
    tiny = x <= 1
    right = np.where(x >= 1 << 29, 1, 0)
    reduced = np.maximum(x, 2) >> 2 * right
    left = (31 - np.frexp(reduced.astype(np.float64))[1].astype(np.int64)) // 2 - 1  # exact: below 2^53
    a = (reduced << 2 * left) >> 1
    half_a = rounding_divide_by_pot(a, 1)
    y = np.full_like(a, 1 << 28)
    for _ in range(5):
        cube = _times_pot(mul(mul(y, y), y), 6)
        y = _times_pot(mul((1 << 28) + (1 << 27), y) - mul(half_a, cube), 3)
    shift = left - right - 11
    multiplier = mul(y, _SQRT_HALF) << np.maximum(shift, 0)
    return np.where(tiny, INT32_MAX, multiplier), np.where(tiny, 0, np.minimum(shift, 0))


def log_at_least_one(x: Array) -> Array:
    """log(x) for x >= 1, Q12 to Q5: a quotient of polynomials around 2^(-1/4), and a multiple of log(2) / 2."""
    mul = saturating_rounding_doubling_high_mul
    sqrt_sqrt_half, log_2 = 1805811301, 1488522236
    # x = r * 2^power: the better one of two ways to take powers of two out of it. The powers are Q6.
    bits = np.frexp(x.astype(np.float64))[1].astype(np.int64)  # exact: below 2^53
    r_a = _times_pot(mul(x << (31 - bits), _SQRT_HALF), 1)
    power_a = ((bits - 20) << 25) + (1 << 23)
    bits_b = np.frexp(mul(x, _SQRT_HALF).astype(np.float64))[1].astype(np.int64)
    r_b = _times_pot(x, 31 - bits_b)
    power_b = ((bits_b - 19) << 25) - (1 << 23)
    r, power = np.minimum(r_a, r_b), np.maximum(power_a, power_b)
    p = (r + sqrt_sqrt_half + 1) >> 1
    q = 2 * (r - sqrt_sqrt_half)
    q2 = mul(q, q)
    numerator = mul(q, r) + mul(mul(q, q2), 117049297)
    denominator_less_one = mul(p, 1057819769 + q + mul(127690142, q2)) + mul(638450708, q)
    quotient = mul(rounding_divide_by_pot(numerator, 6), one_over_one_plus_x(denominator_less_one))
    return _times_pot(mul(power, log_2) + quotient, 1)
