"""How fast the LPM01A's samples are made sense of: seconds of its stream in a second of one core."""

import time
from itertools import pairwise
from pathlib import Path

import numpy as np

from benchmarks.table import Table
from edgeopt.power.emulator import Faults
from edgeopt.power.lpm01a.ascii_stream import AsciiDecoder
from edgeopt.power.lpm01a.assemble import Assembler
from edgeopt.power.lpm01a.binary_stream import BinaryDecoder
from edgeopt.power.lpm01a.emulated import Lpm01aEmulator
from edgeopt.power.lpm01a.setup import Setup
from edgeopt.power.profile import Pieces

_SECONDS = 10.0
_STEP_S = 0.1  # of emulated time
_CHUNK_BYTES = 4096  # as a serial port gives them
_TARGET = 20.0
_REPEATS = 3


def tables(models: Path, samples: int) -> list[Table]:
    """The models and samples are of no matter here."""
    table = Table(
        f"LPM01A's streams decoded on one core, in chunks of 4 KiB; target {_TARGET:g} times real time",
        ["stream", "times real time"],
    )
    for setup in (
        Setup(3.0, 100_000, "dyn", "current", "bin_hexa"),
        Setup(3.0, 10_000, "dyn", "energy", "bin_hexa"),
        Setup(3.0, 5000, "dyn", "current", "ascii_dec"),
        Setup(3.0, 1000, "dyn", "energy", "ascii_dec"),
    ):
        for lost in (0.0, 0.001):
            data = _stream(setup, lost)
            ratio = max(_SECONDS / _decode_s(setup, data) for _ in range(_REPEATS))
            name = f"{setup.format}, {setup.output} at {setup.rate_hz} Hz, {lost:.1%} of the samples lost"
            table.add(name, table.judged(f"{ratio:.0f}", ratio >= _TARGET))
    return [table]


def _stream(setup: Setup, lost: float) -> bytes:
    """A current that changes each 5 ms."""
    starts = np.arange(0.0, _SECONDS, 5e-3)
    amps = np.where(np.arange(len(starts)) % 2, 10e-3, 10e-6)
    emulator = Lpm01aEmulator(
        Pieces(3.0, starts, amps, np.zeros(len(starts), dtype=np.uint8)), Faults(noise_a=1e-6, lost=lost)
    )
    for command in (*setup.commands(), "start"):
        emulator.receive(f"{command}\n".encode(), 0.0)
    steps = round(_SECONDS / _STEP_S)
    return b"".join(emulator.stream((step + 1) * _STEP_S) for step in range(steps))


def _decode_s(setup: Setup, data: bytes) -> float:
    decoder = AsciiDecoder() if setup.format == "ascii_dec" else BinaryDecoder()
    assembler = Assembler(setup, setup.format == "ascii_dec")
    begin_s = time.process_time()
    blocks = 0
    for begin, end in pairwise([*range(0, len(data), _CHUNK_BYTES), len(data)]):
        blocks += len(assembler.take(decoder.feed(data[begin:end]), 0.0))
    assert blocks
    return time.process_time() - begin_s
