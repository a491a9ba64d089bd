"""How a battery's life is shown: how long, what eats the charge, whether the cells give the peak, what was assumed."""

from rich.console import Group, RenderableType
from rich.text import Text

from edgeopt.energy import BatteryLife, ClockRow, InferenceRate, PeakCheck, PeakState, Quantity
from edgeopt.report.battery import BatteryReport
from edgeopt.report.text import (
    duration,
    grid,
    number,
    pairs,
    percent,
    printable,
    quantities,
    section,
    spread_of,
    warnings_section,
)
from edgeopt.report.view import view


@view(BatteryReport, "edgeopt.battery/1")
def battery_text(report: BatteryReport) -> RenderableType:
    life = report.life
    facts = [("inference", report.inference), ("regulator", life.regulator)]
    return Group(
        section(f"{life.node} on {life.supply}, an inference every {duration(life.every_s)}", pairs(facts)),
        section("Life", quantities(_figures(life))),
        *([section("What eats the charge, estimated", _breakdown(life))] if life.breakdown else []),
        section(f"Peak current, estimated: {_verdict(life.peak)}", _peak(life)),
        *([section(f"For {report.rate.wanted_days:g} days", _rate(report.rate))] if report.rate else []),
        *([section(_CLOCKS, _clocks(report.clocks))] if report.clocks else []),
        section("Assumed", *(Text(printable(note)) for note in life.assumptions)),
        *warnings_section(life.warnings),
    )


_CLOCKS = "Clock settings, estimated: run slowly, or fast and sleep"
_VERDICTS = {
    "holds": "{} give it",
    "fails": "{} do not give it",
    "depends": "whether {} give it depends on their resistance",
    "unknown": "it is not known whether {} give it",
}


def _verdict(peak: PeakCheck) -> str:
    who = "spent cells" if peak.capacitor.capacitor_uf is None else "spent cells with the capacitor"
    return _VERDICTS[peak.verdict].format(who)


def _figures(life: BatteryLife) -> dict[str, Quantity]:
    return {
        "days": life.days,
        "latency, ms": life.latency_ms,
        "while running, mW": life.active_mw,
        "an inference, uJ": life.energy_uj,
        "average, uA": life.average_ua,
        "average, mW": life.average_mw,
        "usable charge, mAh": life.usable_mah,
    }


def _breakdown(life: BatteryLife) -> RenderableType:
    rows = [
        [share.name, number(share.average_ua.value), spread_of(share.average_ua), percent(share.fraction)]
        for share in life.breakdown
        if share.fraction
    ]
    rows.append(["all", number(life.drain_ua.value), spread_of(life.drain_ua), percent(1.0)])
    return grid(["", "uA", "spread", "share"], rows, right=["uA", "spread", "share"])


def _peak(life: BatteryLife) -> RenderableType:
    figures = quantities({"peak, mA": life.peak_ma, "needed, V": life.peak.needed_v, **_limits(life.peak)})
    columns = ["cells", "at rest, V", "ohm", "under the peak, V", "spread", "verdict"]
    states = grid(columns, map(_state, life.peak.states), right=columns[1:5])
    sources = [(f"ohm, {state.name}", state.resistance_ohm.source) for state in life.peak.states]
    return Group(figures, Text(), states, Text(), pairs([*sources, *_capacitor(life.peak)]))


def _limits(peak: PeakCheck) -> dict[str, Quantity]:
    return {"maker allows for long, mA": peak.continuous_ma, "maker allows as a pulse, mA": peak.pulse_ma}


def _state(state: PeakState) -> list[str]:
    ohm, under = state.resistance_ohm, state.under_load_v
    shown = [number(state.open_v), number(ohm.value), number(under.value), spread_of(under)]
    return [state.name, *shown, state.verdict]


def _capacitor(peak: PeakCheck) -> list[tuple[str, str]]:
    found = peak.capacitor
    if found.smallest_uf.value is None:
        return [("a capacitor", found.smallest_uf.source)]
    rows = [("a capacitor", f"{_with_spread(found.smallest_uf)} uF carry the burst beside spent cells")]
    if found.capacitor_uf is not None:
        rows.append((f"of {found.capacitor_uf:g} uF", f"falls by {_with_spread(found.droop_v)} V: {found.verdict}"))
    if found.recharge_ma.value is not None:
        rows.append(("refilled by", f"{_with_spread(found.recharge_ma)} mA between the bursts: {found.refills}"))
    return rows


def _with_spread(quantity: Quantity) -> str:
    shown = spread_of(quantity)
    return number(quantity.value) + (f" ({shown})" if shown else "")


def _rate(rate: InferenceRate) -> RenderableType:
    parts: list[RenderableType] = []
    if rate.every_s.value is not None:
        parts.append(quantities({"shortest period, s": rate.every_s, "most inferences an hour": rate.most_per_hour}))
    elif not rate.why:
        parts.append(Text(printable(f"unknown: {rate.every_s.source}")))
    return Group(*parts, *([Text(printable(rate.why))] if rate.why else []))


def _clocks(rows: tuple[ClockRow, ...]) -> RenderableType:
    columns = ["MHz", "waits", "latency, ms", "running, mW", "a period, uJ", "uA", "days", "", "from"]
    notes = dict.fromkeys(row.note for row in rows if row.note)
    return Group(grid(columns, map(_clock, rows), right=columns[:-2]), *(Text(printable(note)) for note in notes))


def _clock(row: ClockRow) -> list[str]:
    period = row.period_uj
    why = f"unknown: {period.source}" if period.value is None else row.source
    return [
        f"{row.hz / 1e6:g}",
        number(row.wait_states),
        number(row.latency_ms.value),
        number(row.active_mw.value),
        number(period.value),
        number(row.average_ua.value),
        number(row.days.value),
        "best" if row.best else "",
        why,
    ]
