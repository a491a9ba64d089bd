"""The recorder: whatever a meter does, what came is kept, and a stop ends."""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest
from support.power_scene import INFO

from edgeopt.errors import DeviceError, MeterError, PortError, UsageError
from edgeopt.power.doubts import doubts
from edgeopt.power.integrate import integrate
from edgeopt.power.recorder import Recorder
from edgeopt.power.trace import Block, TraceInfo
from edgeopt.power.tracefile import read_trace

WAIT_S = 30.0  # for another thread, however slow the machine is


@dataclass
class FakeMeter:
    """Delivers `blocks`, then does `then`; `delivered` is set when it has."""

    blocks: Sequence[Block]
    then: DeviceError | Exception | None = None
    last: Sequence[Block] = ()
    cannot_start: DeviceError | None = None
    hangs: bool = False
    warnings: tuple[str, ...] = ()
    failure: DeviceError | None = None
    info: TraceInfo = INFO
    calls: list[str] = field(default_factory=list)
    delivered: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)
    reader: int = 0

    def start(self) -> None:
        self.calls.append("start")
        if self.cannot_start:
            raise self.cannot_start

    def read(self, timeout_s: float) -> Sequence[Block]:
        self.reader = threading.get_ident()
        if self.blocks:
            first, *self.blocks = self.blocks
            return [first]
        self.delivered.set()
        if self.then is not None:
            raise self.then
        if self.hangs:
            self.released.wait(WAIT_S)
        self.released.wait(min(timeout_s, 0.01))
        return ()

    def stop(self) -> Sequence[Block]:
        self.calls.append("stop")
        return self.last

    def close(self) -> None:
        self.calls.append("close")


def block(first: int, count: int = 100) -> Block:
    return Block(first, np.full(count, 0.01, np.float32), host_s=1 + first / INFO.rate_hz)


def blocks(count: int) -> list[Block]:
    return [block(100 * i) for i in range(count)]


def test_a_recording(tmp_path: Path) -> None:
    meter = FakeMeter(blocks(20), last=[block(2000, 7)])
    now = iter(range(100, 200))
    recorder = Recorder(meter, tmp_path / "a.eotrace", clock=lambda: float(next(now)))
    assert not recorder.running
    recorder.start()
    assert recorder.running and meter.delivered.wait(WAIT_S)
    recorder.note("window 1 begins")
    trace = recorder.stop()
    assert trace.samples == 2007 and trace.partial == "" and recorder.failure is None and not recorder.running
    assert meter.calls == ["start", "stop"], "the meter stays open: it may feed the board"
    assert [(note.text, note.host_s) for note in trace.notes] == [("sampling starts", 100), ("window 1 begins", 101)]
    assert trace.started_host_s() == 100
    assert read_trace(tmp_path / "a.eotrace").samples == 2007
    assert meter.reader != threading.get_ident()


@pytest.mark.parametrize(
    ("fault", "what"),
    [
        (PortError("/dev/ttyACM0 has vanished", "plug it in"), "vanished"),
        (MeterError("over-current", "less load"), "over-current"),
        (ZeroDivisionError("oops"), "driver of A fake meter failed.*oops"),
    ],
)
def test_a_meter_that_fails_in_the_middle(tmp_path: Path, fault: Exception, what: str) -> None:
    meter = FakeMeter(blocks(20), then=fault)
    recorder = Recorder(meter, tmp_path / "a.eotrace")
    recorder.start()
    assert meter.delivered.wait(WAIT_S)
    recorder.note("not heard of it yet, or already: no matter")
    trace = recorder.stop()
    assert trace.samples == 2000 and recorder.failure is not None and recorder.failure.exit_code == 6
    assert re.search(what, recorder.failure.message)
    assert trace.partial == recorder.failure.message and meter.calls == ["start"]


def test_a_meter_that_fails_between_the_last_read_and_the_stop(tmp_path: Path) -> None:
    gone = PortError("/dev/ttyACM0 has vanished", "plug it in")
    recorder = Recorder(FakeMeter([], last=[block(0)], failure=gone), tmp_path / "a.eotrace")
    recorder.start()
    trace = recorder.stop()
    assert recorder.failure is gone and trace.partial == gone.message and trace.samples == 100


def test_a_meter_that_hangs(tmp_path: Path) -> None:
    meter = FakeMeter(blocks(5), hangs=True, last=[block(500)])
    recorder = Recorder(meter, tmp_path / "a.eotrace", stop_timeout_s=0.05)
    recorder.start()
    assert meter.delivered.wait(WAIT_S)
    trace = recorder.stop()
    assert trace.samples == 500 and "does not answer" in trace.partial and not recorder.running
    size = (tmp_path / "a.eotrace").stat().st_size
    meter.released.set()  # it comes back too late: nothing is written into the closed file
    recorder._thread.join(WAIT_S)
    assert (tmp_path / "a.eotrace").stat().st_size == size and recorder.failure is not None


def test_blocks_that_cannot_be(tmp_path: Path) -> None:
    meter = FakeMeter([block(0), block(100), block(50)])
    recorder = Recorder(meter, tmp_path / "a.eotrace")
    recorder.start()
    recorder._thread.join(WAIT_S)  # it ends by itself
    trace = recorder.stop()
    assert meter.calls == ["start", "stop"], "it does answer, so it is told to end"
    assert trace.samples == 200 and isinstance(recorder.failure, MeterError) and "what no meter may" in trace.partial


def test_a_meter_that_does_not_start(tmp_path: Path) -> None:
    recorder = Recorder(FakeMeter([], cannot_start=MeterError("wrong mode", "set it")), tmp_path / "a.eotrace")
    with pytest.raises(MeterError, match="wrong mode"):
        recorder.start()
    assert read_trace(tmp_path / "a.eotrace").partial == "wrong mode"
    with pytest.raises(RuntimeError):
        recorder.stop()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_place_that_cannot_be(tmp_path: Path) -> None:
    for path in (Path("/dev/full"), tmp_path / "none" / "a.eotrace"):
        meter = FakeMeter(blocks(1))
        with pytest.raises(UsageError, match="cannot be written"):
            Recorder(meter, path).start()
        assert not meter.calls


def test_what_the_driver_has_learnt_stays_with_the_trace(tmp_path: Path) -> None:
    recorder = Recorder(FakeMeter(blocks(2), warnings=("its buffer was full twice",)), tmp_path / "a.eotrace")
    with recorder:
        pass
    trace = read_trace(tmp_path / "a.eotrace")
    assert "its buffer was full twice" in doubts(trace, (), (), None)


KILLED = """
import itertools, sys, time
from pathlib import Path
import numpy as np
from edgeopt.power import Block, Recorder
from support.power_scene import info_at

class Endless:
    info = info_at(1e5)
    def __init__(self):
        self.numbers = itertools.count(0, 1000)
    def start(self):
        pass
    def read(self, timeout_s):
        return [Block(next(self.numbers), np.full(1000, 0.01, np.float32))]

Recorder(Endless(), Path(sys.argv[1])).start()
time.sleep(60)
"""


def test_a_process_that_is_killed_leaves_its_recording(tmp_path: Path) -> None:
    path = tmp_path / "a.eotrace"
    tests = Path(__file__).resolve().parents[1]
    with subprocess.Popen([sys.executable, "-c", KILLED, str(path)], cwd=tests) as process:
        until = time.monotonic() + WAIT_S
        while not path.exists() or path.stat().st_size < 1_000_000:
            assert time.monotonic() < until and process.poll() is None
            time.sleep(0.01)
        process.kill()
    trace = read_trace(path)
    assert "cut off" in trace.partial and trace.lost == 0
    assert trace.samples * 4 > 0.95 * path.stat().st_size
    assert integrate(trace, 0, trace.duration_s).mean_w == pytest.approx(0.03)


def test_leaving_in_the_middle_ends_it(tmp_path: Path) -> None:
    meter = FakeMeter(blocks(3))
    with pytest.raises(KeyboardInterrupt), Recorder(meter, tmp_path / "a.eotrace"):
        assert meter.delivered.wait(WAIT_S)
        raise KeyboardInterrupt
    assert read_trace(tmp_path / "a.eotrace").samples == 300 and meter.calls == ["start", "stop"]


def test_the_info_is_checked_before_the_meter_is_started(tmp_path: Path) -> None:
    meter = FakeMeter([], info=replace(INFO, rate_hz=0.0))
    with pytest.raises(UsageError, match="rate_hz"):
        Recorder(meter, tmp_path / "a.eotrace").start()
    assert not meter.calls and not (tmp_path / "a.eotrace").exists()
