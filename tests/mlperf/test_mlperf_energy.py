"""Energy mode: interface board and LPM01A emulated, a profile whose energy is known; no real time is involved."""

import itertools
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from support.fake_device import LibraryLink
from support.held_meter import HeldEmulator, PacedBoard, Rendezvous, is_recorder_running, stamped_profile
from support.mlperf_boards import build_benchmark, write_dataset
from support.port_link import PortLink

from edgeopt.device.link import SIMULATED, Link
from edgeopt.device.links.interface import InterfaceLink
from edgeopt.errors import DeviceError, MeterError, ProtocolError
from edgeopt.mlperf.benchmarks import BENCHMARKS
from edgeopt.mlperf.client import INTERFACE_CHUNK_BYTES, Client
from edgeopt.mlperf.dataset import read_dataset
from edgeopt.mlperf.energy import Metered, measure_energy
from edgeopt.mlperf.interface_board import InterfaceBoard
from edgeopt.mlperf.results import Energy
from edgeopt.mlperf.running import Bench, Windows
from edgeopt.power.emulator import Faults
from edgeopt.power.lpm01a.emulated import Lpm01aEmulator
from edgeopt.power.lpm01a.setup import Setup
from edgeopt.power.meters.lpm01a import Lpm01a
from edgeopt.power.profile import Pieces
from edgeopt.power.serving import MemoryPort

SUPPLY_V = 1.8
INFERENCES = 250
SPANS = tuple((8.0 + 14 * index, 8.0 + 14 * index + 10.8 + 0.01 * index) for index in range(5))


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_benchmark(tmp_path_factory.mktemp("energy"), "kws01", energy_mode=True)


class Rig:
    """Client -> interface board -> firmware, and the meter's driver -> LPM01A, in one emulated time."""

    def __init__(
        self, board: Link, profile: Pieces, spans: Sequence[tuple[float, float]], faults: Faults, folder: Path
    ) -> None:
        self._together = together = Rendezvous(spans, faults.unplugged_s)
        held = HeldEmulator(Lpm01aEmulator(profile, faults), together)
        self._meter_port = MemoryPort(held, "LPM01A", faults.unplugged_s)
        together.clock = self._meter_port.clock
        paced = PacedBoard(board, together, time.sleep)
        self._interface = MemoryPort(InterfaceBoard(paced))
        link = InterfaceLink(PortLink(self._interface), self._meter_port.clock)
        client = Client(link, INTERFACE_CHUNK_BYTES, clock=self._meter_port.clock)
        data = read_dataset(write_dataset(folder, "kws01"), BENCHMARKS["kws01"])
        self.bench = Bench(client, client.greet(), BENCHMARKS["kws01"], data, progress=self._between)
        meter = Lpm01a(self._meter_port, Setup(SUPPLY_V, 1000), self._meter_port.clock, SIMULATED)
        self.metered = Metered(meter, folder / "trace.eotrace", 0, self._meter_port.clock, self._pause)

    def measure(self, windows: int = 5) -> Energy:
        try:
            return measure_energy(self.bench, self.metered, Windows(windows, INFERENCES))
        finally:
            self.metered.meter.close()

    def _between(self, what: str, done: int, total: int) -> None:
        """What loading an input takes on a real line, at least."""
        if done < total:
            self._pause(0.2)

    def _pause(self, seconds: float) -> None:
        """Emulated seconds: the recorder's thread lets them pass; once it has ended there is nothing to wait for."""
        end_s = self._meter_port.clock() + seconds
        for _ in itertools.repeat(None, 600_000):
            is_recording = is_recorder_running()
            if self._meter_port.clock() >= end_s or self._meter_port.clock() >= self._together.limit_s:
                return
            if not is_recording:
                return
            time.sleep(1e-4)
        raise AssertionError("emulated time stands still")


def truth_uj(profile: Pieces, spans: Sequence[tuple[float, float]]) -> float:
    return float(np.median([profile.energy_j(*span) for span in spans])) * 1e6 / INFERENCES


@pytest.mark.parametrize(
    "faults",
    [Faults(), Faults(seed=8, noise_a=200e-6, offset_a=2e-6, lost=0.001, clock=1.00005)],
    ids=["none", "noise, offset, losses, drift"],
)
def test_energy_of_a_known_profile_is_right(library: Path, tmp_path: Path, faults: Faults) -> None:
    profile = stamped_profile(SUPPLY_V, SPANS, idle_a=0.4e-3, active_a=9e-3, spike_a=6e-3)
    found = Rig(LibraryLink(library), profile, SPANS, faults, tmp_path).measure()
    true = truth_uj(profile, SPANS)
    assert found.found.uj_per_inference == pytest.approx(true, rel=0.005)
    assert abs(found.found.uj_per_inference - true) <= found.found.uj_error
    assert len(found.found.windows) == 5 and found.errors == () and not found.found.partial
    for one, (begin_s, end_s) in zip(found.found.windows, SPANS, strict=True):
        assert one.window.seconds == pytest.approx(end_s - begin_s, abs=2.5e-3)
        assert one.window.cut == "edges"
    assert found.found.info.label == SIMULATED
    assert [run.recording.file for run in found.windows if run.recording] == [f"f{index}.bin" for index in range(5)]


def test_a_meter_that_is_unplugged_leaves_what_it_saw(library: Path, tmp_path: Path) -> None:
    profile = stamped_profile(SUPPLY_V, SPANS, idle_a=0.4e-3, active_a=9e-3)
    unplugged = Faults(unplugged_s=SPANS[2][0] + 3)
    found = Rig(LibraryLink(library), profile, SPANS, unplugged, tmp_path).measure()
    assert len(found.found.windows) == len(found.windows) == 2
    assert "the device is gone" in found.found.partial
    assert found.found.uj_per_inference == pytest.approx(truth_uj(profile, SPANS[:2]), rel=0.005)


def test_a_meter_that_is_unplugged_in_the_first_window_is_why(library: Path, tmp_path: Path) -> None:
    profile = stamped_profile(SUPPLY_V, SPANS, idle_a=0.4e-3, active_a=9e-3)
    with pytest.raises(DeviceError, match="the device is gone"):
        Rig(LibraryLink(library), profile, SPANS, Faults(unplugged_s=SPANS[0][0] + 3), tmp_path).measure()
    assert (tmp_path / "trace.eotrace").is_file()


def test_a_board_that_fails_leaves_a_partial_result(library: Path, tmp_path: Path) -> None:
    profile = stamped_profile(SUPPLY_V, SPANS, idle_a=0.4e-3, active_a=9e-3)
    board = _Dying(LibraryLink(library), after=2)
    found = Rig(board, profile, SPANS[:2], Faults(), tmp_path).measure()
    assert len(found.found.windows) == len(found.windows) == 2
    assert "after 2 of 5 windows" in found.found.partial
    assert any("exactly 5" in error for error in found.errors)
    assert found.found.uj_per_inference == pytest.approx(truth_uj(profile, SPANS[:2]), rel=0.005)


def test_without_edges_there_is_no_energy(library: Path, tmp_path: Path) -> None:
    profile = stamped_profile(SUPPLY_V, SPANS, idle_a=0.4e-3, active_a=9e-3)
    unwired = Pieces(SUPPLY_V, profile.starts_s, profile.amps, np.full_like(profile.levels, 0xFF))
    with pytest.raises(MeterError, match="window 1 has 0 of its two falling edges"):
        Rig(LibraryLink(library), unwired, SPANS[:1], Faults(), tmp_path).measure(1)
    assert (tmp_path / "trace.eotrace").is_file(), "what was recorded stays"


def test_performance_firmware_has_no_energy_mode(tmp_path: Path) -> None:
    board = LibraryLink(build_benchmark(tmp_path / "fw", "kws01"))
    profile = stamped_profile(SUPPLY_V, SPANS, idle_a=0.4e-3, active_a=9e-3)
    with pytest.raises(ProtocolError, match="performance mode"):
        Rig(board, profile, SPANS[:1], Faults(), tmp_path).measure(1)


class _Dying:
    """A board that is gone after so many `infer` commands."""

    traits = LibraryLink.traits

    def __init__(self, link: Link, after: int) -> None:
        self._link = link
        self._left = after

    def write(self, data: bytes) -> None:
        if data.startswith(b"db load") and not self._left:
            raise DeviceError("the board is gone", "plug it in")
        if data.startswith(b"infer"):
            self._left -= 1
        self._link.write(data)

    def read(self, timeout_s: float) -> bytes:
        return self._link.read(timeout_s)

    def close(self) -> None:
        self._link.close()
