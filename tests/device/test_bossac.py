"""bossac: the touch at 1200 baud with ports that come and go in virtual time, and the tool itself as a fake."""

import os
from pathlib import Path

import pytest
from support.elves import Segment, elf_bytes
from support.fake_tools import FakeTools

from edgeopt.board import load_board
from edgeopt.device.flasher import Job, chosen_flasher, write
from edgeopt.device.flashers.bossac import command, touch
from edgeopt.errors import DeviceError, UsageError
from edgeopt.firmware.image import check_image, read_image, to_bin


class Bus:
    """USB ports: from each time on, in seconds after the touch, those that are there then."""

    def __init__(self, **schedule: str) -> None:
        self._schedule = [(float(when[1:]), set(ports.split())) for when, ports in schedule.items()]
        self.now_s = 0.0
        self.touched: list[str] = []

    def ports(self) -> set[str]:
        if not self.touched:
            return {"A", "X"}
        return [ports for when, ports in self._schedule if when <= self.now_s][-1]

    def touch(self, port: str = "A") -> str:
        return touch(port, 8.0, self.touched.append, self.ports, lambda: self.now_s, self._sleep)

    def _sleep(self, seconds: float) -> None:
        self.now_s += seconds


def test_the_boot_loader_has_another_port() -> None:
    bus = Bus(t0="A X", t1="X", t2="X B")
    assert bus.touch() == "B" and bus.touched == ["A"] and 2 <= bus.now_s < 3


def test_the_boot_loader_has_the_same_port() -> None:
    bus = Bus(t0="A X", t1="X", t2="A X")
    assert bus.touch() == "A" and 2 <= bus.now_s < 3


def test_the_boot_loader_runs_already() -> None:
    bus = Bus(t0="A X")
    assert bus.touch() == "A" and 8 <= bus.now_s < 9


def test_the_port_goes_and_none_comes() -> None:
    bus = Bus(t0="A X", t1="X")
    with pytest.raises(DeviceError, match=r"`A` is gone, and no boot loader came within 8 s") as error:
        bus.touch()
    assert "reset button twice" in error.value.hint


def test_a_port_that_cannot_be_opened() -> None:
    with pytest.raises(DeviceError, match=r"cannot open `/dev/no-such-port` at 1200 baud"):
        touch("/dev/no-such-port")


@pytest.fixture
def job(tmp_path: Path) -> Job:
    board = load_board("arduino-nano-33-ble-sense")
    elf = tmp_path / "firmware.elf"
    elf.write_bytes(elf_bytes([Segment(0x1_0000, 0x1_0000, bytes(range(100)))], 0x1_0000))
    return Job(board, elf, read_image(elf), chosen_flasher(board, "bossac")[1], "/dev/ttyACM0")


def test_what_bossac_would_be_told(job: Job) -> None:
    plan = chosen_flasher(job.board, "bossac")[0].plan(job)
    (step,) = plan.steps
    assert step.shown.startswith("open /dev/ttyACM0 at 1200 baud")
    assert step.shown.endswith(f"bossac --port=ttyACM0 -i -e -w -v {job.beside('.bin')} -R")
    assert plan.files == ((job.beside(".bin"), bytes(range(100))),), "the boot loader's offset 0 is the code"


def test_code_that_begins_later(job: Job, tmp_path: Path) -> None:
    job.elf.write_bytes(elf_bytes([Segment(0x1_1000, 0x1_1000, bytes(100))], 0x1_1000))
    moved = Job(job.board, job.elf, read_image(job.elf), (), job.port)
    assert "--offset=0x1000" in chosen_flasher(job.board, "bossac")[0].plan(moved).steps[0].shown


def test_the_boot_loader_itself_cannot_be_written(job: Job) -> None:
    job.elf.write_bytes(elf_bytes([Segment(0, 0, bytes(100))], 0))
    with pytest.raises(UsageError, match="outside of arduino"):
        check_image(read_image(job.elf), job.board, "`x`", job.board.code_origin)


@pytest.mark.parametrize("mode", ["ok", "fails", "wrong", "none"])
def test_the_tool(mode: str, job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tools = FakeTools(tmp_path, monkeypatch)
    tools.install("bossac", mode)
    job.beside(".bin").write_bytes(to_bin(job.image))
    step, shares = command(job, "/dev/ttyACM1"), []

    def progress(what: str, share: float | None) -> None:
        if share is not None:
            shares.append(share)

    if mode == "ok":
        step.do(progress, 60.0)
        assert tools.written == to_bin(job.image) and shares == [0.0, 0.47, 1.0]
        assert tools.argv[0] == "--port=ttyACM1"
        return
    with pytest.raises(DeviceError) as error:
        step.do(progress, 60.0)
    assert {"fails": "SAM-BA", "wrong": "unsupported", "none": "No device"}[mode] in error.value.message


@pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal is a matter of POSIX")
def test_a_port_is_opened_at_1200_baud_and_the_tool_is_run(
    job: Job, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import pty
    import termios

    master, slave = pty.openpty()
    try:
        tools = FakeTools(tmp_path, monkeypatch)
        tools.install("bossac")
        on_pty = Job(job.board, job.elf, job.image, (), os.ttyname(slave))
        write(chosen_flasher(job.board, "bossac")[0].plan(on_pty), 3.0, lambda what, share: None)
        assert termios.tcgetattr(slave)[5] == termios.B1200
        assert tools.written == to_bin(job.image)
    finally:
        os.close(master)
        os.close(slave)
