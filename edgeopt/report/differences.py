"""What two runs differ by, figure by figure, and whether that is more than what measuring alone would give."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from edgeopt.convert.intervals import difference as proportions_difference
from edgeopt.device.stats import CONFIDENCE, median_difference
from edgeopt.energy import ESTIMATED, EXACT, MEASURED, SIMULATED, Quantity
from edgeopt.report.powering import MeterFacts
from edgeopt.report.view import Shown

_ROUNDING = 1e-12  # of a figure: less than that is no difference
_ALIKE = 0.1  # mean powers that differ by less flow through the same ranges of a meter


@dataclass(frozen=True)
class Sampled:
    """A figure of a run, and what is known of how it came about."""

    name: str
    unit: str
    quantity: Quantity
    runs: tuple[float, ...] = ()  # each, in the figure's unit
    deterministic: bool = False  # repeating the run gives the same figure
    counts: tuple[int, int] | None = None  # successes and samples, of a share
    meter: MeterFacts | None = None
    mean_mw: float | None = None  # while the meter took the figure
    supply_v: float | None = None
    windows: int = 0
    doubtful: bool = False  # there are warnings of it
    is_energy: bool = False  # the clock's error is in it


@dataclass(frozen=True)
class RunFacts:
    """One side of a comparison. `facts` are what should be alike, by name."""

    run: str
    kind: str  # deployment | measurement
    label: str  # of its latency
    facts: Mapping[str, str]
    warnings: tuple[str, ...]
    figures: tuple[Sampled, ...] = field(repr=False, default=())


@dataclass(frozen=True)
class Difference:
    """Second minus first. `low` to `high` holds the true difference; `confidence` None: it is a bound, not a chance.

    `beyond_noise`: None where it cannot be told; `how` says why, or by what.
    """

    run: str  # the second; the first is the first of all runs
    figure: str
    unit: str
    first: Quantity
    second: Quantity
    absolute: float
    percent: float | None  # of the first; None: that is 0
    low: float | None
    high: float | None
    confidence: float | None
    beyond_noise: bool | None
    how: str


@dataclass(frozen=True)
class RunDifferences(Shown):
    """`edgeopt compare` of measurements, with deployments among them or not: each against the first."""

    runs: tuple[RunFacts, ...]
    differences: tuple[Difference, ...]
    unlike: tuple[str, ...]  # what is not alike, in words


@dataclass(frozen=True)
class _Judged:
    low: float | None
    high: float | None
    confidence: float | None
    beyond_noise: bool | None
    how: str


def differences_of(runs: Sequence[RunFacts]) -> tuple[Difference, ...]:
    """Of every run after the first against it, the figures that both have."""
    first = {figure.name: figure for figure in runs[0].figures}
    found = ((run, first[figure.name], figure) for run in runs[1:] for figure in run.figures if figure.name in first)
    return tuple(made for run, one, other in found if (made := _difference(run.run, one, other)) is not None)


def unlike_of(runs: Sequence[RunFacts]) -> tuple[str, ...]:
    """What the runs differ in besides their figures, where both tell it: the difference may be of that."""

    def lines() -> Iterator[str]:
        for name, value in runs[0].facts.items():
            others = dict.fromkeys(run.facts[name] for run in runs[1:] if name in run.facts)
            if any(other != value for other in others):
                yield f"{name}: {value} / {' / '.join(others)}"

    return tuple(lines())


def _difference(run: str, first: Sampled, second: Sampled) -> Difference | None:
    one, other = first.quantity.value, second.quantity.value
    if one is None or other is None:
        return None
    absolute = other - one
    judged = _judged(first, second, absolute)
    return Difference(
        run=run,
        figure=first.name,
        unit=first.unit,
        first=first.quantity,
        second=second.quantity,
        absolute=absolute,
        percent=100 * absolute / abs(one) if one else None,
        low=judged.low,
        high=judged.high,
        confidence=judged.confidence,
        beyond_noise=judged.beyond_noise,
        how=judged.how,
    )


def _judged(first: Sampled, second: Sampled, absolute: float) -> _Judged:
    kinds = {first.quantity.kind, second.quantity.kind}
    if len(kinds) > 1:
        return _unknown(f"one is {first.quantity.kind}, the other {second.quantity.kind}: not of one kind")
    if first.meter is not None and second.meter is not None:
        return _by_meters(first, first.meter, second, second.meter, absolute)
    if first.counts is not None and second.counts is not None:
        return _by_counts(first.counts, second.counts)
    (kind,) = kinds
    rules: dict[str, Callable[[Sampled, Sampled, float], _Judged]] = {EXACT: _exact, SIMULATED: _simulated}
    if kind in rules:
        return rules[kind](first, second, absolute)
    if kind == MEASURED:
        return _by_runs(first, second)
    if kind == ESTIMATED:
        return _unknown("estimates repeat exactly; how far they are from the truth is no noise")
    return _unknown("nothing is known of how it varies")


def _unknown(why: str) -> _Judged:
    return _Judged(None, None, None, None, why)


def _real(absolute: float, scale: float, how: str) -> _Judged:
    is_real = abs(absolute) > _ROUNDING * abs(scale)
    return _Judged(absolute, absolute, None, is_real, how if is_real else "they are equal")


def _exact(first: Sampled, second: Sampled, absolute: float) -> _Judged:
    return _real(absolute, first.quantity.value or 0.0, "counted in the files: any difference is real")


def _simulated(first: Sampled, second: Sampled, absolute: float) -> _Judged:
    if first.deterministic and second.deterministic:
        how = "simulated and deterministic: any difference is real"
        return _real(absolute, first.quantity.value or 0.0, how)
    return _by_runs(first, second)


def _by_runs(first: Sampled, second: Sampled) -> _Judged:
    found = median_difference(first.runs, second.runs)
    if found is None:
        counts = " and ".join(str(len(one.runs)) for one in (first, second))
        return _unknown(f"single runs are needed, 7 of each at least: there are {counts}")
    how = (
        f"the medians' intervals by order statistics, {100 * CONFIDENCE:g} % or more, whatever the distribution; "
        "what changes from session to session is not in it"
    )
    return _Judged(found.low, found.high, found.confidence, _is_beyond(found.low, found.high), how)


def _by_counts(first: tuple[int, int], second: tuple[int, int]) -> _Judged:
    if first[1] < 1 or second[1] < 1:
        return _unknown("there are no samples")
    low, high = proportions_difference(*first, *second)
    how = "95 % interval by Newcombe's method 10 (1998) for independent samples; on the same samples it is narrower"
    return _Judged(100 * low, 100 * high, CONFIDENCE, _is_beyond(low, high), how)


def _by_meters(first: Sampled, one: MeterFacts, second: Sampled, other: MeterFacts, absolute: float) -> _Judged:
    """The bound of the difference: that of both figures, less what one meter does alike to both."""
    bounds = [_half(first.quantity), _half(second.quantity)]
    if bounds[0] is None or bounds[1] is None:
        return _unknown("a figure has no bound")
    if not all(figure.windows > 1 or figure.deterministic for figure in (first, second)):
        return _unknown("one window tells no spread: measure five")
    scale, how = _in_common(first, one, second, other)
    if first.doubtful or second.doubtful:
        how = f"{how}; what the warnings of the runs are about is not in it"
    own = [
        max(0.0, bound - scale * abs(figure.quantity.value or 0.0))
        for bound, figure in zip(bounds, (first, second), strict=True)
        if bound is not None
    ]
    bound = sum(own) + scale * abs(absolute)
    low, high = absolute - bound, absolute + bound
    return _Judged(low, high, None, _is_beyond(low, high), how)


def _half(quantity: Quantity) -> float | None:
    """The bound of a figure, which lies in the middle of its ends."""
    if quantity.low is None or quantity.high is None:
        return None
    return (quantity.high - quantity.low) / 2


def _in_common(first: Sampled, one: MeterFacts, second: Sampled, other: MeterFacts) -> tuple[float, str]:
    """The relative error that is the same in both figures, and in words what it is."""
    both = "the windows' spread and the meters' bounds"
    if (one.kind, one.title) != (other.kind, other.title):
        return 0.0, f"{both}, added: two meters, so that their gains do not cancel"
    if one.gain_error is None or one.gain_error != other.gain_error:
        return 0.0, f"{both}, added: nothing cancels"
    if one.full_scale_a != other.full_scale_a:
        return 0.0, f"{both}, added: one meter by its title in two ranges, so that its gain does not cancel"
    if not _are_alike(first.mean_mw, second.mean_mw):
        words = f"the powers differ by more than {100 * _ALIKE:g} %, and may lie in other ranges: its gain stays"
        return 0.0, f"{both}, added: one meter by its title, but {words}"
    scale = one.gain_error
    same_supply = (
        first.supply_v is not None
        and second.supply_v is not None
        and abs(first.supply_v - second.supply_v) <= 1e-3 * abs(first.supply_v)
        and one.supply_error == other.supply_error
    )
    if same_supply and one.supply_error is not None:
        scale = (1 + scale) * (1 + one.supply_error) - 1
    if first.is_energy and one.clock_error is not None and one.clock_error == other.clock_error:
        scale = (1 + scale) * (1 + one.clock_error) - 1
    what = "gain and supply cancel" if same_supply else "gain cancels"
    return (
        scale,
        f"the windows' spread and the meter's bound: one meter by its title, at like powers, so that its {what}",
    )


def _are_alike(one: float | None, other: float | None) -> bool:
    return one is not None and other is not None and abs(one - other) <= _ALIKE * max(abs(one), abs(other))


def _is_beyond(low: float, high: float) -> bool:
    return not low <= 0 <= high
