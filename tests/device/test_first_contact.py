"""What a session says where there is no edgeopt firmware, or another one, or another speed than the board file's."""

import binascii
import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest
from support.fake_device import BUILD_ID, LibraryLink, build_library
from support.noisy import NoisyLink, Plan
from support.uart import received_at

from edgeopt.device import LinkTraits, Patience, Session
from edgeopt.errors import DeviceError, LinkTimeout, ProtocolError

TRUE_BAUD = 115_200
PATIENCE = Patience(reply_s=2, run_s=30, quiet_s=0.25, settle_s=2)
NOT_OURS = "flash this project's firmware (edgeopt flash DIR)"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_library(tmp_path_factory.mktemp("contact"))


@dataclasses.dataclass
class TunedLink:
    """The device at TRUE_BAUD on a port of another speed: both see what a UART makes of the other's bits."""

    device: LibraryLink
    baud: int
    rates: list[int] = dataclasses.field(default_factory=list)
    traits: LinkTraits = LibraryLink.traits

    def set_baud(self, baud: int) -> None:
        self.baud = baud
        self.rates.append(baud)
        self.device.read(0.0)  # what was on its way

    def write(self, data: bytes) -> None:
        self.device.write(received_at(data, self.baud, TRUE_BAUD))

    def read(self, timeout_s: float) -> bytes:
        return received_at(self.device.read(timeout_s), TRUE_BAUD, self.baud)

    def close(self) -> None:
        """Nothing to close."""


class Foreign:
    """Firmware that is not edgeopt's: `say` gives its answer to what was written."""

    traits = LinkTraits("measured", deterministic=False, timed=True)

    def __init__(self, say: Callable[[bytes], bytes]) -> None:
        self._say = say
        self._answer = b""
        self.time_s = 0.0

    def write(self, data: bytes) -> None:
        self._answer += self._say(data)

    def read(self, timeout_s: float) -> bytes:
        answer, self._answer = self._answer, b""
        self.time_s += 0.01 if answer else timeout_s
        return answer

    def close(self) -> None:
        """Nothing to close."""


def refused(link: Foreign) -> DeviceError:
    with pytest.raises(DeviceError) as caught:
        Session(link, None, PATIENCE, lambda: link.time_s)
    assert caught.value.exit_code == 6 and caught.value.message.isprintable() and len(caught.value.message) < 300
    assert link.time_s < 60
    return caught.value


@pytest.mark.parametrize("baud", [9600, 57_600, 230_400, 460_800, 1_000_000])
def test_the_wrong_speed_is_named_and_not_used(library: Path, baud: int) -> None:
    link = TunedLink(LibraryLink(library), baud)
    with pytest.raises(DeviceError) as caught:
        Session(link, None, PATIENCE, clock=lambda: 0.0)
    assert f"the board file says {baud} baud" in caught.value.message and caught.value.message.isprintable()
    assert f"it answers at {TRUE_BAUD}" in caught.value.hint and caught.value.exit_code == 6
    assert link.baud == baud and TRUE_BAUD in link.rates and baud not in link.rates[:-1]


def test_half_the_speed_is_garbage(library: Path) -> None:
    """A slower port sees bytes that do not print, a faster one does as well: the message says so."""
    said = []
    for baud in (38_400, 57_600, 230_400):
        link = TunedLink(LibraryLink(library), baud)
        with pytest.raises(DeviceError) as caught:
            Session(link, None, PATIENCE, clock=lambda: 0.0)
        said.append(caught.value.message)
    assert any("what comes is no text" in message and "bytes do not print" in message for message in said)


def test_garbage_that_no_speed_explains() -> None:
    class Deaf(Foreign):
        baud = TRUE_BAUD

        def set_baud(self, baud: int) -> None:
            self._answer = b""

    error = refused(Deaf(lambda data: bytes([0xF8, 0x00, 0xE0, 0x41]) * 5))
    assert "what comes is no text: 1" in error.message and NOT_OURS in error.hint
    assert "sends at 115200 baud, and nothing answers at other usual speeds" in error.hint


def test_silence_at_every_speed_stays_silence() -> None:
    class Dead(Foreign):
        baud = TRUE_BAUD

        def set_baud(self, baud: int) -> None:
            """Nothing changes."""

    error = refused(Dead(lambda data: b""))
    assert isinstance(error, LinkTimeout) and error.message == "no answer to `id` within 2 s"


def test_an_echo_is_told() -> None:
    error = refused(Foreign(lambda data: data))
    assert error.message.startswith("the device sends back what it is sent: `%") and NOT_OURS in error.hint


def test_a_shell_is_told() -> None:
    error = refused(Foreign(lambda data: b"sh: command not found\r\n"))
    assert "the device sent `sh: command not found" in error.message
    assert "that is not edgeopt's firmware" in error.hint and NOT_OURS in error.hint


def test_other_firmware_of_the_official_protocol_is_told() -> None:
    def say(data: bytes) -> bytes:
        words = data.rstrip(b"%").split()
        command = words[0] if words else b""
        return b"".join(b"e-[Unknown command: %s]\r\nm-ready\r\n" % command for _ in range(data.count(b"%")))

    error = refused(Foreign(say))
    assert isinstance(error, ProtocolError) and "MLPerf Tiny protocol, but is not edgeopt's" in error.message
    assert NOT_OURS in error.hint


def test_another_build_and_another_board_are_named(library: Path) -> None:
    with pytest.raises(DeviceError, match="runs build 0123456789ab of `fake`, not ffffffffffff") as caught:
        Session(LibraryLink(library), "f" * 64, board="fake-board")
    assert "edgeopt flash" in caught.value.hint and caught.value.exit_code == 6
    with pytest.raises(
        DeviceError, match="another board: build 0123456789ab of `fake`, built for `fake-board`"
    ) as other:
        Session(LibraryLink(library), BUILD_ID, board="nucleo-l4r5zi")
    assert "not for `nucleo-l4r5zi`" in other.value.message and "edgeopt ports" in other.value.hint


def test_a_bad_cable_is_not_taken_for_other_firmware(library: Path) -> None:
    for i in range(20):
        link = NoisyLink(LibraryLink(library), Plan(0.08), f"contact {i}")
        with pytest.raises(DeviceError) as caught:
            Session(link, None, dataclasses.replace(PATIENCE, trouble_s=5), link.clock)
        assert "not edgeopt's" not in caught.value.message + caught.value.hint


def test_a_device_whose_tensors_would_fill_the_hosts_memory_is_not_believed() -> None:
    """Each of them is as large as one may be; the monitor would make random inputs of all."""
    answers = {b"id": f"00000003 {'ab' * 32} " + " ".join(f"{n:08x}" for n in (256, 1, 1, 64, 1000, 64, 64, 1, 0))}
    answers[b"id"] += " nucleo-l4r5zi large"
    answers[b"tensor"] = f"{1 << 28:08x} 00000001"

    def say(data: bytes) -> bytes:
        words = data.rstrip(b"%").split()
        if len(words) < 3:
            return b""
        text = b"m-eo %s ok %s" % (words[1], answers[words[2]].encode())
        return text + b" %08x\r\nm-ready\r\n" % binascii.crc32(text)

    assert "its tensors have 68,987,912,192 bytes" in refused(Foreign(say)).message
