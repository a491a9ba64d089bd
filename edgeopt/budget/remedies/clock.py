"""Another clock: the settings that the board file knows, with the wait states and the current of each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from edgeopt.board import Board, ClockSetting
from edgeopt.budget.judge import Breach
from edgeopt.budget.remedy import REMEDIES, Case, Change


@REMEDIES.register("clock")
def clock(case: Case, breach: Breach) -> Iterator[Change]:
    untold = [setting for setting in case.board.clock_settings if setting.active_ma.value is None]
    if untold and breach.actual is not None and breach.name in ("peak_mw", "average_mw", "energy_uj", "battery_days"):
        clocks = " or ".join(f"{setting.hz / 1e6:g}" for setting in untold)
        note = f"its current is not in {case.board.file.name}: measure it and give it there, in a copy"
        yield Change(f"the core at {clocks} MHz", {}, note)
    for setting in case.board.clock_settings:
        figures = case.tried(replace(case.design, board=at_clock(case.board, setting)))
        if figures is not None:
            what = f"the core at {setting.hz / 1e6:g} MHz instead of {case.board.clock_hz / 1e6:g} MHz"
            yield Change(what, figures, "set it in a board file of your own")


def at_clock(board: Board, setting: ClockSetting) -> Board:
    """The board at one of its other clocks."""
    timing = board.flash_timing
    return replace(
        board,
        clock_hz=setting.hz,
        clock_source=setting.source,
        flash_timing=None if timing is None else replace(timing, wait_states=setting.wait_states),
        power=replace(board.power, active_ma=setting.active_ma),
    )
