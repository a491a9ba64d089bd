"""The runner's end against boards that lie, stop or never end."""

from collections.abc import Callable

import pytest
from support.mlperf_boards import Scripted

from edgeopt.board import load_board
from edgeopt.device.link import connector
from edgeopt.device.links.interface import InterfaceLink
from edgeopt.errors import LinkTimeout, ProtocolError, UsageError
from edgeopt.firmware import with_console
from edgeopt.mlperf.client import INFER_S, LINE_S, Client, Identity
from edgeopt.mlperf.interface_board import InterfaceBoard

READY = b"m-ready\r\n"
SOUND = {
    b"name%": b"m-name-dut-[acme]\r\n",
    b"profile%": b"m-profile-[ULPMark for tinyML Firmware V0.0.1]\r\nm-model-[kws01]\r\n",
    b"infer 2 1%": b"m-warmup-start-1\r\nm-warmup-done\r\nm-infer-start-2\r\nm-lap-us-10\r\nm-lap-us-30\r\n"
    b"m-infer-done\r\nm-results-[0.5,0.25]\r\n",
}


def answering(**changed: bytes) -> Callable[[bytes], bytes]:
    """A board that is sound but for some answers, named by the command's first word."""

    def answer(command: bytes) -> bytes:
        word = command.rstrip(b"%").split(b" ")[0].decode()
        loaded = b"m-load-done\r\n" if word == "db" else b""
        return changed[word] if word in changed else SOUND.get(command, loaded) + READY

    return answer


def client_of(link: Scripted) -> Client:
    return Client(link, clock=link.clock)


def test_a_sound_board() -> None:
    link = Scripted(answering(), b"m-timestamp-mode-performance\r\nm-lap-us-0\r\nm-init-done\r\nm-ready\r\n")
    client = client_of(link)
    assert client.greet() == Identity("acme", "ULPMark for tinyML Firmware V0.0.1", "kws01")
    inferred = client.infer(2, 1)
    assert (inferred.results, inferred.seconds) == ((0.5, 0.25), pytest.approx(20e-6))
    assert link.commands == [b"name%", b"profile%", b"infer 2 1%"]


def test_a_late_banner_costs_an_attempt_and_no_more() -> None:
    late = [b"m-init-done\r\n"]  # comes in front of the first answer, as of a board that resets when a port is opened

    def answer(command: bytes) -> bytes:
        return (late.pop() + READY if late else b"") + answering()(command)

    link = Scripted(answer)
    client = client_of(link)
    assert client.greet().model == "kws01"
    assert link.commands == [b"name%", b"name%", b"profile%"]
    assert client.infer(2, 1).results == (0.5, 0.25), "no answer is one behind"


def test_a_board_that_never_stops_talking() -> None:
    link = Scripted(answering(), b"noise\r\n" * 30_000)
    with pytest.raises(ProtocolError, match="does not stop talking"):
        client_of(link).greet()


INFER = SOUND[b"infer 2 1%"]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"name": READY}, "answers `name` with something else"),
        ({"profile": b"m-profile-[x]\r\n" + READY}, "which benchmark"),
        ({"infer": b"e-[Inference iterations must be >0]\r\n" + READY}, "refuses `infer 2 1`: e-"),
        ({"infer": INFER.replace(b"m-infer-done\r\n", b"") + READY}, "did not end"),
        ({"infer": INFER.replace(b"m-lap-us-30\r\n", b"") + READY}, "1 of its two time stamps"),
        ({"infer": INFER.replace(b"us-30", b"us-9") + READY}, "go backwards: 10, 9"),
        ({"infer": INFER.replace(b"m-results", b"m-resolts") + READY}, "0 lines of results"),
        ({"infer": INFER.replace(b"0.25", b"nan") + READY}, "are no numbers"),
        ({"infer": INFER.replace(b"0.25", b"1e999") + READY}, "are no numbers"),
        ({"infer": INFER.replace(b"0.5,0.25", b" , ") + READY}, "are no numbers"),
        ({"infer": b"x" * 70_000}, "does not end"),
        ({"infer": b"y\r\n" * 20_002}, "does not end"),
        ({"db": b"m-[Expecting 3 bytes]\r\n" + READY}, "no `m-load-done` came"),
    ],
)
def test_a_board_that_lies_is_told_so(changed: dict[str, bytes], says: str) -> None:
    client = client_of(Scripted(answering(**changed)))
    with pytest.raises(ProtocolError, match=says) as caught:
        client.greet()
        client.load(b"abc")
        client.infer(2, 1)
    assert "\n" not in caught.value.message and len(caught.value.message) < 200


@pytest.mark.parametrize(
    ("changed", "after_s"), [({"name": b""}, LINE_S), ({"infer": b"m-warmup-start-1\r\nm-warm"}, INFER_S)]
)
def test_silence_ends_after_the_official_time(changed: dict[str, bytes], after_s: float) -> None:
    link = Scripted(answering(**changed))
    client = client_of(link)
    with pytest.raises(LinkTimeout, match=f"within {after_s:g} s"):
        client.greet()
        before_s = link.now_s
        client.infer(2, 1)
    assert link.now_s - (before_s if "infer" in changed else 0.3) == pytest.approx(after_s)


def test_an_interface_board_is_asked_for_its_rate_and_set() -> None:
    boards = Scripted(answering())
    port = InterfaceBoard(boards, baud=115_200)
    link = Scripted(lambda data: port.receive(data, 0.0) + port.stream(0.0))
    through = InterfaceLink(link, link.clock)
    through.set_baud(9_600, pause=lambda seconds: None)
    assert port.baud == 9_600 and port.resets == 1
    assert link.commands == [b"checkbaud%", b"setbaud 9600%", b"checkbaud%"]
    through.set_baud(9_600)
    assert port.resets == 1


def test_an_interface_board_that_stays_at_its_rate() -> None:
    link = Scripted(lambda data: b"baud is: 115200\r\n" + READY)
    with pytest.raises(ProtocolError, match="stays at 115200 baud, the board has 9600"):
        InterfaceLink(link, link.clock).set_baud(9_600, pause=lambda seconds: None)


def test_an_older_interface_board_knows_no_rate() -> None:
    link = Scripted(lambda data: READY)
    InterfaceLink(link, link.clock).set_baud(9_600)
    assert link.commands == [b"checkbaud%"]


def test_what_is_no_interface_board() -> None:
    silent = Scripted(lambda data: b"")
    with pytest.raises(LinkTimeout, match="does not answer `checkbaud`"):
        InterfaceLink(silent, silent.clock).set_baud(9_600)
    board = Scripted(lambda data: b"e-[Unknown command: dut]\r\n" + READY)
    link = InterfaceLink(board, board.clock)
    link.write(b"name%")
    with pytest.raises(ProtocolError, match="refuses `dut`"):
        while link.read(1.0):
            pass


def test_an_answer_of_empty_lines_ends() -> None:
    link = Scripted(lambda data: b"\r\n" * 30_000)
    with pytest.raises(ProtocolError, match="does not end"):
        Client(link, clock=link.clock).ask("name")


def test_only_the_boards_own_lines_come_through() -> None:
    said = b"m-dut-passthrough(name)\r\nm-ready\r\n[dut]: m-name-dut-[a]\r\n[dut]: m-ready\r\nnoise\r\n"
    link = Scripted(lambda data: said)
    through = InterfaceLink(link, link.clock)
    through.write(b"na")
    assert not link.commands, "a command goes out whole"
    through.write(b"me%")
    received = b""
    while data := through.read(1.0):
        received += data
    assert received == b"m-name-dut-[a]\r\nm-ready\r\n" and link.commands == [b"dut name%"]


def test_the_target_needs_a_port_and_a_uart() -> None:
    with pytest.raises(UsageError, match="needs the interface board's port"):
        connector("interface", load_board("nucleo-l4r5zi"))
    with pytest.raises(UsageError, match="does not talk over a UART"):
        connector("interface:/dev/null", with_console(load_board("nucleo-l4r5zi"), "rtt"))
