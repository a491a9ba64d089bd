"""Recordings with an emulated LPM01A, in memory and as fast as they are read."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from edgeopt.power.emulator import Faults
from edgeopt.power.emulators.lpm01a import emulated_lpm01a
from edgeopt.power.lpm01a.emulated import Lpm01aEmulator
from edgeopt.power.lpm01a.setup import Setup
from edgeopt.power.meters.lpm01a import Lpm01a
from edgeopt.power.profile import Pieces, Profile
from edgeopt.power.serving import MemoryPort
from edgeopt.power.stored import START, Note
from edgeopt.power.trace import Block
from edgeopt.power.tracefile import Trace, memory_trace
from edgeopt.power.windows import Expected

START_S = 0.3  # of the profile, when a driver's set-up is done and it samples


def constant(amps: float, volts: float = 3.0) -> Pieces:
    return Pieces(volts, np.zeros(1), np.array([amps]), np.ones(1, np.uint8))


def open_on(emulator: Lpm01aEmulator, setup: Setup) -> tuple[Lpm01a, MemoryPort]:
    port = MemoryPort(emulator, "emulated LPM01A")
    return Lpm01a(port, setup, port.clock, "simulated"), port


def read_for(meter: Lpm01a, port: MemoryPort, seconds: float) -> list[Block]:
    end_s = port.clock() + seconds
    blocks: list[Block] = []
    while port.clock() < end_s:
        blocks += meter.read(end_s - port.clock())
    return blocks


def record(profile: Profile, faults: Faults, setup: Setup, seconds: float) -> Trace:
    """From START_S of the profile on, `seconds` long and a little more."""
    port = MemoryPort(Lpm01aEmulator(profile, faults), "emulated LPM01A", faults.unplugged_s)
    meter = Lpm01a(port, setup, port.clock, "simulated")
    notes = [Note(START, port.clock())]
    meter.start()
    blocks = read_for(meter, port, seconds)
    blocks += meter.stop()
    notes += [Note(f"warning: {warning}", port.clock()) for warning in meter.warnings]
    meter.close()
    return memory_trace(meter.info, blocks, notes)


def in_host_time(expected: Sequence[Expected], host_s: float) -> list[Expected]:
    """The same in the profile's time, which is an emulated meter's host clock."""
    return [
        dataclasses.replace(one, sent_s=one.sent_s - host_s, answered_s=one.answered_s - host_s) for one in expected
    ]


__all__ = ["START_S", "constant", "emulated_lpm01a", "in_host_time", "open_on", "read_for", "record"]
