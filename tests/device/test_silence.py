"""Devices that say nothing, or will not stop: a session ends in time. The clock is the test's own."""

import binascii
from collections.abc import Callable

import pytest

from edgeopt.device import LinkTraits, Patience, Session
from edgeopt.device.lines import Answer, command_line, parse_answer, printable
from edgeopt.device.protocol import Wire
from edgeopt.errors import DeviceError, LinkTimeout, ProtocolError

PATIENCE = Patience(reply_s=2, run_s=30, quiet_s=0.25, settle_s=2, attempts=6, silences=2)


class ScriptedLink:
    """`say(written)` gives the bytes of each read, or b"" for a read that waits in vain. Reading takes time."""

    traits = LinkTraits("measured", deterministic=False, timed=True)

    def __init__(self, say: Callable[[bytes], bytes], read_s: float = 0.0) -> None:
        self.time_s = 0.0
        self.written: list[bytes] = []
        self._say = say
        self._read_s = read_s

    def clock(self) -> float:
        return self.time_s

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def read(self, timeout_s: float) -> bytes:
        assert timeout_s > 0
        data = self._say(self.written[-1] if self.written else b"")
        self.time_s += self._read_s if data else timeout_s
        return data

    def close(self) -> None:
        """Nothing to close."""


def test_a_silent_device_is_given_up_after_two_waits() -> None:
    link = ScriptedLink(lambda written: b"")
    with pytest.raises(LinkTimeout, match="no answer to `id` within 2 s") as caught:
        Session(link, None, PATIENCE, link.clock)
    assert caught.value.exit_code == 6 and "hangs" in caught.value.hint
    assert 4 <= link.time_s < 6


@pytest.mark.parametrize("data", [b"\xff\x00garbage", b"m-ready\r\n", b"x" * 5000, b"\n"])
def test_a_babbling_device_is_given_up(data: bytes) -> None:
    link = ScriptedLink(lambda written: data, read_s=0.01)
    with pytest.raises(ProtocolError, match="sends without being asked") as caught:
        Session(link, None, PATIENCE, link.clock)
    assert caught.value.message.isprintable() and len(caught.value.message) < 350
    assert link.time_s < 3


def test_a_slow_trickle_does_not_hold_the_session() -> None:
    link = ScriptedLink(lambda written: b"" if written == b"%" else b".", read_s=1.9)
    with pytest.raises(ProtocolError, match="no valid answer to `id`; the device sent `"):
        Session(link, None, PATIENCE, link.clock)
    assert link.time_s < 60


def test_garbage_is_shown_escaped_and_cut() -> None:
    link = ScriptedLink(lambda written: b"" if written == b"%" else b"\x1b[31m\xfe" + b"z" * 500 + b"\r\n")
    with pytest.raises(ProtocolError) as caught:
        Session(link, None, PATIENCE, link.clock)
    assert "`\\x1b[31m\\xfezzz" in caught.value.message and caught.value.message.endswith("...`")


def answer(sequence: int, *words: str) -> bytes:
    text = " ".join(("m-eo", f"{sequence:08x}", *words)).encode()
    return text + b" %08x\r\nm-ready\r\n" % binascii.crc32(text)


def test_an_older_answer_is_passed_over() -> None:
    replies = [answer(1, "ok", "old") + answer(2, "ok", "new")]
    link = ScriptedLink(lambda written: replies.pop() if replies else b"")
    wire = Wire(link, PATIENCE, link.clock, sequence=1)
    assert wire.exchange("memory") == Answer(True, ("new",))
    assert link.written == [command_line(2, "memory")]


def test_the_number_of_a_command_wraps() -> None:
    link = ScriptedLink(lambda written: answer(0, "no", "range"), read_s=0.01)
    wire = Wire(link, PATIENCE, link.clock, sequence=0xFFFFFFFF)
    assert wire.exchange("get") == Answer(False, ("range",))
    with pytest.raises(ProtocolError, match="sends without being asked"):
        wire.exchange("get")  # number 1, which this device never answers


def test_a_refusal_is_an_error() -> None:
    link = ScriptedLink(lambda written: answer(1, "no", "range"))
    with pytest.raises(ProtocolError, match="refuses `get 0 0 1`: range"):
        Wire(link, PATIENCE, link.clock).ask("get", "0", "0", "1")


GOOD_ID = (
    "00000003",
    "ab" * 32,
    "00000001",
    "00000001",
    "00000003",
    "00000280",
    "000f4240",
    "000000c0",
    "00000040",
    "00000001",
    "00000000",
    "a-board",
    "m",
)


@pytest.mark.parametrize(
    ("position", "word"),
    [
        (0, "00000002"),
        (2, "00000000"),
        (2, "ffffffff"),
        (4, "7fffffff"),
        (6, "00000000"),
        (7, "00000000"),
        (3, "1"),
        (8, "x"),
        (9, "00000000"),
        (10, "00000001"),
    ],
)
def test_sizes_that_make_no_sense_are_not_believed(position: int, word: str) -> None:
    words = [*GOOD_ID]
    words[position] = word
    replies = [answer(1, "ok", *words)]
    link = ScriptedLink(lambda written: b"" if written == b"%" or not replies else replies.pop())
    with pytest.raises(ProtocolError):
        Session(link, None, PATIENCE, link.clock)


@pytest.mark.parametrize("size", ["00000000", "ffffffff"])
def test_a_tensor_without_end_is_not_believed(size: str) -> None:
    replies = {2: answer(2, "ok", size, "00000001"), 1: answer(1, "ok", *GOOD_ID)}
    link = ScriptedLink(lambda written: b"" if written == b"%" else replies[int(written[3:11], 16)])
    with pytest.raises(ProtocolError, match="a tensor has"):
        Session(link, None, PATIENCE, link.clock)


def test_a_counter_that_may_have_wrapped_is_refused() -> None:
    """Ten minutes at 120 MHz are many wraps of 32 bits: what the counter says is then no latency."""
    words = [*GOOD_ID]
    words[6] = f"{120_000_000:08x}"

    def say(written: bytes) -> bytes:
        if written == b"%":
            return b""
        number, command = int(written[3:11], 16), written.split(b" ")[2]
        if command == b"run":
            link.time_s += 600
        values = {
            b"id": tuple(words),
            b"tensor": ("00000001", "00000001"),
            b"reset": ("00000000",),
            b"run": ("00000001", "00001000", "d202ef8d"),
        }
        return answer(number, "ok", *values.get(command, ()))

    link = ScriptedLink(say)
    session = Session(link, None, Patience(run_s=1000), link.clock)
    session.load([b"\0"])
    with pytest.raises(DeviceError, match="longer than the board's counter can tell"):
        session.infer()


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"m-ready",
        b"m-eo",
        b"m-eo 00000001 ok 12345678",
        b"m-eo 00000001 ok zzzzzzzz",
        b"m-eo 1 ok 12345678",
        b"\xff" * 40,
    ],
)
def test_what_is_no_answer(line: bytes) -> None:
    assert parse_answer(line) is None


def test_printable_cuts_and_escapes() -> None:
    assert printable(b"a\x00b\r\n") == "a\\x00b\\x0d\\x0a"
    assert printable(b"x" * 61) == "x" * 60 + "..."
