"""A built project, or an ELF, into a board's flash: `flash`."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edgeopt import device
from edgeopt.board import Board
from edgeopt.device.flasher import FlashTool, Job, Plan, chosen_flasher, write
from edgeopt.device.ports import find_port
from edgeopt.emit import CProject
from edgeopt.errors import UsageError
from edgeopt.firmware.image import Image, check_image, check_machine, read_image
from edgeopt.pipeline.project import ELF, project_board
from edgeopt.report.flashing import Flashed

TIMEOUT_S = 120.0
AUTO = "serial:auto"
_PORT = "PORT"  # in a dry run: the one that will be found


@dataclass(frozen=True)
class _Program:
    """What is flashed. `build_id` is None of an ELF that no project stands beside."""

    path: Path
    elf: Path
    board: Board
    image: Image
    build_id: str | None


def flash(
    program: Path,
    board: Board | None = None,
    *,
    tool: str | None = None,
    port: str | None = None,
    probe: str | None = None,
    dry_run: bool = False,
    check: bool = False,
    target: str | None = None,
    timeout_s: float = TIMEOUT_S,
    progress: Callable[[str], None] = lambda step: None,
) -> Flashed:
    """Writes a built project folder, or an ELF for `board`, into the board, by its flasher or the one called `tool`.

    `check`: then asks the board over `target` ("serial:auto", or the port that it was flashed by) which build it runs.
    UsageError: the program is not the board's; ToolchainError: the tool is missing; DeviceError: the write failed.
    """
    found = _open(program, board)
    flasher, arguments = chosen_flasher(found.board, tool)
    _check_program(found, flasher)
    if port is None and flasher.by_port:
        port = _PORT if dry_run else find_port(found.board).device
    plan = flasher.plan(Job(found.board, found.elf, found.image, arguments, port, probe))
    link_target = target or _default_target(found.board, port if flasher.by_port else None)
    if check:
        _check_can_answer(found, link_target)
    if not dry_run:
        flasher.check_installed()

        def tell(what: str, share: float | None) -> None:
            progress(what if share is None else f"{what}: {100 * share:.0f} %")

        write(plan, timeout_s, tell)
    answer = _ask_build(found, link_target, progress) if check and not dry_run else None
    return _report(found, flasher, plan, dry_run, answer)


def _open(program: Path, board: Board | None) -> _Program:
    if not program.is_dir():
        if board is None:
            raise UsageError(f"`{program}` does not say its board", "say which: --board NAME")
        return _Program(program, program, board, read_image(program), None)
    project = CProject.open(program)
    own = project_board(project)
    if board is not None and board.name != own.name:
        raise UsageError(
            f"`{program}` was generated for {own.name}, not for {board.name}", "leave --board out, or generate it again"
        )
    elf = program / ELF
    if not elf.is_file():
        raise UsageError(f"`{program}` is not built", f"build it first: edgeopt build {program}")
    image = read_image(elf)
    if not any(project.build_id.encode() in chunk.data for chunk in image.chunks):
        raise UsageError(f"`{elf}` was not built from this project as it is now", f"build it: edgeopt build {program}")
    return _Program(program, elf, board or own, image, project.build_id)


def _default_target(board: Board, port: str | None) -> str:
    """Where a board that was flashed over `port` (None: otherwise) answers."""
    if board.console.kind == "rtt":
        return "rtt:auto"
    return AUTO if port is None else f"serial:{port}"


def _check_program(program: _Program, flasher: FlashTool) -> None:
    """Whether the board takes the program, by this tool."""
    what, board = f"`{program.elf}`", program.board
    check_machine(program.image, board, what)
    if not flasher.converts:
        check_image(program.image, board, what, board.code_origin if flasher.behind_boot_loader else None)


def _check_can_answer(program: _Program, target: str) -> None:
    if program.build_id is None:
        raise UsageError("--check compares with a project, and an ELF is none", "give the project's folder")
    if program.board.console.kind in ("none", "semihosting"):
        raise UsageError(
            f"--check asks over a serial port, and the firmware of {program.board.name} has none", "leave --check out"
        )
    device.connector(target, program.board)


def _ask_build(program: _Program, target: str, progress: Callable[[str], None]) -> str:
    """The build that the board says it runs; DeviceError where it is another, or says nothing."""
    progress(f"asking the board over {target}")
    link = device.open_link(target, program.board)
    try:
        return device.Session(link, program.build_id).identity.build_id
    finally:
        link.close()


def _report(program: _Program, flasher: FlashTool, plan: Plan, dry_run: bool, build_id: str | None) -> Flashed:
    board, warnings = program.board, []
    if program.build_id is not None and board.mcu_setup == "none":
        by_probe = board.console.kind in ("rtt", "semihosting")
        less = "no clock: it tells no times" if by_probe else "neither clock nor console: it cannot talk there"
        warnings.append(f"the firmware of {board.name} sets up {less}")
    return Flashed(
        program=program.path,
        board=board.name,
        tool=flasher.name,
        dry_run=dry_run,
        address=program.image.begin,
        size_bytes=program.image.size_bytes,
        files=tuple(f"{path} ({len(data):,} B)" for path, data in plan.files),
        steps=tuple(step.shown for step in plan.steps),
        verified=flasher.verified,
        missing=flasher.install if flasher.find() is None else "",
        build_id=build_id,
        warnings=tuple(warnings),
    )
