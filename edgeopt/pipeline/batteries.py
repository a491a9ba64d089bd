"""`battery`: from a run, another verb's document or plain figures to days on a battery."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from edgeopt.board import Board, load_board
from edgeopt.energy import (
    ESTIMATED,
    MEASURED,
    ClockRow,
    Draw,
    DutyCycle,
    InferenceRate,
    Quantity,
    Supply,
    battery_life,
    constant_current,
    constant_power,
    highest_rate,
    latency_ms,
    node_of,
    parse_use,
    race_to_idle,
    unknown,
)
from edgeopt.energy.use import Spell, as_key, checked_number
from edgeopt.errors import OverBudget, UsageError
from edgeopt.pipeline.deployment import REPORT_FILE
from edgeopt.pipeline.project import BOARD_FILE
from edgeopt.report.battery import BatteryReport, Inference, read_inference
from edgeopt.report.origin import board_facts
from edgeopt.report.powering import MeasuredEnergy, active_draw

# The least and the most that is no slip of the pen, in the unit of the name.
_FIGURES = {
    "latency_ms": (1e-3, 3.6e6),
    "active_ma": (1e-3, 1e5),
    "active_mw": (1e-3, 1e6),
    "energy_uj": (1e-3, 1e9),
    "for_days": (1e-2, 1e5),
}
_ACTIVE = ("active_ma", "active_mw", "energy_uj")
_LEAST_V, _MOST_V = 0.1, 60.0  # of a supply
_ANY_PERIOD_S = 1e9  # until the period for the wanted life is found


@dataclass(frozen=True)
class _Ran:
    """What is known of the inference; `active` None: the board's figure."""

    words: str
    latency: Quantity
    cycles: Quantity | None
    active: Draw | None
    notes: tuple[str, ...] = ()  # of what was measured


def battery(
    run: Path | None = None,
    board: Board | None = None,
    *,
    measured_idle: bool = False,
    spell: Spell = as_key,
    **values: Any,
) -> BatteryReport:
    """How long a battery lasts under a node that infers once a period, and what eats its charge.

    run:    the folder or report.json of a deployment, or what `analyze`, `run`, `deploy` or `measure` printed as JSON;
            where a power meter was there its energy stands in the place of the board file's current.
    board:  the board of plain figures; a run has its own. Without one the currents must be among the values.
    values: the keys of energy.USE_KEYS (`every_s`, `cell`, ...); `latency_ms` without a run; one of `active_ma`,
            `active_mw` and `energy_uj` in the place of the board's active current; and `for_days`, the life that is
            wanted, which gives the shortest period for it, and is the period where `every_s` is left out.
    measured_idle: between inferences the node draws what the meter of the run saw of the idle board.
    spell:  how the user writes a key, for the messages.

    UsageError where a value is wrong or missing; OverBudget where no period lasts `for_days`.
    """
    given = {key: values.pop(key) for key in _FIGURES if key in values}
    figures = {key: checked_number(key, value, _FIGURES[key], spell) for key, value in given.items()}
    find_period = "every_s" not in values and "for_days" in figures
    use = parse_use({**values, "every_s": _ANY_PERIOD_S} if find_period else values, spell=spell)
    if use.supply is None:
        raise UsageError(f"{spell('cell')} is missing: which battery is it?", "e.g. CR2032, 2xAA, 18650 or LiPo-500")
    inference, board = _inference(run, board)
    ran = _ran(inference, board, figures, spell)
    duty = use.duty
    if measured_idle:
        duty = replace(duty, sleep_ua=_idle_ua(inference, duty, spell))
    node = node_of(board, ran.latency, duty, ran.active)
    node = replace(node, notes=(*node.notes, *ran.notes))
    rate = highest_rate(node, duty, use.supply, figures["for_days"]) if "for_days" in figures else None
    if rate is not None and find_period:
        duty = replace(duty, every_s=_period(rate))
    clocks = () if board is None else _clocks(board, ran, duty, use.supply)
    return BatteryReport(ran.words, battery_life(node, duty, use.supply), rate, clocks)


def _inference(run: Path | None, board: Board | None) -> tuple[Inference | None, Board | None]:
    """What was found before, and its board, unless one is given."""
    if run is None:
        return None, board
    file = run / REPORT_FILE if run.is_dir() else run
    found = read_inference(file)
    _check_figures(file, found)
    if not found.board:
        return found, board
    board = board or _board_of(file, found)
    if board.name != found.board:
        hint = f"leave the board out, or analyze or run it on {board.name}"
        raise UsageError(f"`{run}` is of {found.board}, not of {board.name}", hint)
    return found, board


def _board_of(file: Path, found: Inference) -> Board:
    """The board file beside the report of a project, or the one that edgeopt has of that name."""
    beside = file.parent / BOARD_FILE
    if file.name == REPORT_FILE and beside.is_file():
        return load_board(beside)
    board = load_board(found.board)
    if found.facts not in (None, board_facts(board)):  # the name says nothing: it may be a changed copy
        hint = f"give that file with --board, or --board {board.name} for the one that edgeopt has"
        raise UsageError(f"`{file}` was made with another board file that is called {board.name} too", hint)
    return board


def _check_figures(file: Path, found: Inference) -> None:
    """UsageError where the file was changed to what no run can find."""
    figures = {"latency_ms": found.latency_ms, "power_mw": found.power_mw, "cycles": found.cycles}
    if found.energy is not None:
        supply_v, uj, idle = found.energy.supply_v, found.energy.uj_per_inference, found.energy.idle_mw
        if supply_v is not None and not _LEAST_V <= supply_v <= _MOST_V:
            raise UsageError(f"`{file}`: supply_v is {supply_v:g}, which cannot be", "write the file anew")
        # the bounds of a poor meter may lie below nothing: its figures do not
        figures |= {name: replace(one, low=None) for name, one in (("uj_per_inference", uj), ("idle_mw", idle))}
    for key, quantity in figures.items():
        if quantity is not None and quantity.value is not None and not 0 < quantity.at("low") <= quantity.at("high"):
            raise UsageError(f"`{file}`: {key} is {quantity.at('low'):g}, which cannot be", "write the file anew")


def _ran(inference: Inference | None, board: Board | None, figures: Mapping[str, float], spell: Spell) -> _Ran:
    latency, cycles, active = None, None, None
    notes: tuple[str, ...] = ()
    if inference is not None:
        latency, cycles = inference.latency_ms, inference.cycles
        if latency is None and cycles is not None and board is not None:
            latency = latency_ms(cycles, board)
        if inference.power_mw is not None:
            active = constant_power(inference.power_mw)
        if inference.energy is not None and latency is not None:
            active = active_draw(inference.energy, latency, "unknown" if board is None else board.power.regulator)
            notes = _notes(inference.energy)
    if "latency_ms" in figures:
        if latency is not None and latency.value is not None:
            raise UsageError(f"{spell('latency_ms')} and the run's latency contradict each other", "leave one out")
        latency, cycles = Quantity(figures["latency_ms"], ESTIMATED, "latency as given"), None
    if latency is None and inference is None:
        hint = f"give {spell('latency_ms')}, a deployment, or what `edgeopt analyze --json` printed"
        raise UsageError("there is no inference: what runs on the battery?", hint)
    latency = latency or unknown("this run took no time")
    words = "plain figures" if inference is None else f"latency {latency.kind}: {latency.source}"
    given = _active(figures, latency, spell)
    if given is None and active is not None and inference is not None and inference.energy is not None:
        words += f"; energy {active.milliamps.kind}: {inference.energy.uj_per_inference.source}"
    return _Ran(words, latency, cycles, given or active, notes)


def _notes(energy: MeasuredEnergy) -> tuple[str, ...]:
    """What was measured beside the inference, and what of it is in the life."""
    idle = energy.idle_mw
    doubts = (f"of the energy: {one}" for one in (*energy.warnings, energy.partial) if one)
    if idle.value is None:
        return tuple(doubts)
    what = f"idle on the meter: {idle.value:.4g} mW, {idle.kind}"
    if energy.uj_per_inference.kind == MEASURED:
        what += ", of a board that waits for a command, with all that hangs on its supply: no sleep of the chip"
    return (what, *doubts)


def _idle_ua(inference: Inference | None, duty: DutyCycle, spell: Spell) -> float:
    """The current of the idle board on the meter; UsageError where it is not known, or another is given."""
    option = spell("measured_idle")
    if duty.sleep_ua is not None or duty.board_sleep:
        other = spell("sleep_ua" if duty.sleep_ua is not None else "board_sleep")
        raise UsageError(f"{option} and {other} contradict each other", "leave one out")
    energy = None if inference is None else inference.energy
    if energy is None or energy.idle_mw.value is None or not energy.supply_v:
        raise UsageError(
            f"{option} needs a measurement that saw the board idle", "edgeopt measure DIR --meter METER --save"
        )
    return energy.idle_mw.value * 1e3 / energy.supply_v


def _active(figures: Mapping[str, float], latency: Quantity, spell: Spell) -> Draw | None:
    given = [key for key in _ACTIVE if key in figures]
    if len(given) > 1:
        raise UsageError(f"{spell(given[0])} and {spell(given[1])} say the same", "leave one out")
    if not given:
        return None
    key = given[0]
    if key == "active_ma":
        return constant_current(Quantity(figures[key], ESTIMATED, "active current as given"))
    if key == "active_mw":
        return constant_power(Quantity(figures[key], ESTIMATED, "active power as given"))
    if latency.value is None:
        raise UsageError(f"{spell(key)} needs a latency", f"add {spell('latency_ms')}")
    return constant_power(Quantity(figures[key] / latency.value, ESTIMATED, "energy as given / latency"))


def _period(rate: InferenceRate) -> float:
    """Seconds of the period for the wanted life, where the user named none."""
    if rate.every_s.value is not None:
        return rate.every_s.value
    if rate.why:
        raise OverBudget(f"{rate.why}: {rate.wanted_days:g} are wanted", "take more cells, or less current asleep")
    raise UsageError(f"no period can be found: {rate.every_s.source}", "give it, or the period")


def _clocks(board: Board, ran: _Ran, duty: DutyCycle, supply: Supply) -> tuple[ClockRow, ...]:
    """The clock settings side by side, where the board file knows more than one."""
    if not board.clock_settings or ran.latency.value is None:
        return ()
    cycles = ran.cycles
    if cycles is None or cycles.value is None:
        latency = ran.latency
        cycles = Quantity(ran.latency.value * board.clock_hz / 1e3, latency.kind, f"{latency.source} x clock")
    return race_to_idle(board, cycles, duty, supply, active=ran.active)
