"""Flashers: tools that write firmware into boards. A new one is one file in `flashers/`; docs/adding_a_flasher.md.

A flasher turns a job into a plan, files to write and steps to take, without doing anything: that is what a dry run
shows. `write` then carries the plan out.
"""

import re
import shlex
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edgeopt.board import Board
from edgeopt.convert import write_atomically
from edgeopt.device.tool import run_tool
from edgeopt.errors import BoardError, DeviceError, ToolchainError, UsageError
from edgeopt.firmware.image import Image
from edgeopt.registry import Registry

Progress = Callable[[str, float | None], None]  # what is being done, and the share of it that is, 0 to 1, if known

_TOLD_LINES = 4
_TOLD_CHARACTERS = 360
_LEAST_S = 0.1
_WRONG = re.compile(
    r"error|fail|fatal|cannot|can't|denied|unable|unsupported|unknown|invalid|not found|no device", re.I
)
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.:-]*")  # of a probe: it becomes a part of commands


@dataclass(frozen=True)
class Job:
    """What is to be written where. `arguments` are those of the board file; converted images go beside the ELF."""

    board: Board
    elf: Path
    image: Image
    arguments: tuple[str, ...] = ()
    port: str | None = None
    probe: str | None = None

    def beside(self, suffix: str) -> Path:
        """The file of another format beside the ELF, which it never is itself, whatever that is called."""
        elf = self.elf.resolve()
        path = elf.with_suffix(suffix)
        return path if path != elf else elf.with_name(elf.name + suffix)

    def needed_port(self, tool: str) -> str:
        """The serial port; UsageError where none was given. It cannot be mistaken for an option."""
        if self.port is None:
            raise UsageError(f"`{tool}` writes over a serial port", "say which: --port /dev/ttyACM0")
        if self.port.startswith("-") or not self.port.isprintable():
            raise UsageError(f"`{self.port[:40]}` is not a serial port", "see the ports: edgeopt ports")
        return self.port

    def probe_name(self) -> str | None:
        """The probe's id, checked: it becomes a part of commands."""
        if self.probe is not None and not _NAME.fullmatch(self.probe):
            raise UsageError(f"`{self.probe[:40]}` is not a probe's id", "give its serial number, as `pyocd list` says")
        return self.probe


@dataclass(frozen=True)
class Command:
    """A program to run. It has done its work if it ends with 0 and a line of its output matches `proof`.

    `percent`: finds the progress in a line, as its first group. `hints`: what to do about a failure, by a pattern of
    the output; the first that is found counts. `tool`: what errors call it, where the program is an interpreter.
    """

    what: str
    argv: tuple[str, ...]
    proof: str
    percent: str = ""
    hints: tuple[tuple[str, str], ...] = ()
    tool: str = ""

    @property
    def shown(self) -> str:
        return shlex.join(self.argv)

    def do(self, progress: Progress, timeout_s: float) -> None:
        """Runs it; DeviceError with the program's last lines where it fails."""
        proven = False

        def on_line(line: str) -> None:
            nonlocal proven
            proven = proven or re.search(self.proof, line) is not None
            found = re.search(self.percent, line) if self.percent else None
            progress(self.what if found else f"{self.what}: {line}", _share(found[1]) if found else None)

        done = run_tool(self.argv, timeout_s, on_line)
        if done.exit_code == 0 and proven:
            return
        how = "ended without saying that all was written"
        if done.exit_code is None:
            how = f"did not end within {timeout_s:g} s, and was stopped"
        elif done.exit_code:
            how = "failed" if done.exit_code > 0 else f"was ended by signal {-done.exit_code}"
        # Where a tool says what is wrong is not always its end: stdout, which is buffered, comes behind stderr then.
        wrong = [line for line in done.lines if _WRONG.search(line)] if done.exit_code else []
        name = self.tool or Path(self.argv[0]).name
        raise DeviceError(f"`{name}` {how}{_last_words(wrong or done.lines)}", self._hint(done.lines))

    def _hint(self, lines: Sequence[str]) -> str:
        said = "\n".join(lines)
        for pattern, hint in self.hints:
            if re.search(pattern, said, re.IGNORECASE):
                return hint
        return "is the board connected and powered, and free of other programs? run again with -v to see all it says"


@dataclass(frozen=True)
class Action:
    """A step that edgeopt takes itself; `shown` says it in a dry run. `do`: (progress, seconds it may take)."""

    what: str
    shown: str
    do: Callable[[Progress, float], None]


Step = Command | Action


@dataclass(frozen=True)
class Plan:
    """What a flasher is going to do: `files` to write, by path, and then the steps."""

    steps: tuple[Step, ...]
    files: tuple[tuple[Path, bytes], ...] = ()


@dataclass(frozen=True)
class FlashTool:
    """A flasher. `plan` gives UsageError where the job's arguments will not do, and does nothing else.

    `find`: its path or version, None where it is not installed; `version`: the arguments that make it tell the latter.
    `verified`: who holds what was written against the file. `behind_boot_loader`: it cannot write what lies before the
    board's code. `by_port`: it writes over a serial port. `converts`: it takes ELFs whose segments are loaded elsewhere
    than in flash, and lays them out itself.
    """

    name: str
    purpose: str
    find: Callable[[], str | None]
    install: str
    verified: str
    plan: Callable[[Job], Plan]
    version: tuple[str, ...] = ()
    behind_boot_loader: bool = False
    by_port: bool = False
    converts: bool = False

    def check_installed(self) -> None:
        """ToolchainError, with the command that installs it, where it is missing."""
        if self.find() is None:
            raise ToolchainError(f"`{self.name}` is not installed", self.install)


FLASHERS: Registry[FlashTool] = Registry("flasher", "edgeopt.device.flashers")


def on_path(program: str) -> Callable[[], str | None]:
    """Finds a program on PATH."""
    return lambda: shutil.which(program)


def program_path(program: str) -> str:
    """Where the program is, or its name where it is missing: a dry run shows its commands all the same."""
    return shutil.which(program) or program


def chosen_flasher(board: Board, tool: str | None = None) -> tuple[FlashTool, tuple[str, ...]]:
    """The board's flasher of that name, or its default, with its arguments; an error where the board has none such."""
    if not board.flashers:
        raise BoardError(f"the board file of {board.name} names no flasher", "add one: docs/adding_a_flasher.md")
    if tool is None:
        entry = board.flashers[0]
        return FLASHERS.get(entry.tool), entry.args
    found = FLASHERS.get(tool)
    for entry in board.flashers:
        if entry.tool == tool:
            return found, entry.args
    known = ", ".join(entry.tool for entry in board.flashers)
    raise UsageError(
        f"the board file of {board.name} has no [[flashers]] entry for `{tool}`", f"it has: {known}; or add one"
    )


def options_of(job: Job, tool: str, known: Sequence[str]) -> dict[str, str]:
    """The arguments of the board file as `--option value` pairs; BoardError where they are anything else."""
    arguments, found = job.arguments, {}
    for name, value in zip(arguments[::2], arguments[1::2], strict=False):
        if name in known and name not in found:
            found[name] = value
    if 2 * len(found) != len(arguments):
        words = " ".join(arguments)[:80]
        raise BoardError(
            f"{job.board.name}: `{tool}` does not take the args `{words}`", f"it takes: {' V, '.join(known)} V"
        )
    return found


def write(plan: Plan, timeout_s: float, progress: Progress) -> None:
    """Carries the plan out, each step within `timeout_s` seconds; DeviceError where the board could not be written."""
    if not timeout_s >= _LEAST_S:
        raise UsageError(f"a time-out of {timeout_s:g} s is too short", "leave --timeout out")
    for path, data in plan.files:
        write_atomically(path, data)
    for step in plan.steps:
        progress(step.what, None)
        step.do(progress, timeout_s)


def _share(percent: str) -> float:
    return min(max(float(percent) / 100, 0.0), 1.0)


def _last_words(lines: Sequence[str]) -> str:
    """The end of what the tool said, in one line."""
    said = " / ".join(lines[-_TOLD_LINES:])
    return f": {said[-_TOLD_CHARACTERS:]}" if said else ", and said nothing"
