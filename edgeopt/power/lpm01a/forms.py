"""The LPM01A's forms of numbers: arguments of commands, samples in ASCII, samples in two bytes.

* arguments (help text): plain, with a unit `u`, `m`, `k`, or with a power of ten: `2-3` is 2e-3, `1+3` is 1000;
* `ascii_dec`: `DDDD+-EE`: 6409-07 is 6409e-7 = 640.9e-6 (UM2269, data format 1);
* `bin_hexa`: two bytes, the high nibble a negative power of 16, the other 12 bits a whole number: 0x52A0 is
  0x2A0 * 16^-5 = 640.9e-6 (UM2269, data format 2). The nibble 15 begins what is no sample.
"""

import re

import numpy as np
from numpy.typing import NDArray

from edgeopt.errors import ProtocolError

SAMPLE = re.compile(rb"[0-9]{4}[+-][0-9]{2}")
SAMPLE_BYTES = 7
_ARGUMENT = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)(?:([umk])|([+-][0-9]{1,2}))?")
_UNITS = {"u": 1e-6, "m": 1e-3, "k": 1e3}
_PLACES = np.array([1000, 100, 10, 1], dtype=np.int64)
_MOST = 0xFFF  # of a binary sample's 12 bits
_LAST_POWER = 14  # 15 is no sample

# What each two bytes are worth; NaN where they begin what is no sample. 512 KiB, made once.
_WORTH = np.concatenate([np.arange(4096) * 16.0**-power for power in range(15)] + [np.full(4096, np.nan)])


def parse_number(text: str) -> float:
    """`1800m` -> 1.8, `2-3` -> 0.002; ProtocolError where it is no number of the LPM01A."""
    match = _ARGUMENT.fullmatch(text)
    if match is None:
        raise ProtocolError(f"`{text:.40}` is no number of the LPM01A", "such as 1800m, 100k or 2-3")
    digits, unit, power = match.groups()
    return float(digits) * (_UNITS[unit] if unit else 10.0 ** int(power) if power else 1.0)


def ascii_values(samples: bytes) -> NDArray[np.float64]:
    """Values of n samples of seven characters each that stand without anything between them."""
    table = np.frombuffer(samples, dtype=np.uint8).reshape(-1, SAMPLE_BYTES).astype(np.int64) - ord("0")
    powers = table[:, 5] * 10 + table[:, 6]
    mantissas = (table[:, :4] @ _PLACES).astype(np.float64)
    minus = table[:, 4] == ord("-") - ord("0")
    # A division by a power of ten is rounded once: 6409-07 is the float nearest to 640.9e-6.
    scale = 10.0 ** powers.astype(np.float64)
    return np.where(minus, mantissas / scale, mantissas * scale)


def ascii_text(values: NDArray[np.float64]) -> list[bytes]:
    """Each value as a sample of seven characters, with four significant digits; negative ones are 0."""
    return [_ascii_sample(value) for value in np.maximum(values, 0.0).tolist()]


def _ascii_sample(value: float) -> bytes:
    digits, _, power = f"{value:.3e}".partition("e")
    exponent = int(power) - 3
    if value < 1e-90 or exponent < -99:
        return b"0000+00"
    return f"{digits[0]}{digits[2:5]}{exponent:+03d}".encode()


def binary_values(pairs: NDArray[np.uint16]) -> NDArray[np.float64]:
    """Values of samples of two bytes, read as big-endian numbers; NaN where the high nibble is 15."""
    values: NDArray[np.float64] = _WORTH[pairs]
    return values


def binary_pairs(values: NDArray[np.float64]) -> NDArray[np.uint16]:
    """Each value as a sample of two bytes, to the nearest that there is; negative ones are 0."""
    bounded = np.clip(values, 16.0**-_LAST_POWER / 2, float(_MOST))
    powers = np.clip(np.floor(np.log(_MOST / bounded) / np.log(16.0) + 1e-12), 0, _LAST_POWER)
    mantissas = np.rint(bounded * 16.0**powers)
    high = mantissas > _MOST
    powers = np.where(high, np.maximum(powers - 1, 0), powers)
    mantissas = np.minimum(np.rint(bounded * 16.0**powers), _MOST)
    mantissas = np.where(values > 0, mantissas, 0)
    return (powers.astype(np.int64) * 4096 + mantissas.astype(np.int64)).astype(np.uint16)
