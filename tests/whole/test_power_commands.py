"""`run` and `loop` in whole firmware, on the virtual board and on QEMU."""

import binascii
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from support.small import small_classifier
from support.whole import need_toolchain

from edgeopt import pipeline
from edgeopt.board import load_board
from edgeopt.device import Session, open_link
from edgeopt.device.activity import ActiveLink, Activity
from edgeopt.device.input_stats import InputStats, read_input_stats
from edgeopt.simulate.elf import read_elf

TARGETS = [("nucleo-l4r5zi", "virtual"), ("microbit", "virtual"), ("mps2-an386", "qemu"), ("microbit", "qemu")]
INPUT = bytes(range(64))

Firmware = Callable[[str], Path]


@pytest.fixture(scope="module")
def firmware(tmp_path_factory: pytest.TempPathFactory) -> Firmware:
    """The small network's ELF for a board."""
    need_toolchain("gcc")
    folder = tmp_path_factory.mktemp("small")
    (folder / "small.tflite").write_bytes(small_classifier())
    built: dict[str, Path] = {}

    def of(name: str) -> Path:
        if name not in built:
            pipeline.generate(folder / "small.tflite", load_board(name), folder / name)
            built[name] = pipeline.build(folder / name, "gcc", "-O2").elf
        return built[name]

    return of


@pytest.fixture(params=TARGETS, ids="-".join)
def session(request: pytest.FixtureRequest, firmware: Firmware) -> Iterator[Session]:
    name, target = request.param
    link = open_link(target, load_board(name), firmware(name))
    yield Session(link)
    link.close()


def test_a_loop_gives_what_an_inference_gives(session: Session) -> None:
    session.load((INPUT,))
    run = session.infer()
    outputs = session.outputs()
    looped = session.loop(40, 60.0)
    assert looped.outputs_crc == run.outputs_crc == binascii.crc32(b"".join(outputs))
    if session.wire.link.traits.timed:
        assert 40 * run.cycles < looped.ticks < 40 * 1.1 * run.cycles
    again = session.loop(20, 60.0)
    assert (again.inferences, again.outputs_crc) == (20, run.outputs_crc)
    assert session.infer().outputs_crc == run.outputs_crc


SLEEPERS = ("nucleo-l4r5zi", "nucleo-g071rb", "microbit", "nrf52840-dk", "raspberry-pi-pico")


def asleep_ticks(activity: Activity, begin: int, end: int) -> int:
    ends = [*(change.ticks for change in activity.changes[1:]), activity.end_ticks]
    spans = zip(activity.changes, ends, strict=True)
    return sum(max(0, min(until, end) - max(one.ticks, begin)) for one, until in spans if not one.awake)


def gates(activity: Activity) -> list[tuple[int, int]]:
    """From when to when the pin was low."""
    found: list[tuple[int, int]] = []
    begin = None
    for change in activity.changes:
        if change.pin_low and begin is None:
            begin = change.ticks
        elif not change.pin_low and begin is not None:
            found.append((begin, change.ticks))
            begin = None
    assert begin is None
    return found


@pytest.mark.parametrize("name", SLEEPERS)
def test_the_activity_shows_the_gate_and_the_sleep(name: str, firmware: Firmware) -> None:
    board = load_board(name)
    link = open_link("virtual", board, firmware(name))
    assert isinstance(link, ActiveLink)
    session = Session(link)
    session.load((INPUT,))
    session.infer()
    begin = link.activity()
    assert (len(begin.changes), begin.hz) == (1, board.clock_hz), "nothing was kept until now"
    link.pass_time(0.25)
    looped = session.loop(20, 60.0)
    run = session.infer()
    before = link.activity().end_ticks
    link.pass_time(0.5)
    activity = link.activity()
    per_tick = board.clock_hz / session.identity.cycles_hz
    loop_gate, run_gate = gates(activity)
    assert loop_gate[1] - loop_gate[0] == pytest.approx(looped.ticks * per_tick, abs=1_000 * max(per_tick, 1.0))
    assert run_gate[1] - run_gate[0] == pytest.approx(run.cycles * per_tick, abs=1_000 * max(per_tick, 1.0))
    assert asleep_ticks(activity, *loop_gate) == asleep_ticks(activity, *run_gate) == 0
    assert activity.end_ticks - before == pytest.approx(0.5 * board.clock_hz, abs=2_000)
    assert asleep_ticks(activity, before, activity.end_ticks) > 0.499 * board.clock_hz
    assert [one.ticks for one in activity.changes] == sorted({one.ticks for one in activity.changes})
    link.close()


def test_the_same_conversation_gives_the_same_activity(firmware: Firmware) -> None:
    def activity() -> Activity:
        link = open_link("virtual", load_board("nucleo-l4r5zi"), firmware("nucleo-l4r5zi"))
        assert isinstance(link, ActiveLink)
        link.activity()
        session = Session(link)
        session.load((INPUT,))
        session.loop(10, 60.0)
        link.pass_time(0.1)
        return link.activity()

    assert activity() == activity()


@pytest.mark.parametrize(("name", "console"), [("mps2-an386", None), ("teensy-4-1", "semihosting")])
def test_a_core_that_does_not_sleep_is_awake(name: str, console: str | None, tmp_path: Path) -> None:
    need_toolchain("gcc")
    (tmp_path / "small.tflite").write_bytes(small_classifier())
    board = load_board(name)
    board = replace(board, console=replace(board.console, irq=None), file=board.file)
    pipeline.generate(tmp_path / "small.tflite", board, tmp_path / "out", console=console)
    link = open_link("virtual", board, pipeline.build(tmp_path / "out", "gcc", "-O2").elf)
    assert isinstance(link, ActiveLink)
    session = Session(link)
    begin = link.activity().end_ticks
    link.pass_time(2.0)
    activity = link.activity()
    assert activity.end_ticks - begin == pytest.approx(2.0 * board.clock_hz, abs=50_000)
    assert len(activity.changes) == 1 and activity.changes[0].awake
    session.load((INPUT,))
    assert session.loop(2, 60.0).inferences == 2


def test_a_board_that_does_not_count_has_no_activity(firmware: Firmware) -> None:
    link = open_link("virtual:uncounted", load_board("nucleo-l4r5zi"), firmware("nucleo-l4r5zi"))
    assert not isinstance(link, ActiveLink), "its time stands still"
    link.close()


@pytest.mark.parametrize(("name", "target"), TARGETS, ids="-".join)
def test_firmware_keeps_statistics_of_its_inputs(name: str, target: str, tmp_path: Path) -> None:
    need_toolchain("gcc")
    (tmp_path / "small.tflite").write_bytes(small_classifier())
    generated = pipeline.generate(tmp_path / "small.tflite", load_board(name), tmp_path / "out", input_stats=True)
    assert generated.project is not None and generated.project.options["input_stats"] == "yes"
    link = open_link(target, load_board(name), pipeline.build(tmp_path / "out", "gcc", "-O2").elf)
    session = Session(link)
    session.load((INPUT,))
    before = session.infer()
    assert read_input_stats(session) == (InputStats("int8", 1, 64, 0, 63, sum(range(64)), 85_344, 0),)
    session.load((b"\x80\x7f" * 32,))
    session.loop(3, 60.0)
    run = session.infer()
    if link.traits.timed:
        assert run.cycles == pytest.approx(before.cycles, rel=0.02), "the pass is not in what is timed"
    squares = 85_344 + 32 * (128**2 + 127**2)
    assert read_input_stats(session, clear=True) == (InputStats("int8", 2, 128, -128, 127, 2016 - 32, squares, 64),)
    assert read_input_stats(session) == (InputStats("int8", 0, 0, 0, 0, 0, 0, 0),)
    link.close()


def test_firmware_without_the_option_has_not_a_byte_of_them(firmware: Firmware) -> None:
    names = set(read_elf(firmware("nucleo-l4r5zi")).symbols)
    assert "eo_command_loop" in names
    assert not [name for name in names if "stats" in name]


def test_each_of_several_networks_has_statistics_of_its_own(tmp_path: Path) -> None:
    need_toolchain("gcc")
    files = [tmp_path / f"{name}.tflite" for name in "ab"]
    for seed, file in enumerate(files):
        file.write_bytes(small_classifier(seed))
    board = load_board("nucleo-l4r5zi")
    pipeline.generate_several(files, board, tmp_path / "out", input_stats=True)
    link = open_link("virtual:uncounted", board, pipeline.build(tmp_path / "out", "gcc", "-O2").elf)
    for model, value in ((0, 1), (1, 2), (0, 3)):
        session = Session(link, model=model)
        session.load((bytes([value]) * 64,))
        session.infer()
    found = [read_input_stats(Session(link, model=model))[0] for model in (0, 1)]
    assert found == [
        InputStats("int8", 2, 128, 1, 3, 64 * 4, 64 * 10, 0),
        InputStats("int8", 1, 64, 2, 2, 64 * 2, 64 * 4, 0),
    ]
    link.close()
