"""The monitor on the firmware's own protocol code, in virtual time: faults, restarts, wrong outputs, ports that go."""

from collections.abc import Callable
from pathlib import Path

import pytest
from support.fake_device import BUILD_ID, LibraryLink, build_library

from edgeopt.device.crash import LastReset
from edgeopt.device.lines import command_line
from edgeopt.device.link import Link
from edgeopt.device.monitor import Monitor
from edgeopt.device.watched import Options, Watched
from edgeopt.errors import DeviceError, PortError
from edgeopt.report.monitoring import monitored

Event = tuple[float, Callable[["Board"], None]]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_library(tmp_path_factory.mktemp("monitor"))


class Board:
    """A board and its time: to wait for what it says takes that time, and at given times something happens to it."""

    def __init__(self, library: Path, *events: Event) -> None:
        self.now_s = 100.0
        self._start_s = self.now_s
        self.device = LibraryLink(library)
        self.device.read(0)  # the banner of before
        self._events = sorted(events, key=lambda event: event[0])
        self.said = b""
        self.present = True
        self.interrupt = False
        self.opened = 0

    def clock(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds
        while self._events and self.now_s - self._start_s >= self._events[0][0]:
            self._events.pop(0)[1](self)

    def connect(self) -> Link:
        if not self.present:
            raise PortError("cannot open `/dev/ttyX`: No such file or directory")
        self.opened += 1
        return BoardLink(self)

    def crash(self) -> None:
        self.device._device.fake_crash()

    def reboot(self) -> None:
        self.device.write(command_line(0xABCDEF, "reboot"))


class BoardLink:
    """A link to it."""

    traits = LibraryLink.traits

    def __init__(self, board: Board) -> None:
        self._board = board

    def write(self, data: bytes) -> None:
        self._check()
        self._board.device.write(data)

    def read(self, timeout_s: float) -> bytes:
        self._check()
        board = self._board
        data = board.device.read(0) + board.said
        board.said = b""
        if not data:
            board.sleep(timeout_s)
        return data

    def close(self) -> None:
        """The board stays."""

    def _check(self) -> None:
        if self._board.interrupt:
            raise KeyboardInterrupt
        if not self._board.present:
            raise PortError("`/dev/ttyX` failed: device disconnected")


def watch(board: Board, options: Options) -> tuple[Watched, list[tuple[float, str]]]:
    lines: list[tuple[float, str]] = []
    monitor = Monitor(
        board.connect, options, lambda at_s, line: lines.append((at_s, line)), clock=board.clock, sleep=board.sleep
    )
    return monitor.run(), lines


def test_an_inference_every_so_often(library: Path) -> None:
    seen, lines = watch(Board(library), Options(every_s=10.0, for_s=60.0, build_id=BUILD_ID))
    assert seen.inferences == len(seen.latencies_ms) == 6 and seen.unstable == seen.errors == seen.restarts == 0
    assert seen.label == "measured" and 60 <= seen.duration_s < 61 and seen.longest_up_s == seen.duration_s
    assert (seen.stack_used_bytes, seen.stack_reserved_bytes) == (1234, 4096)
    assert seen.identity is not None and seen.identity.build_id == BUILD_ID and seen.last_reset == "power"
    times = [at_s for at_s, line in lines if line.startswith("inference ")]
    assert all(10 * i <= at_s < 10 * i + 1 for i, at_s in enumerate(times))
    assert seen.lines == 0, "the ends of the session's own answers"
    assert "stack 1,234 of 4,096 B" in lines[-1][1] and f"outputs {seen.outputs_crc:08x}" in lines[-1][1]


@pytest.mark.parametrize("every_s", [None, 7.0])
def test_a_fault_between_two_inferences(every_s: float | None, library: Path) -> None:
    board = Board(library, (12.0, Board.crash))
    seen, lines = watch(board, Options(every_s=every_s, for_s=60.0))
    (restart,) = seen.told_restarts
    assert seen.restarts == seen.faults == 1 and seen.errors == 0
    assert restart.cause == "fault" and 12 <= restart.at_s < 14
    assert "BusFault" in restart.fault and "0x00001234" in restart.fault
    assert any(line.startswith("m-eo-fault 00000005 00001234") for _, line in lines)
    assert seen.inferences == (9 if every_s else 0) and seen.unstable == 0
    assert 46 <= seen.longest_up_s < 49


def test_a_restart_without_a_fault(library: Path) -> None:
    seen, lines = watch(Board(library, (12.0, Board.reboot), (32.0, Board.reboot)), Options(every_s=7.0, for_s=60.0))
    assert [restart.cause for restart in seen.told_restarts] == ["software", "software"]
    assert seen.restarts == 2 and seen.faults == 0 and seen.errors == 0 and seen.unstable == 0
    assert any(line == "m-timestamp-mode-performance" for _, line in lines)


def test_all_restarts_by_the_watchdog_are_counted_not_only_those_that_are_told(library: Path) -> None:
    class ByWatchdog(Monitor):
        def _ask_cause(self) -> LastReset:
            return LastReset("watchdog", super()._ask_cause().crash)

    board = Board(library, *((5.0 + 2 * i, Board.reboot) for i in range(70)))
    options = Options(for_s=150.0)
    watching = ByWatchdog(board.connect, options, lambda at_s, line: None, clock=board.clock, sleep=board.sleep)
    found = monitored(watching.run(), "serial:/dev/ttyX", "nucleo-l4r5zi")
    assert found.restarts == found.watchdog_restarts == 70 and len(found.told_restarts) == 50


def test_a_restart_during_an_inference_is_noticed_by_the_session(library: Path) -> None:
    """The board faults when the command is on its way: its banner comes in place of the answer."""
    board = Board(library)

    class Faulting(BoardLink):
        def write(self, data: bytes) -> None:
            super().write(data)
            if b" run " in data and board.opened == 1 and board.now_s - 100 > 20:
                board.opened = 2
                board.device.read(0)
                board.crash()

    board.connect = lambda: Faulting(board) if not setattr(board, "opened", 1) else None  # type: ignore[method-assign, return-value]
    seen, _ = watch(board, Options(every_s=7.0, for_s=60.0))
    assert seen.restarts == seen.faults == 1 and seen.told_restarts[0].cause == "fault"
    assert seen.inferences == 9 and seen.errors == 0 and seen.unstable == 0


def test_outputs_that_change_are_counted(library: Path) -> None:
    """As if something wrote into the weights: from 30 s on the outputs have another CRC."""
    board = Board(library)

    class Drifting(Monitor):
        def _record(self, latency_ms: float, outputs_crc: int, memory: object) -> None:
            late = board.now_s - 100 > 30
            super()._record(latency_ms, outputs_crc ^ late, memory)  # type: ignore[arg-type]

    lines: list[str] = []
    options = Options(every_s=10.0, for_s=60.0)
    monitor = Drifting(board.connect, options, lambda _, line: lines.append(line), clock=board.clock, sleep=board.sleep)
    seen = monitor.run()
    assert seen.inferences == 6 and seen.unstable == 3
    assert sum("the first ones of this input were" in line for line in lines) == 3


def test_a_port_that_goes_and_comes_back(library: Path) -> None:
    def go(board: Board) -> None:
        board.present = False

    def come(board: Board) -> None:
        board.present = True

    board = Board(library, (15.0, go), (35.0, come))
    seen, lines = watch(board, Options(every_s=5.0, for_s=60.0))
    assert seen.errors == 1 and "device disconnected" in seen.told_errors[0]
    assert board.opened == 2 and seen.inferences == 3 + 5
    (back_s,) = [at_s for at_s, line in lines if line == "connected again"]
    assert 35 <= back_s < 37 and 60 <= seen.duration_s < 61


def test_a_port_that_never_comes_back_ends_in_time(library: Path) -> None:
    def go(board: Board) -> None:
        board.present = False

    seen, _ = watch(Board(library, (15.0, go)), Options(every_s=5.0, for_s=60.0))
    assert seen.errors == 1 and 60 <= seen.duration_s < 61


def test_a_board_that_is_not_there_at_all(library: Path) -> None:
    board = Board(library)
    board.present = False
    with pytest.raises(DeviceError, match="cannot open"):
        watch(board, Options(every_s=5.0, for_s=60.0))


def test_another_build_is_refused(library: Path) -> None:
    with pytest.raises(DeviceError, match="the device runs build"):
        watch(Board(library), Options(for_s=60.0, build_id="f" * 64))


def test_an_interrupt_ends_with_what_there_is(library: Path) -> None:
    def stop(board: Board) -> None:
        board.interrupt = True

    seen, _ = watch(Board(library, (25.0, stop)), Options(every_s=10.0))
    assert seen.ended == "interrupted" and seen.inferences == 3 and 25 <= seen.duration_s < 26


def test_what_does_not_print_is_escaped_and_long_lines_are_cut(library: Path) -> None:
    def talk(board: Board) -> None:
        board.said = b"\x1b[2Jhello\x00\r\n" + b"\xff" * 2000 + b"\nno end"

    seen, lines = watch(Board(library, (3.0, talk)), Options(for_s=10.0, known=False))
    texts = [line for _, line in lines]
    assert texts[0] == "\\x1b[2Jhello\\x00" and texts[-1] == "no end"
    assert all(line.isprintable() and len(line) <= 4 * 400 + 3 for line in texts)
    assert seen.identity is None and seen.lines == len(texts)


def test_a_board_that_is_only_listened_to_gets_no_byte(library: Path) -> None:
    board = Board(library, (5.0, Board.crash))
    sent: list[bytes] = []

    class Listening(BoardLink):
        def write(self, data: bytes) -> None:
            sent.append(data)

    board.connect = lambda: Listening(board)  # type: ignore[method-assign]
    seen, _ = watch(board, Options(for_s=20.0, known=False))
    assert sent == [] and seen.restarts == 1 and seen.told_restarts[0].cause == "unknown"
    assert "BusFault" in seen.told_restarts[0].fault


def test_the_watchdog_is_started_anew_after_a_restart(library: Path) -> None:
    board = Board(library, (12.0, Board.reboot))
    sent: list[bytes] = []

    class Counting(BoardLink):
        def write(self, data: bytes) -> None:
            sent.append(data)
            super().write(data)

    board.connect = lambda: Counting(board)  # type: ignore[method-assign]
    seen, lines = watch(board, Options(every_s=7.0, for_s=30.0, watchdog_ms=2000))
    assert seen.restarts == 1 and seen.errors == 0
    assert sum(b" watch 7d0 " in data for data in sent) == 2
    assert sum(line.startswith("watchdog: ") for _, line in lines) == 1


def test_a_damaged_fault_line_is_a_fault_without_its_registers(library: Path) -> None:
    def damaged(board: Board) -> None:
        board.said = b"m-eo-fault 00000005 00001234 zz\r\n" + b"m-timestamp-mode-performance\r\nm-ready\r\n"

    seen, _ = watch(Board(library, (5.0, damaged)), Options(for_s=20.0, known=False))
    assert seen.restarts == seen.faults == 1 and seen.told_restarts[0].fault == ""
