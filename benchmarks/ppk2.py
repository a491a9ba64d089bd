"""How fast the PPK2's samples are made sense of: seconds of its stream in a second of one core."""

import time
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.table import Table
from edgeopt.power.emulator import Faults
from edgeopt.power.emulators.ppk2 import EXAMPLE, Ppk2Emulator
from edgeopt.power.ppk2 import wire
from edgeopt.power.ppk2.convert import Converter
from edgeopt.power.ppk2.frames import Frames
from edgeopt.power.ppk2.timeline import Timeline
from edgeopt.power.profile import Pieces
from edgeopt.power.trace import Block

_SECONDS = 10.0
_CHUNK_BYTES = 4000  # 10 ms, as the driver gathers them
_TARGET = 20.0
_REPEATS = 3


def tables(models: Path, samples: int) -> list[Table]:
    """The models and samples are of no matter here."""
    table = Table(
        f"PPK2's stream (100 kS/s) decoded on one core, in chunks of 10 ms; target {_TARGET:g} times real time",
        ["current", "times real time"],
    )
    for name, period_s, lost in (
        ("steady", _SECONDS, 0.0),
        ("range changes each 5 ms", 5e-3, 0.0),
        ("range changes each 0.5 ms", 5e-4, 0.0),
        ("range changes each 5 ms, 0.1 % of the samples lost", 5e-3, 0.001),
    ):
        data = _stream(period_s, lost)
        ratio = max(_SECONDS / _decode_s(data) for _ in range(_REPEATS))
        table.add(name, table.judged(f"{ratio:.0f}", ratio >= _TARGET))
    return [table]


def _stream(period_s: float, lost: float) -> bytes:
    """Ten seconds between 10 uA and 10 mA."""
    starts = np.arange(0.0, _SECONDS, period_s)
    amps = np.where(np.arange(len(starts)) % 2, 10e-3, 10e-6)
    profile = Pieces(3.0, starts, amps, np.zeros(len(starts), dtype=np.uint8))
    emulator = Ppk2Emulator(profile, Faults(lost=lost))
    emulator.receive(wire.device_power(True) + bytes([wire.AVERAGE_START]), 0.0)
    return emulator.stream(_SECONDS)


def _decode_s(data: bytes) -> float:
    frames, converter, timeline = Frames(), Converter(EXAMPLE, 3.0), Timeline(wire.RATE_HZ)
    begin_s = time.process_time()
    blocks = 0
    ends = [*range(0, len(data), _CHUNK_BYTES), len(data)]
    for begin, end in pairwise(ends):
        host_s = end / wire.SAMPLE_BYTES / wire.RATE_HZ
        for run in frames.feed(data[begin:end]):
            told = converter.convert(run.words)
            block = Block(0, told.amps, digital=told.digital, quality=told.quality, host_s=host_s)
            timeline.add(block, run.lost)
        blocks += len(timeline.arrived(host_s, waited=True))
    assert blocks
    return time.process_time() - begin_s
