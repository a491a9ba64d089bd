"""A figure that is not known: what to give or to do so that it is."""

from collections.abc import Iterator

from edgeopt.board import Board
from edgeopt.budget.judge import Breach
from edgeopt.budget.remedy import REMEDIES, Case, Change
from edgeopt.energy.battery import wrong_voltage
from edgeopt.energy.node import node_of
from edgeopt.firmware import core
from edgeopt.simulate.cycle_models import cycle_model


@REMEDIES.register("missing figure")
def missing_figure(case: Case, breach: Breach) -> Iterator[Change]:
    if breach.actual is not None:
        return
    power = case.board.power
    if breach.name == "accuracy":
        yield Change("samples with their labels: --data DATA.npz with an array `y`", {})
    elif breach.name == "flash_bytes":
        yield Change("`edgeopt deploy --budget` judges the linked firmware", {})
    elif case.figures["latency_ms"].value is None:
        yield Change(_latency(case.board), {})
    elif power.supply_v.value is None or power.active_ma.value is None:
        what = "`active_ma`" if power.active_ma.value is None else "`supply_v`"
        yield Change(f"measure {what} and give it under [power] in a copy of {case.board.file.name}", {})
    elif breach.name in ("average_mw", "battery_days") and _is_sleep_unknown(case):
        yield Change("give `sleep_ua`, the node's current asleep, in the budget's [duty_cycle]", {})
    elif _is_wrong_voltage(case):
        yield Change("a regulator between cells and board: `regulator` and `out_v` in [duty_cycle]; or other cells", {})


def _latency(board: Board) -> str:
    if cycle_model(board.core) is not None and core(board.core).unicorn_model is not None:
        return "`edgeopt deploy --budget` counts the cycles on the virtual board"
    return f"run it on a {board.name} and measure: edgeopt has no cycle model of {board.core}"


def _is_sleep_unknown(case: Case) -> bool:
    use = case.design.use
    return use is not None and node_of(case.board, case.figures["latency_ms"], use.duty).sleep_ua.value is None


def _is_wrong_voltage(case: Case) -> bool:
    use = case.design.use
    if use is None or use.supply is None:
        return False
    return bool(wrong_voltage(node_of(case.board, case.figures["latency_ms"], use.duty), use.supply))
