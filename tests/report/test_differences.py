"""What two runs differ by: figures, intervals that hold the truth as often as they say, and what cannot be told."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.cli import assert_refused, edgeopt
from support.documents import changed, leaves
from support.power_results import INFO, MEASURED, SIMULATED, board, found, made, ticks, trace_of
from support.results import ANALYSIS, DEPLOYMENT

from edgeopt.convert.intervals import difference
from edgeopt.device.stats import median_difference, median_interval
from edgeopt.energy import Quantity
from edgeopt.errors import UsageError
from edgeopt.pipeline import compare
from edgeopt.report import dumps
from edgeopt.report.comparison import RunComparison
from edgeopt.report.differences import Difference, RunDifferences
from edgeopt.report.measuring import Measured
from edgeopt.report.powering import MeasuredEnergy
from edgeopt.report.results import Deployment, Latency

HERE = MEASURED.boards[0]


def energy_of(measured: Measured) -> MeasuredEnergy:
    energy = measured.boards[0].energy
    assert energy is not None
    return energy


def another(scale: float = 1.02, seed: int = 9, runs: tuple[int, ...] | None = None) -> Measured:
    """Measured on another day."""
    parts = made(seed=seed, scale=scale)
    return Measured(200, 5, (board(found(parts, trace_of(parts)), runs or ticks(12)),))


def with_energy(measured: Measured, energy: MeasuredEnergy) -> Measured:
    return replace(measured, boards=(replace(measured.boards[0], energy=energy),))


@pytest.fixture(autouse=True)
def in_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def compared(*results: Measured | Deployment) -> RunDifferences | RunComparison:
    paths = []
    for index, result in enumerate(results):
        paths.append(Path(f"{'abcd'[index]}.json"))
        paths[-1].write_text(dumps(result))
    outcome = compare(paths)
    assert isinstance(outcome, RunDifferences | RunComparison)
    return outcome


def named(outcome: RunDifferences | RunComparison, figure: str) -> Difference:
    (one,) = (one for one in outcome.differences if one.figure == figure)
    return one


def test_the_same_run_differs_in_nothing() -> None:
    outcome = compared(MEASURED, MEASURED)
    assert outcome.unlike == ()
    assert len(outcome.differences) == 7
    for one in outcome.differences:
        assert (one.absolute, one.percent) == (0, 0) and one.beyond_noise in (False, None)


def test_a_latency_that_is_lower_and_one_that_is_not() -> None:
    faster = compared(MEASURED, another(runs=ticks(12, median=39_900)))
    one = named(faster, "latency")
    assert one.absolute < 0 and one.percent is not None and one.percent == pytest.approx(-0.25, abs=0.1)
    assert one.beyond_noise is True and one.confidence is not None and one.confidence >= 0.95
    assert one.low is not None and one.high is not None and one.low < one.absolute < one.high < 0
    assert named(compared(MEASURED, another(runs=ticks(13))), "latency").beyond_noise is False


def test_few_runs_tell_nothing() -> None:
    one = named(compared(MEASURED, another(runs=ticks(12, runs=6, median=30_000))), "latency")
    assert one.beyond_noise is None and "200 and 6" in one.how and one.low is None


def test_the_interval_of_the_medians_holds_as_often_as_it_says(rng: np.random.Generator) -> None:
    """2,000 pairs of samples of skewed distributions with one median: a miss in 5 % at the most, but for chance."""
    misses = 0
    shift = 0.3
    for _ in range(2_000):
        n, m = rng.integers(7, 60, 2)
        interval = median_difference(rng.exponential(1, n), shift + rng.exponential(1, m))
        assert interval is not None and interval.confidence >= 0.95 - 1e-12
        misses += not interval.low <= shift <= interval.high
    print("misses", misses)
    assert misses <= 100 + 3 * math.sqrt(95)


def test_the_interval_of_a_median_by_hand() -> None:
    # of 6, 1 - 2/2^6 = 96.9 % lie within the ends; 97.5 % take a seventh
    assert median_interval([1, 2, 3, 4, 5, 6]).confidence == pytest.approx(1 - 2 / 64)
    assert median_interval([1, 2, 3, 4, 5, 6], math.sqrt(0.95)) is None
    assert median_difference([1, 2, 3, 4, 5, 6, 7], [11, 12, 13, 14, 15, 16, 17]).low == 11 - 7


def test_deterministic_figures_are_exact() -> None:
    slower = replace(SIMULATED, boards=(replace(SIMULATED.boards[0], latency_ms=replace_latency(4.0001)),))
    one = named(compared(SIMULATED, slower), "latency")
    assert one.beyond_noise is True and one.low == one.high == one.absolute
    assert "deterministic" in one.how
    assert named(compared(SIMULATED, SIMULATED), "latency").beyond_noise is False


def replace_latency(value: float) -> Latency:
    latency = SIMULATED.boards[0].latency_ms
    assert latency is not None
    return replace(latency, value=value, max=value)


def test_one_meter_cancels_its_gain_and_two_do_not() -> None:
    outcome = compared(MEASURED, another())
    one = named(outcome, "energy")
    assert one.beyond_noise is True and "its gain and supply cancel" in one.how
    second = another()
    energy = energy_of(second)
    other_meter = replace(energy, meter=replace(energy.meter, title="Nordic PPK2, serial number 1"))
    two = named(compared(MEASURED, with_energy(second, other_meter)), "energy")
    assert two.beyond_noise is False and "two meters" in two.how
    assert two.low is not None and two.high is not None
    both = energy_of(MEASURED).uj_per_inference, energy.uj_per_inference
    bound = sum((figure.at("high") - figure.at("low")) / 2 for figure in both)
    assert (two.low, two.high) == pytest.approx((two.absolute - bound, two.absolute + bound))
    assert (
        f"meter: {energy.meter.title} / Nordic PPK2, serial number 1"
        in compared(MEASURED, with_energy(second, other_meter)).unlike
    )
    other_range = replace(energy, meter=replace(energy.meter, full_scale_a=0.1))
    assert "two ranges" in named(compared(MEASURED, with_energy(second, other_range)), "energy").how
    old = replace(energy, meter=replace(energy.meter, gain_error=None))
    assert "nothing cancels" in named(compared(MEASURED, with_energy(second, old)), "energy").how
    assert "other ranges" in named(compared(MEASURED, another(scale=1.3)), "energy").how
    volts = named(compared(MEASURED, with_energy(second, replace(energy, supply_v=3.3))), "energy")
    assert "its gain cancels" in volts.how and "supply" not in volts.how.split("its gain")[1].split(";")[0]


def test_what_cancels_is_the_meters_share_and_no_more() -> None:
    """The bound of the difference is that of both, less the share of the values that the meter has alike in both."""
    second = another()
    one = named(compared(MEASURED, second), "energy")
    scale = (1 + INFO.gain_error) * (1 + INFO.supply_error) * (1 + INFO.clock_error) - 1
    own = 0.0
    for figure in (energy_of(MEASURED).uj_per_inference, energy_of(second).uj_per_inference):
        assert figure.value is not None
        own += (figure.at("high") - figure.at("low")) / 2 - scale * figure.value
    assert one.high is not None
    assert one.high - one.absolute == pytest.approx(own + scale * one.absolute)


def test_one_window_tells_no_spread_and_warnings_stay() -> None:
    energy = energy_of(another())
    single = with_energy(another(), replace(energy, windows=energy.windows[:1]))
    one = named(compared(MEASURED, single), "energy")
    assert one.beyond_noise is None and "one window" in one.how
    outcome = compared(MEASURED, another())
    assert isinstance(outcome, RunDifferences)
    assert outcome.runs[0].warnings == energy_of(MEASURED).warnings and outcome.runs[1].warnings == ()
    assert "what the warnings of the runs are about" in named(outcome, "energy").how


def test_labels_never_stand_in_one_column() -> None:
    outcome = compared(MEASURED, DEPLOYMENT)
    assert isinstance(outcome, RunDifferences)
    one = named(outcome, "latency")
    assert (one.first.kind, one.second.kind, one.beyond_noise) == ("measured", "simulated", None)
    assert any(line.startswith("on: serial / virtual") for line in outcome.unlike)
    shown = outcome._repr_html_()
    assert "simulated against measured" in shown and "estimated against measured" in shown
    for part in shown.split("against the first, ")[1:]:
        head = part.split("beyond")[0]
        assert head.count("simulated") + head.count("estimated") <= 2


def test_sizes_are_exact_and_accuracy_has_an_interval() -> None:
    assert DEPLOYMENT.accuracy is not None
    smaller = replace(
        DEPLOYMENT,
        flash_bytes={**DEPLOYMENT.flash_bytes, "total": 27_411},
        accuracy=replace(DEPLOYMENT.accuracy, device=0.9),
        goal="latency",
    )
    outcome = compared(DEPLOYMENT, smaller)
    assert isinstance(outcome, RunComparison) and len(outcome.runs) == 2
    flash = named(outcome, "flash")
    assert (flash.absolute, flash.beyond_noise, flash.first.kind) == (-1, True, "exact")
    accuracy = named(outcome, "accuracy, top-1")
    assert accuracy.beyond_noise is True and accuracy.low is not None and accuracy.high is not None
    assert accuracy.absolute == pytest.approx(-7.1)
    assert accuracy.low < accuracy.absolute < accuracy.high < 0
    assert "goal: balanced / latency" in outcome.unlike
    estimated = named(outcome, "energy")
    assert estimated.first.kind == "estimated" and estimated.beyond_noise is None
    near = replace(DEPLOYMENT, accuracy=replace(DEPLOYMENT.accuracy, device=0.968))
    assert named(compared(DEPLOYMENT, near), "accuracy, top-1").beyond_noise is False


def test_the_interval_of_two_shares_is_newcombes() -> None:
    # Newcombe 1998 (Statistics in Medicine 17, 873), table II, first example: 56/70 - 48/80, method 10
    low, high = difference(48, 80, 56, 70)
    assert (low, high) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert difference(0, 10, 0, 10) == pytest.approx((-0.2775, 0.2775), abs=5e-5)


def test_boards_of_one_measurement_are_compared() -> None:
    two = replace(MEASURED, boards=(HERE, replace(HERE, name="other", build_id="5678")))
    outcome = compared(two)
    assert isinstance(outcome, RunDifferences)
    assert [run.run for run in outcome.runs] == ["a.json: nucleo", "a.json: other"]
    assert outcome.unlike == ("build: 1234abcd / 5678",)


def test_what_is_unknown_is_left_out() -> None:
    bare = replace(MEASURED, boards=(replace(HERE, latency_ms=None, energy=None, inferences_per_s=None),))
    assert compared(MEASURED, bare).differences == ()
    zero = replace(DEPLOYMENT, cycles=Quantity(0.0, "simulated", "x"))
    assert named(compared(zero, DEPLOYMENT), "cycles").percent is None


def test_json_and_refusals(capsys: pytest.CaptureFixture[str]) -> None:
    Path("a.json").write_text(dumps(MEASURED))
    Path("b.json").write_text(dumps(another()))
    Path("analysis.json").write_text(dumps(ANALYSIS))
    Path("wrong.json").write_text("{}")
    outcome = edgeopt(capsys, "compare", "a.json", "b.json", "--json")
    assert outcome.exit_code == 0
    document = outcome.document
    assert document["schema"] == "edgeopt.differences/1"
    (energy,) = (one for one in document["differences"] if one["figure"] == "energy")
    assert energy["beyond_noise"] is True and energy["low"] < energy["absolute"] < energy["high"]
    assert json.dumps(document["runs"]).count("saturated") == 1 and "figures" not in document["runs"][0]
    text = edgeopt(capsys, "compare", "a.json", "b.json").stdout
    assert "saturated" in text and "yes (" in text
    assert_refused(edgeopt(capsys, "compare", "a.json"), "nothing to be compared with")
    assert_refused(edgeopt(capsys, "compare", "a.json", "analysis.json"), "nothing ran")
    assert_refused(edgeopt(capsys, "compare", "a.json", "wrong.json"), "not a document")


def test_a_changed_figure_gives_a_comparison_or_a_line(rng: np.random.Generator) -> None:
    """Any number of a saved run may be anything: no traceback."""
    Path("a.json").write_text(dumps(MEASURED))
    Path("d.json").write_text(dumps(DEPLOYMENT))
    refused = 0
    for _ in range(120):
        name, other = ("b.json", "a.json") if rng.random() < 0.6 else ("e.json", "d.json")
        document = json.loads(dumps(another() if name == "b.json" else DEPLOYMENT))
        places = list(leaves(document))
        place = places[int(rng.integers(len(places)))]
        if rng.random() < 0.5:  # the runs are many, and the rest is few
            place = next(one for one in (places[i] for i in rng.permutation(len(places))) if "runs" not in one)
        value = [-1, 0, 1e-300, 0.5, 7, 10**9, 1e17][int(rng.integers(7))]
        print(place, value)
        Path(name).write_text(json.dumps(changed(document, place, value)))
        try:
            outcome = compare([Path(other), Path(name)])
        except UsageError as error:
            assert error.hint
            refused += 1
        else:
            assert isinstance(outcome, RunDifferences | RunComparison)
            json.loads(dumps(outcome))
            outcome._repr_html_()
    assert refused < 100
