"""What each window and each idle phase of a measurement took."""

from dataclasses import dataclass

from edgeopt.report.html.figures import Figure
from edgeopt.report.powering import EnergyWindow, MeasuredEnergy
from edgeopt.report.text import number

_UNKNOWN = "unknown"


@dataclass(frozen=True)
class Phase:
    name: str
    begin_s: float
    end_s: float
    inferences: str
    figures: tuple[Figure, ...]  # as COLUMNS
    troubles: str

    @property
    def begin(self) -> str:
        return f"{self.begin_s:.6g}"


COLUMNS = (
    "length, s",
    "charge, mC",
    "energy, mJ",
    "\N{MICRO SIGN}J an inference",
    "mean, mW",
    "most, mW",
)


def phases_of(energy: MeasuredEnergy) -> tuple[Phase, ...]:
    """In the order of the trace."""
    label = energy.uj_per_inference.kind
    if label == _UNKNOWN:
        label = energy.idle_mw.kind
    source = f"{energy.meter.title}, integrated sample by sample"
    both = sorted([*energy.windows, *energy.idle], key=lambda one: one.begin_s)
    return tuple(_phase(one, label, source) for one in both)


def _phase(one: EnergyWindow, label: str, source: str) -> Phase:
    seconds = one.end_s - one.begin_s
    values: tuple[tuple[float | None, str], ...] = (
        (seconds, ""),
        (one.charge_mc, "the meter tells no current, or an older edgeopt wrote this"),
        (one.mean_mw * seconds, ""),
        (one.uj_per_inference, "no inference"),
        (one.mean_mw, ""),
        (one.most_mw, "an older edgeopt wrote this"),
    )
    figures = (
        Figure(None, _UNKNOWN, why, "") if value is None or label == _UNKNOWN else Figure(value, label, source)
        for value, why in values
    )
    inferences = f"{one.inferences:,}" if one.inferences else ""
    return Phase(one.name, one.begin_s, one.end_s, inferences, tuple(figures), _troubles(one))


def _troubles(one: EnergyWindow) -> str:
    counts = (("lost", one.lost), ("saturated", one.saturated), ("doubtful", one.suspect))
    said = [f"{count:,} {what}" for what, count in counts if count]
    ends = f"ends \N{PLUS-MINUS SIGN}{number(1e3 * one.end_error_s)} ms, by {one.cut}"
    return "; ".join([ends, *said])
