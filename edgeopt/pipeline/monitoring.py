"""A board watched for a long time: `monitor`."""

from collections.abc import Callable
from pathlib import Path

from edgeopt import device
from edgeopt.board import Board
from edgeopt.device.monitor import Monitor
from edgeopt.device.watched import Options
from edgeopt.emit import CProject
from edgeopt.errors import UsageError
from edgeopt.pipeline.project import ELF, project_board
from edgeopt.report.monitoring import Monitored, monitored

_LONGEST_WATCHDOG_S = 86_400.0  # in ms it fits into the command's word


def monitor(
    folder: Path | None,
    target: str,
    board: Board | None = None,
    *,
    every_s: float | None = None,
    for_s: float | None = None,
    watchdog_s: float | None = None,
    model: str | None = None,
    timeout_s: float = 60.0,
    tell: Callable[[float, str], None] = lambda at_s, line: None,
) -> Monitored:
    """Watches the board at `target` until an interrupt, or for `for_s` seconds; its report.

    `folder`: the project that it must run, by whose symbols faults are told; without one `board` says how to reach it,
    and it is only listened to, unless `every_s` asks for an inference so often. `watchdog_s`: the board's watchdog is
    started with this time-out, which only a reset ends. `model`: which network of the project infers, where it holds
    several. DeviceError where the board cannot be reached.
    """
    project = None if folder is None else CProject.open(folder)
    if project is None and board is None:
        raise UsageError("neither a project nor a board is named", "give the project's folder, or --board NAME")
    if model is not None and project is None:
        raise UsageError(f"`--model {model}` names a network of a project", "give the project's folder")
    if project is not None and (every_s is not None or model is not None):
        project = project.select(model)
    if project is not None:
        own = project_board(project)
        if board is not None and board.name != own.name:
            raise UsageError(f"`{folder}` was generated for {own.name}, not for {board.name}", "leave --board out")
        board = own
    assert board is not None
    for option, seconds in (("--every", every_s), ("--for", for_s), ("--watchdog", watchdog_s)):
        if seconds is not None and seconds <= 0:
            raise UsageError(f"{option} needs more than 0 s", "for example 10s")
    if watchdog_s is not None and watchdog_s > _LONGEST_WATCHDOG_S:
        raise UsageError("--watchdog takes 1d at most", "for example 2s")
    elf = None if folder is None or not (folder / ELF).is_file() else folder / ELF
    connect = device.connector(target, board)
    options = Options(
        every_s=every_s,
        for_s=for_s,
        build_id=project.build_id if project else None,
        board=board.name if project else None,
        model=project.index if project else 0,
        elf=elf,
        known=project is not None or every_s is not None or watchdog_s is not None,
        watchdog_ms=None if watchdog_s is None else max(round(1e3 * watchdog_s), 1),
    )
    watching = Monitor(lambda: connect(elf), options, tell, patience=device.Patience(run_s=timeout_s))
    return monitored(watching.run(), target, board.name)
