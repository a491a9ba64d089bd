"""Whether a result that was read from a file can be drawn: figures in their ranges, layers and memory in order."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Any

from edgeopt.energy import Quantity
from edgeopt.errors import UsageError
from edgeopt.report.measuring import Measured
from edgeopt.report.results import Analysis, Deployment

_MOST = 1e15  # beyond it nobody means a figure of a microcontroller
_HINT = "the file was changed: write it anew"


def check_sound(result: Analysis | Deployment | Measured) -> None:
    """UsageError naming the first figure that no analysis, no deployment and no measurement can have."""
    if isinstance(result, Measured):
        _check_measured(result)
        return
    for where, value in _numbers(result, ""):
        if not -_MOST <= value <= _MOST or (value < 0 and not _may_be_negative(where)):
            raise _misfit(where, f"{value:g}")
    _check_order(result)
    if result.board_facts is not None and result.board_facts.power.supply_v.value == 0:
        raise _misfit("board_facts.power.supply_v", "0")
    cell = None if result.supply is None else result.supply.cell
    for name in ("mean_v", "capacity_mah"):
        if cell is not None and getattr(cell, name).value is None:
            raise _misfit(f"supply.cell.{name}", "unknown")


def _check_measured(measured: Measured) -> None:
    for where, value in _numbers(measured, ""):
        # what a meter with an offset finds of an idle board may be less than nothing
        signed = any(part in where for part in (".energy.", ".over_median", ".windows_s[", "limits["))
        if not -_MOST <= value <= _MOST or (value < 0 and not signed):
            raise _misfit(where, f"{value:g}")
    for place, board in enumerate(measured.boards):
        if board.ticks is not None and board.ticks.hz < 1:
            raise _misfit(f"boards[{place}].ticks.hz", str(board.ticks.hz))
        for one in () if board.energy is None else (*board.energy.windows, *board.energy.idle):
            if one.end_s <= one.begin_s:
                raise _misfit(f"boards[{place}].energy: the end of {one.name}", f"{one.end_s:g}")
            if min(one.inferences, one.lost, one.saturated, one.suspect) < 0:
                raise _misfit(f"boards[{place}].energy: a count of {one.name}", "negative")


def _check_order(result: Analysis | Deployment) -> None:
    for place, row in enumerate(result.layers):
        if row.index != place:
            raise _misfit(f"layers[{place}].index", str(row.index))
    for place, slot in enumerate(result.arena):
        if not slot.first_layer <= slot.last_layer < len(result.layers):
            raise _misfit(f"arena[{place}].last_layer", str(slot.last_layer))


def _numbers(value: Any, where: str) -> Iterator[tuple[str, float]]:
    """Every number in a dataclass, with its place as it is in JSON."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        yield where, value
    elif isinstance(value, Quantity):
        ends = {"value": value.value, "low": value.low, "high": value.high}
        yield from ((f"{where}.{end}", number) for end, number in ends.items() if number is not None)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _numbers(getattr(value, field.name), f"{where}.{field.name}".lstrip("."))
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _numbers(item, f"{where}.{key}")
    elif isinstance(value, tuple | list):
        for place, item in enumerate(value):
            yield from _numbers(item, f"{where}[{place}]")


def _may_be_negative(where: str) -> bool:
    """Accuracy may be lost or won, and it is cold outside."""
    return where.startswith(("accuracy.", "broken_limits", "limits")) or where.rpartition(".")[0].endswith("_c")


def _misfit(where: str, value: str) -> UsageError:
    return UsageError(f"`{where}` is {value}, which does not fit", _HINT)
