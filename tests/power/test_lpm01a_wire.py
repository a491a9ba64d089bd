"""An LPM01A behind a bad wire, and in a recording: what is lost or wrong stays small, and is told."""

import time
from pathlib import Path

import numpy as np
import pytest
from support.lpm01a import START_S, constant, open_on, read_for

from edgeopt.power.emulator import Faults
from edgeopt.power.integrate import integrate
from edgeopt.power.lpm01a.emulated import Lpm01aEmulator
from edgeopt.power.lpm01a.setup import Setup
from edgeopt.power.meters.lpm01a import Lpm01a
from edgeopt.power.recorder import Recorder
from edgeopt.power.serving import MemoryPort
from edgeopt.power.tracefile import Trace, memory_trace

ASCII = Setup(3.0, 1000)
BINARY = Setup(3.0, 100_000, "dyn", "current", "bin_hexa")
BOTH = pytest.mark.parametrize("setup", [ASCII, BINARY], ids=["ascii", "binary"])


class BadWire:
    """A MeterPort over another, on which bytes are changed and lost once `bad`."""

    def __init__(self, port: MemoryPort, share: float, seed: int) -> None:
        self._port = port
        self._share = share
        self._random = np.random.default_rng(seed)
        self.bad = False

    def write(self, data: bytes) -> None:
        self._port.write(data)

    def read(self, timeout_s: float) -> bytes:
        data = np.frombuffer(self._port.read(timeout_s), np.uint8).copy()
        if not self.bad:
            return data.tobytes()
        changed = self._random.random(len(data)) < self._share
        data[changed] ^= self._random.integers(1, 256, int(changed.sum())).astype(np.uint8)
        return data[self._random.random(len(data)) >= self._share].tobytes()

    def close(self) -> None:
        self._port.close()


@BOTH
@pytest.mark.parametrize("seed", range(4))
def test_bytes_changed_and_lost_on_the_way(setup: Setup, seed: int) -> None:
    print(f"seed {seed}")
    port = MemoryPort(Lpm01aEmulator(constant(5e-3), Faults()))
    share = 3e-4 if setup is ASCII else 5e-6  # some damages a second
    wire = BadWire(port, share, seed)
    meter = Lpm01a(wire, setup, port.clock)
    meter.start()
    wire.bad = True
    blocks = read_for(meter, port, 10.0)
    wire.bad = False
    blocks += meter.stop()
    trace = memory_trace(meter.info, blocks)
    assert trace.duration_s == pytest.approx(10.0, abs=0.02)
    assert 0 < trace.lost < 0.1 * trace.samples
    found = integrate(trace, 0.0, 10.0 - 0.02)
    assert found.mean_w == pytest.approx(15e-3, rel=0.03)
    assert any("came damaged" in warning for warning in meter.warnings)


def recorded(meter: Lpm01a, path: Path) -> Trace:
    """Until the meter fails."""
    recorder = Recorder(meter, path)
    recorder.start()
    for _ in range(10_000):
        if not recorder.running:
            break
        time.sleep(1e-3)
    trace = recorder.stop()
    assert recorder.failure is not None
    return trace


@BOTH
def test_a_recording_of_a_meter_that_is_unplugged(setup: Setup, tmp_path: Path) -> None:
    emulator = Lpm01aEmulator(constant(5e-3), Faults(), lambda: 93)
    port = MemoryPort(emulator, "LPM01A", unplugged_s=START_S + 3.2)
    trace = recorded(Lpm01a(port, setup, port.clock), tmp_path / "a.eotrace")
    assert "the device is gone" in trace.partial
    assert trace.duration_s == pytest.approx(3.2, abs=0.02) and trace.lost == 0
    assert any("buffer was 93 % full" in note.text for note in trace.notes)


def test_the_energy_of_single_values() -> None:
    """Static mode: each stands until the next one."""
    meter, port = open_on(Lpm01aEmulator(constant(120e-6), Faults()), Setup(3.0, 1000, "stat", "current"))
    meter.start()
    trace = memory_trace(meter.info, [*read_for(meter, port, 6.0), *meter.stop()])
    assert trace.irregular
    found = integrate(trace, 1.0, 5.0)
    assert found.joules == pytest.approx(120e-6 * 3.0 * 4.0, rel=1e-3)
