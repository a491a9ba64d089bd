"""The emulated INA bridge, Joulescope and Otii under the recorder's thread; the bridge's log; the bridge on a pty."""

import sys
import time

import numpy as np
import pytest

from edgeopt.errors import DeviceError, UsageError
from edgeopt.power.emulator import EMULATORS, Faults
from edgeopt.power.emulators.ina import InaEmulator
from edgeopt.power.foreign_trace import ForeignOptions, read_foreign
from edgeopt.power.integrate import integrate
from edgeopt.power.meter import meter_opener
from edgeopt.power.profile import Pieces
from edgeopt.power.recorder import Recorder
from edgeopt.power.serving import serve_pty
from edgeopt.power.tracefile import memory_trace

KINDS = ("ina", "joulescope", "otii")
AMPS, VOLTS = 0.012, 3.0


def flat():
    return Pieces(VOLTS, np.zeros(1), np.full(1, AMPS), np.ones(1, dtype=np.uint8))


@pytest.mark.parametrize("kind", KINDS)
def test_recorded_to_a_file(kind, tmp_path):
    meter = EMULATORS.get(kind)(flat(), Faults(noise_a=1e-5, lost=0.001))
    recorder = Recorder(meter, tmp_path / "run.eotrace", meter._clock)
    recorder.start()
    end_s = meter._clock() + 2.0
    while meter._clock() < end_s and recorder.running:
        time.sleep(0.001)
    trace = recorder.stop()
    meter.close()
    assert recorder.failure is None
    assert trace.partial == ""
    assert trace.info == meter.info
    assert integrate(trace, 0.2, 1.5).mean_w == pytest.approx(AMPS * VOLTS, rel=0.005)
    host = trace.host_times()
    assert (np.diff(host[:, 1]) >= 0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_unplugged_is_partial_and_kept(kind, tmp_path):
    meter = EMULATORS.get(kind)(flat(), Faults(unplugged_s=3.0))
    recorder = Recorder(meter, tmp_path / "run.eotrace", meter._clock)
    recorder.start()
    recorder._thread.join(60)
    trace = recorder.stop()
    meter.close()
    assert isinstance(recorder.failure, DeviceError)
    assert recorder.failure.exit_code == 6
    assert recorder.failure.hint
    assert trace.partial == recorder.failure.message
    assert 1.0 < trace.duration_s < 3.0
    assert integrate(trace, 0.2, trace.duration_s - 0.2).mean_w == pytest.approx(AMPS * VOLTS, rel=0.005)


def logged(chip, seconds, faults=None):
    """What a terminal would log."""
    emulator = InaEmulator(flat(), faults or Faults(), chip)
    return b"".join(emulator.stream(k / 10) for k in range(int(seconds * 10)))


@pytest.mark.parametrize("chip", ["INA219", "INA226", "INA228"])
@pytest.mark.parametrize("name", ["log.txt", "log.csv"])
def test_a_log_of_the_bridge(chip, name, tmp_path):
    path = tmp_path / name
    path.write_bytes(b"\xff\x00garbage\n" + logged(chip, 1.0) + logged(chip, 4.0, Faults(lost=0.01)))
    (one,) = read_foreign(path)
    assert one.info.meter == "ina"
    trace = memory_trace(one.info, one.blocks)
    assert trace.duration_s == pytest.approx(3.9, abs=0.05), "from the last header on"
    assert integrate(trace, 0.5, 3.0).mean_w == pytest.approx(AMPS * VOLTS, rel=0.01)
    (given,) = read_foreign(path, ForeignOptions(supply_v=1.5))
    assert integrate(memory_trace(given.info, given.blocks), 0.5, 3.0).mean_w == pytest.approx(AMPS * 1.5, rel=0.01)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"# edgeopt-bridge v1 meter=INA228\n", "no header of an INA bridge"),
        (logged("INA226", 0.1), "no header of an INA bridge"),
        (logged("INA226", 1.0).replace(b" v1 ", b" v2 "), "no header of an INA bridge"),
    ],
)
def test_logs_that_cannot_be_read(text, message, tmp_path):
    path = tmp_path / "log.txt"
    path.write_bytes(text)
    with pytest.raises(UsageError, match=message) as caught:
        read_foreign(path)
    assert caught.value.hint


@pytest.mark.skipif(sys.platform == "win32", reason="no ptys")
def test_the_bridge_on_a_pty():
    """Its time is the server's: a millisecond each time that it looks."""
    now_s = [0.0]

    def clock():
        now_s[0] += 0.001
        return now_s[0]

    with serve_pty(InaEmulator(flat(), Faults()), clock=clock) as path:
        meter = meter_opener(f"ina:{path}")()
        assert meter.info.title.startswith("INA228")
        meter.start()
        blocks = []
        while sum(block.samples for block in blocks) < 200:
            blocks += meter.read(1.0)
        blocks += meter.stop()
        meter.close()
    trace = memory_trace(meter.info, blocks)
    assert integrate(trace, 0.1, 0.3).mean_w == pytest.approx(AMPS * VOLTS, rel=0.01)
