"""A figure that is not known: what to give or to do so that it is."""

from collections.abc import Iterator

from edgeopt.budget.judge import Breach
from edgeopt.budget.remedy import REMEDIES, Case, Change


@REMEDIES.register("missing figure")
def missing_figure(case: Case, breach: Breach) -> Iterator[Change]:
    if breach.actual is not None:
        return
    power, name = case.board.power, case.board.name
    if breach.name == "accuracy":
        yield Change("samples with their labels: --data DATA.npz with an array `y`", {})
    elif breach.name == "flash_bytes":
        yield Change("`edgeopt deploy --budget` judges the linked firmware", {})
    elif case.figures["latency_ms"].value is None:
        yield Change(f"measure the latency on a {name}: edgeopt has no figures of its core's kernels", {})
    elif power.supply_v.value is None or power.active_ma.value is None:
        what = "`active_ma`" if power.active_ma.value is None else "`supply_v`"
        yield Change(f"measure {what} and give it under [power] in a copy of {case.board.file.name}", {})
    elif breach.name in ("average_mw", "battery_days") and power.sleep_ua.value is None:
        yield Change("give `sleep_ua`, the node's current asleep, in the budget's [duty_cycle]", {})
