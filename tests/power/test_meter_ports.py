"""A meter's port: named, found by USB ids, gone; and emulators behind memory, a pty and TCP."""

import itertools
import os
from dataclasses import dataclass

import pytest
from serial.tools.list_ports_common import ListPortInfo

from edgeopt.errors import PortError, UsageError
from edgeopt.power.meter import MeterSpec
from edgeopt.power.ports import SerialPort, UsbMeter, find_meter, port_opener
from edgeopt.power.serving import MemoryPort, serve_pty, serve_tcp

PPK2 = UsbMeter("Nordic PPK2", ("1915:c00a",))
unix_only = pytest.mark.skipif(os.name != "posix", reason="needs ptys")


def port_info(
    device: str, usb: tuple[int, int] | None = (0x1915, 0xC00A), serial: str | None = None, location: str | None = None
) -> ListPortInfo:
    info = ListPortInfo(device)
    if usb is not None:
        info.vid, info.pid = usb
    info.serial_number, info.location = serial, location
    return info


@dataclass
class Counter:
    """Counts 1000 bytes a second, and says backwards what it hears."""

    sent: int = 0

    def receive(self, data: bytes, now_s: float) -> bytes:
        return data[::-1]

    def stream(self, now_s: float) -> bytes:
        count = int(now_s * 1000) - self.sent
        data = bytes((self.sent + i) % 251 for i in range(count))
        self.sent += count
        return data


@dataclass
class Hands:
    """A clock that stands where the test puts it, so that a slow machine is right too."""

    now_s: float = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_a_meter_needs_a_port() -> None:
    with pytest.raises(UsageError, match="needs a port") as caught:
        port_opener(MeterSpec("ppk2"), PPK2, 115200)
    assert "ppk2:auto" in caught.value.hint


def test_a_named_port_is_taken_as_it_is() -> None:
    opener = port_opener(MeterSpec("ppk2", "/dev/no-such-meter"), PPK2, 115200)
    with pytest.raises(PortError, match="no such port"):
        opener()


def test_auto_takes_the_lowest_interface_of_the_one_meter() -> None:
    there = [
        port_info("/dev/ttyACM0", (0x0483, 0x374B), "066"),
        port_info("/dev/ttyACM2", serial="C3E1", location="1-1.4:1.3"),
        port_info("/dev/ttyACM3", serial="C3E1", location="1-1.4:1.1"),
        port_info("/dev/ttyS0", None),
    ]
    assert find_meter("ppk2", PPK2, lambda: there) == "/dev/ttyACM3"
    by_name = [port_info("COM10", serial="C3E1"), port_info("COM9", serial="C3E1")]
    assert find_meter("ppk2", PPK2, lambda: by_name) == "COM9"


def test_auto_with_no_meter_says_what_there_is() -> None:
    with pytest.raises(PortError, match=r"no Nordic PPK2 .*1915:c00a; there is no serial port at all"):
        find_meter("ppk2", PPK2, list)
    with pytest.raises(PortError, match=r"there is /dev/ttyACM0 \(0483:374b\)"):
        find_meter("ppk2", PPK2, lambda: [port_info("/dev/ttyACM0", (0x0483, 0x374B))])


def test_auto_with_two_meters_names_both() -> None:
    two = [port_info("/dev/ttyACM1", serial="C3E1"), port_info("/dev/ttyACM0", serial="DD\x1b[0m")]
    with pytest.raises(PortError, match=r"2 meters .*/dev/ttyACM0 .*DD\?\[0m.*/dev/ttyACM1") as caught:
        find_meter("ppk2", PPK2, lambda: two)
    assert caught.value.hint == "name one of them: ppk2:/dev/ttyACM0"


def test_time_in_memory_runs_as_it_is_read() -> None:
    port = MemoryPort(Counter())
    port.write(b"abc")
    assert port.clock() == 0.0 and port.read(1.0) == b"cba"
    got = b"".join(port.read(1.0) for _ in range(20))
    assert port.clock() == pytest.approx(0.2) and got == bytes(i % 251 for i in range(len(got))) and len(got) >= 199
    assert port.read(0.0) == b""
    port.close()
    with pytest.raises(PortError, match="closed"):
        port.read(1.0)


def test_in_memory_what_came_before_the_plug_was_pulled_is_read_first() -> None:
    port = MemoryPort(Counter(), "meter", unplugged_s=0.105)
    got = b""
    with pytest.raises(PortError, match="`meter` failed"):
        while True:
            got += port.read(1.0)
    assert len(got) == 105
    with pytest.raises(PortError):
        port.write(b"x")


def read_bytes(port: SerialPort, count: int) -> bytes:
    got = b""
    while len(got) < count:
        chunk = port.read(10.0)
        assert chunk, "nothing came in 10 s"
        got += chunk
    return got


def counts_without_a_gap(data: bytes) -> bool:
    return all((b - a) % 251 == 1 for a, b in itertools.pairwise(data))


@unix_only
def test_an_emulator_behind_a_pty_and_its_plug_pulled() -> None:
    clock = Hands()
    with serve_pty(Counter(), unplugged_s=0.3, clock=clock) as path:
        port = SerialPort(path, 115200)
        clock.now_s = 0.2
        assert counts_without_a_gap(read_bytes(port, 50))
        clock.now_s = 1.0
        with pytest.raises(PortError) as caught:
            for _ in range(30):  # what came before is read first
                port.read(2.0)
        assert "still plugged in" in caught.value.hint
        port.close()


def test_an_emulator_behind_tcp_and_its_plug_pulled() -> None:
    clock = Hands()
    with serve_tcp(Counter(), unplugged_s=0.5, clock=clock) as url:
        port = SerialPort(url, 115200)
        clock.now_s = 0.2
        assert counts_without_a_gap(read_bytes(port, 50))
        clock.now_s = 1.0
        with pytest.raises(PortError):
            for _ in range(30):  # what came before is read first
                port.read(2.0)
        port.close()


@unix_only
def test_a_pty_hears_what_is_written_and_serves_again() -> None:
    class Echo:
        def receive(self, data: bytes, now_s: float) -> bytes:
            return data[::-1]

        def stream(self, now_s: float) -> bytes:
            return b""

    with serve_pty(Echo()) as path:
        for text in (b"abc", b"\r\n\x03\x11\x13\xff"):
            port = SerialPort(path, 115200)
            port.write(text)
            assert sorted(read_bytes(port, len(text))) == sorted(text)
            port.close()
