"""Slower clock against race-to-idle: the same work at each clock setting that the board file knows."""

from collections.abc import Callable
from dataclasses import replace

from edgeopt.board import Board, ClockSetting
from edgeopt.energy.battery import average_mw, battery_life, missing_figure, too_slow, wrong_voltage
from edgeopt.energy.convert import draw_mw, energy_uj, latency_at
from edgeopt.energy.draw import Draw, draw_of
from edgeopt.energy.duty import DutyCycle
from edgeopt.energy.node import Node, node_of
from edgeopt.energy.quantity import ENDS, ESTIMATED, Quantity, spread, unknown, weakest
from edgeopt.energy.results import ClockRow
from edgeopt.energy.supply import Feed, Supply

CyclesAt = Callable[[ClockSetting], Quantity]


def race_to_idle(
    board: Board,
    cycles: Quantity,
    duty: DutyCycle,
    supply: Supply | None = None,
    cycles_at: CyclesAt | None = None,
    active: Draw | None = None,
) -> tuple[ClockRow, ...]:
    """A row a clock setting, the fastest first; the one of least energy a period is marked. All is estimated.

    cycles:    of one inference at the board's main clock.
    cycles_at: of one inference at a setting: flash waits fewer cycles at a slower clock. Without it the cycles of the
               main clock stand in, which the row's source says.
    active:    what the node draws at the main clock, in the place of the board's figure.
    supply:    the battery; without one the node is at the board's supply voltage, and there are no days.
    """
    main = ClockSetting(board.clock_hz, 0, board.power.active_ma, board.clock_source)
    rows = [replace(_row(board, main, cycles, duty, supply, "", active), wait_states=_main_wait_states(board))]
    for setting in board.clock_settings:
        if cycles_at is not None:
            rows.append(_row(board, setting, cycles_at(setting), duty, supply, ""))
        else:
            main_mhz = f"{board.clock_hz / 1e6:g} MHz"
            note = f"cycles of {main_mhz} at every clock: a slower one waits less for flash, and takes fewer"
            rows.append(_row(board, setting, cycles, duty, supply, note))
    known = [row.period_uj.value for row in rows if row.period_uj.value is not None]
    ordered = sorted(rows, key=lambda row: -row.hz)
    return tuple(replace(row, best=len(known) > 1 and row.period_uj.value == min(known)) for row in ordered)


def _main_wait_states(board: Board) -> int | None:
    return None if board.flash_timing is None else board.flash_timing.wait_states


def _row(
    board: Board,
    setting: ClockSetting,
    cycles: Quantity,
    duty: DutyCycle,
    supply: Supply | None,
    note: str,
    given: Draw | None = None,
) -> ClockRow:
    # Settings are compared, so that one label stands in a column: the weakest, as some cycles may stand in for others.
    cycles = replace(cycles, kind=weakest(ESTIMATED, cycles.kind))
    latency = latency_at(cycles, setting.hz)
    draw = given or draw_of(board.power, setting.active_ma, f"{board.name} at {setting.hz / 1e6:g} MHz")
    volts = _rail_v(board, draw, supply)
    active = draw_mw(draw, *volts)
    period, average, days = _at_work(node_of(board, latency, duty, draw), duty, supply, volts)
    return ClockRow(
        hz=setting.hz,
        wait_states=setting.wait_states,
        cycles=cycles,
        latency_ms=latency,
        active_mw=active,
        energy_uj=energy_uj(latency, active),
        period_uj=period,
        average_ua=average,
        days=days,
        best=False,
        source=setting.source,
        note=note,
    )


def _rail_v(board: Board, draw: Draw, supply: Supply | None) -> list[float]:
    """The node's supply voltage, and its spread; without a battery the one of the board's figures."""
    if supply is not None:
        return [supply.feed.rail_v(supply.mean_v(end)) for end in ENDS]
    known = board.power.supply_v.value
    return [draw.at_v if known is None else known]


def _at_work(
    node: Node, duty: DutyCycle, supply: Supply | None, volts: list[float]
) -> tuple[Quantity, Quantity, Quantity]:
    """Microjoules a period, microamperes on average, and days."""
    # "add --active-ma" would be no help: that is the current at the main clock
    missing = node.active.milliamps if node.active.milliamps.value is None else missing_figure(node)
    if missing is None and (slow := too_slow(node, duty)):
        missing = unknown(slow)
    if missing is not None:
        return missing, missing, missing
    mean = average_mw(node, duty, Feed(), *volts)
    period = _scaled(mean, duty.every_s * 1e3, "average power at the node x period")
    if supply is not None and not wrong_voltage(node, supply):
        life = battery_life(node, duty, supply)
        return period, life.average_ua, life.days
    return period, _scaled(mean, 1e3 / volts[0], f"average power / {volts[0]:.3g} V"), unknown("no battery")


def _scaled(quantity: Quantity, factor: float, source: str) -> Quantity:
    return spread((quantity.at(end) * factor for end in ENDS), quantity.kind, source)
