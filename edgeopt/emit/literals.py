"""Numbers and arrays as C text, exact and right where `int` has 16 bits."""

import math
from collections.abc import Iterable

import numpy as np

from edgeopt.ir import Array

C_TYPES = {
    "int8": "int8_t",
    "uint8": "uint8_t",
    "int16": "int16_t",
    "uint16": "uint16_t",
    "int32": "int32_t",
    "uint32": "uint32_t",
    "int64": "int64_t",
    "float32": "float",
    "bool": "uint8_t",
}
_LINE_WIDTH = 116


def scalar(value: int | float) -> str:
    """A C literal of any value that an int32_t, an uint32_t or a float holds."""
    if isinstance(value, float):
        if not math.isfinite(value):
            # compilers' own: math.h is no header of ours
            return '__builtin_nanf("")' if math.isnan(value) else f"{'-' if value < 0 else ''}__builtin_inff()"
        # nine digits are exact for a float32; hexadecimal floats are no C++11
        text = f"{value:.9g}"
        return f"{text}f" if any(mark in text for mark in ".e") else f"{text}.0f"
    if value == -(2**31):
        return "(-2147483647 - 1)"
    return f"{value}u" if value > 2**31 - 1 else str(value)


def array_body(data: Array) -> str:
    """The elements of an array in row-major order, wrapped."""
    flat = data.reshape(-1)
    convert = float if np.issubdtype(data.dtype, np.floating) else int
    return wrap(scalar(convert(value)) for value in flat.tolist())


def wrap(words: Iterable[str]) -> str:
    lines, line = [], "   "
    for word in words:
        if len(line) + len(word) + 2 > _LINE_WIDTH:
            lines.append(line)
            line = "   "
        line += f" {word},"
    return "\n".join([*lines, line])
