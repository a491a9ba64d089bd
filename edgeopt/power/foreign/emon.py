"""Traces of the EEMBC energy runner (`emon` .bin): 0xF1, samples a second, microjoules of each sample, as float32.

Layout found in closed/*/results/*/energy of github mlcommons/tiny_results_v0.7: byte 0 is 0xF1, bytes 1 to 4 the rate,
little-endian, then one float32 a sample, to the end of the file.
"""

import math
import struct
from pathlib import Path

import numpy as np

from edgeopt.errors import UsageError
from edgeopt.power.foreign_trace import FOREIGN, ForeignFormat, ForeignOptions, ForeignTrace, energy_info
from edgeopt.power.trace import Block

_TITLE = "energy traces of the EEMBC runner (.bin)"
_MAGIC = 0xF1
_HEADER = struct.Struct("<Bf")
_FASTEST_HZ = 1e6
_MOST_W = 1e4  # what is more is not a microcontroller's power, but another file


def _matches(path: Path, head: bytes) -> bool:
    return path.suffix == ".bin" and len(head) >= _HEADER.size + 4 and head[0] == _MAGIC


def _read(path: Path, options: ForeignOptions) -> tuple[ForeignTrace]:
    data = path.read_bytes()
    if len(data) < _HEADER.size + 4:
        raise _damaged(path, f"it has {len(data)} bytes")
    magic, rate_hz = _HEADER.unpack_from(data)
    if magic != _MAGIC:
        raise _damaged(path, f"it begins with 0x{magic:02x}, not 0xf1")
    if not (math.isfinite(rate_hz) and 0 < rate_hz <= _FASTEST_HZ):
        raise _damaged(path, f"it says {rate_hz:g} samples a second")
    rest = len(data) - _HEADER.size
    if rest % 4:
        raise _damaged(path, f"{rest % 4} bytes are left over after its last sample: it is cut short")
    watts = np.frombuffer(data, dtype="<f4", offset=_HEADER.size).astype(np.float64) * (1e-6 * rate_hz)
    bad = ~(np.isfinite(watts) & (np.abs(watts) <= _MOST_W))
    if np.any(bad):
        raise _damaged(path, f"sample {int(np.argmax(bad))} is no energy")
    block = Block(first=0, amps=None, watts=watts.astype(np.float32))
    info = energy_info("emon", "energy trace of the EEMBC runner", float(rate_hz), options.supply_v, "given")
    return (ForeignTrace(path.name, info, (block,)),)


def _damaged(path: Path, what: str) -> UsageError:
    return UsageError(f"`{path}` is no sound energy trace: {what}", "0xf1, the rate and the samples as float32")


FOREIGN.register("emon")(ForeignFormat(_TITLE, _matches, _read))
