"""Otii: the driver against the emulated server."""

import contextlib
import json
import socket
import threading

import numpy as np
import pytest

from edgeopt.errors import MeterError, PortError, UsageError
from edgeopt.power.emulator import EMULATORS, Faults
from edgeopt.power.emulators.otii import OtiiEmulator
from edgeopt.power.integrate import integrate
from edgeopt.power.meter import meter_opener
from edgeopt.power.meters.otii import OtiiMeter
from edgeopt.power.otii_data import analog, changes, count_of
from edgeopt.power.otii_link import OtiiLink
from edgeopt.power.otii_recording import Settings
from edgeopt.power.profile import Pieces
from edgeopt.power.serving import MemoryPort
from edgeopt.power.tcp_port import TcpPort
from edgeopt.power.trace import SATURATED
from edgeopt.power.tracefile import memory_trace


def steady(amps=0.012):
    return Pieces(3.0, np.zeros(1), np.full(1, amps), np.zeros(1, dtype=np.uint8))


def bursts(rng):
    """The gate (line 0) is low from 1.2 s to 5.2 s; line 1 is its opposite."""
    inner = np.sort(rng.uniform(1.21, 5.19, 300))
    amps = np.concatenate(([2e-3], rng.uniform(5e-3, 40e-3, 301), [1e-3]))
    levels = np.concatenate(([1], np.full(301, 2), [1])).astype(np.uint8)
    return Pieces(3.0, np.concatenate(([0.0, 1.2], inner, [5.2])), amps, levels)


def opened(emulator, settings=None):
    port = MemoryPort(emulator, unplugged_s=emulator._faults.unplugged_s)
    return OtiiMeter(port, settings or Settings(3.0), port.clock), port


def record(meter, port, seconds):
    meter.start()
    blocks = []
    end_s = port.clock() + seconds
    while port.clock() < end_s:
        blocks += meter.read(0.2)
    blocks += meter.stop()
    meter.close()
    return memory_trace(meter.info, blocks)


def test_energy_of_a_known_profile(rng):
    profile = bursts(rng)
    seed = int(rng.integers(1 << 30))
    faults = Faults(seed=seed, noise_a=100e-6, offset_a=10e-6, lost=0.001, clock=1.00004)
    emulator = OtiiEmulator(profile, faults)
    trace = record(*opened(emulator), 6.0)
    assert 0.0003 < trace.lost / 24_000 < 0.0025
    edges = trace.edges(0)
    assert len(edges.falling_s) == len(edges.rising_s) == 1
    found = integrate(trace, edges.falling_s[0], edges.rising_s[0])
    assert found.joules == pytest.approx(profile.energy_j(1.2, 5.2), rel=0.005)
    assert edges.falling_s[0] + emulator.began_s == pytest.approx(1.2, abs=0.001)
    assert trace.edges(1).rising_s == pytest.approx(edges.falling_s, abs=0.0003)
    assert trace.info.rate_hz == 4000


def test_a_perfect_one_is_right(rng):
    profile = bursts(rng)
    emulator = OtiiEmulator(profile, Faults())
    trace = record(*opened(emulator), 6.0)
    assert trace.lost == 0
    begin_s = emulator.began_s
    found = integrate(trace, 1.0, 5.0)
    assert found.joules == pytest.approx(profile.energy_j(1.0 + begin_s, 5.0 + begin_s), rel=1e-4)
    host = trace.host_times()
    late = host[:, 1] - host[:, 0] - begin_s
    assert late.min() > -1e-9
    assert late.max() < 0.5


def test_what_it_asks_and_leaves_behind():
    emulator = OtiiEmulator(steady(), Faults())
    meter, port = opened(emulator)
    assert emulator.main
    assert emulator.licences[0]["reserved_to"] == "me"
    assert emulator.asked.index("arc_set_main_voltage") < len(emulator.asked) - 1 - emulator.asked[::-1].index(
        "arc_set_main"
    )
    record(meter, port, 1.0)
    assert not emulator.main, "the board is switched off"
    assert emulator.licences[0]["reserved_to"] == "", "the licence is given back"


def test_a_licence_that_is_reserved_already_stays_so():
    emulator = OtiiEmulator(steady(), Faults())
    emulator.licences[0]["reserved_to"] = "me"
    meter, _ = opened(emulator)
    meter.close()
    assert "otii_reserve_license" not in emulator.asked
    assert emulator.licences[0]["reserved_to"] == "me"


def test_an_old_server_knows_no_licences():
    emulator = OtiiEmulator(steady(), Faults())
    emulator.refused = {"otii_is_logged_in": "Invalid command"}
    meter, port = opened(emulator)
    assert record(meter, port, 1.0).samples > 3000


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"logged_in": False}, "Not logged in"),
        ({"licences": []}, "No license"),
        ({"licences": [{"id": 1, "type": "Pro", "available": True, "reserved_to": ""}]}, "No license"),
        ({"licences": [{"id": 1, "type": "Automation", "available": False, "reserved_to": "joe"}]}, "No license"),
        ({"refused": {"otii_reserve_license": "License could not be reserved"}}, "License could not be reserved"),
        ({"refused": {"arc_calibrate": "Command failure"}}, "refuses `arc_calibrate`: Command failure"),
        ({"refused": {"arc_set_main_voltage": "Invalid key value"}}, "Invalid key value"),
        ({"devices": []}, "no Arc and no Ace"),
        ({"devices": [{"device_id": "x", "name": "y", "type": "Thermometer"}]}, "no Arc and no Ace"),
        (
            {"devices": [{"device_id": i, "name": f"Arc {i}", "type": "Arc"} for i in "12"]},
            "several devices: Arc 1, Arc 2",
        ),
        ({"greeting": {"type": "error", "errorcode": "Connection denied"}}, "Connection denied"),
        ({"greeting": {"type": "information", "info": "hello"}}, "no Otii server"),
        ({"greeting": {}}, "no Otii server"),
        ({"greeting": []}, "no Otii server"),
    ],
)
def test_what_keeps_it_from_opening(wrong, message):
    emulator = OtiiEmulator(steady(), Faults())
    for name, value in wrong.items():
        setattr(emulator, name, value)
    port = MemoryPort(emulator)
    with pytest.raises(MeterError, match=message) as caught:
        OtiiMeter(port, Settings(3.0), port.clock)
    assert caught.value.hint
    assert "\n" not in caught.value.message
    with pytest.raises(PortError, match="closed"):
        port.read(0.0)


def test_the_device_that_is_named():
    emulator = OtiiEmulator(steady(), Faults())
    emulator.devices = [{"device_id": f"id{i}", "name": f"Arc {i}", "type": "Arc"} for i in (1, 2)]
    meter, _ = opened(emulator, Settings(3.0, device="Arc 1"))
    assert "Arc 1" in meter.info.title
    other = OtiiEmulator(steady(), Faults())
    with pytest.raises(MeterError, match="no device `Arc 3`"):
        opened(other, Settings(3.0, device="Arc 3"))


def test_a_rate_that_it_does_not_have():
    with pytest.raises(MeterError, match="does not sample 10000 times a second"):
        opened(OtiiEmulator(steady(), Faults()), Settings(3.0, rate_hz=10_000))


def test_current_at_the_limit_is_saturated():
    trace = record(*opened(OtiiEmulator(steady(0.6), Faults())), 1.0)
    assert all((block.quality & SATURATED).all() for block in trace.blocks())


def test_server_gone_in_the_middle():
    meter, _ = opened(OtiiEmulator(steady(), Faults(unplugged_s=3.0)))
    meter.start()
    blocks = []
    with pytest.raises(PortError, match="gone"):
        for _ in range(1000):
            blocks += meter.read(0.1)
    assert blocks
    meter.close()


def test_device_unplugged_in_the_middle():
    emulator = OtiiEmulator(steady(), Faults())
    meter, _ = opened(emulator)
    meter.start()
    meter.read(0.5)
    emulator.refused = dict.fromkeys(("recording_get_channel_data_count", "arc_set_main"), "Device not connected")
    with pytest.raises(MeterError, match="Device not connected") as caught:
        meter.read(0.5)
    assert "plugged in" in caught.value.hint
    meter.close()


def test_a_recording_that_does_not_grow():
    emulator = OtiiEmulator(steady(), Faults())
    meter, _ = opened(emulator)
    meter.start()
    meter.read(0.5)
    emulator._ended_s = emulator._now_s
    with pytest.raises(MeterError, match="does not grow") as caught:
        for _ in range(100):
            meter.read(0.2)
    assert "limit" in caught.value.hint


class Says:
    """Anything else at the port."""

    def __init__(self, text):
        self.text = text

    def receive(self, data, now_s):
        return b""

    def stream(self, now_s):
        text, self.text = self.text, b""
        return text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "does not greet"),
        (b"SSH-2.0-OpenSSH\r\n", "no Otii server"),
        (b"\x00\xff\xfe\n", "no Otii server"),
        (b"[" * 100_000 + b"\n", "no Otii server"),
        (json.dumps({"type": "information", "info": "connected"}).encode() + b"\n", "does not answer"),
    ],
)
def test_something_else_at_the_port(text, message):
    port = MemoryPort(Says(text))
    with pytest.raises(MeterError, match=message):
        OtiiMeter(port, Settings(3.0), port.clock)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"timestamp": 0, "interval": 0, "values": []},
        {"timestamp": -1, "interval": 0.1, "values": []},
        {"timestamp": float("nan"), "interval": 0.1, "values": []},
        {"timestamp": 0, "interval": 0.1, "values": 3},
        {"timestamp": 0, "interval": 0.1, "values": [[1]]},
        {"timestamp": 0, "interval": 0.1, "values": ["x"]},
        {"timestamp": 0, "interval": 0.1, "values": [1e300]},
        {"timestamp": 0, "interval": 0.1, "values": [10**400]},
    ],
)
def test_samples_that_make_no_sense(data):
    with pytest.raises(MeterError, match="no sense"):
        analog(data)


def test_counts_and_changes_that_make_no_sense():
    for data in ({}, {"count": -1}, {"count": 1.5}, {"count": 1 << 60}):
        with pytest.raises(MeterError):
            count_of(data)
    for data in ({}, {"values": [1]}, {"values": [{"timestamp": "x"}]}, {"values": [{"timestamp": float("inf")}]}):
        with pytest.raises(MeterError):
            changes(data)
    assert changes({"values": [{"timestamp": 1, "value": True}]}) == [(1.0, 1)]


@pytest.fixture
def server():
    """Serves one connection to the emulator; its time passes by requests. -> the port, and what ends the connection."""
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def run():
        emulator, now_s = OtiiEmulator(steady(), Faults()), 0.0
        connection, _ = listener.accept()
        with connection:
            connection.sendall(emulator.stream(0.0))
            connection.settimeout(0.01)
            while not ended.is_set():
                now_s += 0.01
                with contextlib.suppress(TimeoutError):
                    data = connection.recv(1000)
                    if not data:
                        return
                    connection.sendall(emulator.receive(data, now_s))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield listener.getsockname()[1], ended
    ended.set()
    thread.join(10)
    listener.close()


def test_over_tcp(server):
    port, ended = server
    link = OtiiLink(TcpPort("127.0.0.1", port))
    assert link.version == "3.5.5"
    assert link.ask("otii_is_logged_in") == {"logged_in": True}
    assert link.ask("otii_get_devices", timeout=3)["devices"][0]["device_id"] == "Arc0001"
    with pytest.raises(MeterError, match="Device not connected"):
        link.ask("arc_calibrate", device_id="Arc9999")
    ended.set()
    with pytest.raises(PortError, match=r"ended the connection|failed"):
        for _ in range(1000):
            link.ask("otii_is_logged_in")
    link.close()


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ("otii", "must know its voltage"),
        ("otii:auto,volts=99", "volts=99"),
        ("otii:localhost:0,volts=3", "no TCP port"),
        ("otii:localhost:http,volts=3", "no TCP port"),
        ("otii:auto,volts=3,speed=1", "no option `speed`"),
    ],
)
def test_what_cannot_be_asked_for(spec, message):
    with pytest.raises(UsageError, match=message):
        meter_opener(spec)


def test_no_server():
    with pytest.raises(PortError, match=r"cannot connect to 127\.0\.0\.1:1") as caught:
        meter_opener("otii:127.0.0.1:1,volts=3")()
    assert "Otii app" in caught.value.hint


def test_emulated_meter_is_registered():
    meter = EMULATORS.get("otii")(steady(), Faults())
    assert (meter.info.meter, meter.info.label, meter.info.digital_lines) == ("otii", "simulated", 2)
    meter.close()
