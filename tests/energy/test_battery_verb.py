"""`edgeopt battery` from plain figures: what it shows, and what bad input gets."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from rich.console import Console
from support.cli import assert_refused, edgeopt

import edgeopt as package
from edgeopt.board import load_board
from edgeopt.energy.use import NUMBERS
from edgeopt.errors import OverBudget, UsageError
from edgeopt.pipeline import battery
from edgeopt.report import dumps, view_of

pytestmark = pytest.mark.usefixtures("folder")

PLAIN = ("battery", "--latency-ms", "50", "--active-ma", "10", "--sleep-ua", "5", "--cell", "CR2032")


def test_plain_figures_need_no_board(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = edgeopt(capsys, *PLAIN, "--every", "10s", "--json")
    assert (outcome.exit_code, outcome.stderr) == (0, "")
    document = outcome.document
    assert document["schema"] == "edgeopt.battery/1"
    life = document["life"]
    assert life["average_ua"]["value"] == pytest.approx(50.0 + 5.0 * 0.995)
    assert set(life["days"]) == {"value", "kind", "source", "low", "high"}
    assert life["days"]["low"] < life["days"]["value"] < life["days"]["high"]
    assert sum(share["fraction"] for share in life["breakdown"]) == pytest.approx(1.0)
    assert life["every_s"] == 10.0 and document["rate"] is None and document["clocks"] == []


@pytest.mark.parametrize(
    ("figure", "current_ua"),
    # 28 mW at 2.8 V, the mean voltage of a CR2032, are 10 mA; so are 1400 uJ in 50 ms
    [(["--active-mw", "28"], 50.0), (["--energy-uj", "1400"], 50.0), (["--active-ma", "20"], 100.0)],
)
def test_current_power_or_energy(figure: list[str], current_ua: float, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["--latency-ms", "50", "--sleep-ua", "0", "--cell", "CR2032", "--every", "10s", "--json"]
    document = edgeopt(capsys, "battery", *arguments, *figure).document
    assert document["life"]["average_ua"]["value"] == pytest.approx(current_ua)


def test_the_board_gives_what_is_not_given(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = edgeopt(
        capsys, "battery", "-b", "nucleo-l4r5zi", "--latency-ms", "50", "--cell", "2xAA", "--every", "1min"
    )
    assert outcome.exit_code == 0
    active = load_board("nucleo-l4r5zi").power.active_ma
    assert "nucleo-l4r5zi on 2xAA, an inference every 1 min" in outcome.stdout
    assert f"({active.kind})" in outcome.stdout
    for heading in ("Life", "What eats the charge", "Peak current", "Clock settings", "Assumed"):
        assert f"\n{heading}" in outcome.stdout


EXTREMES = (0.0, 1e-300, 1e-9, 0.5, 1.0, 3.0, 1e3, 1e6, 1e9, 1e300, -1.0, float("nan"), float("inf"))
FEEDS = ("none", "ldo", "buck", "boost", "buck-boost")
KEYS = ("latency_ms", "active_ma", "active_mw", "energy_uj", "for_days", *NUMBERS)


def test_no_figures_whatever_end_in_a_traceback_or_in_nonsense(rng: np.random.Generator) -> None:
    answered = 0
    boards = [None, *map(load_board, ("nucleo-l4r5zi", "nucleo-f446re", "nrf52840-dk", "nucleo-h743zi"))]
    for _ in range(600):
        values: dict[str, Any] = {
            "latency_ms": 10.0,
            "every_s": 10.0,
            "cell": str(rng.choice(["CR2032", "2xAA", "18650"])),
        }
        for key in rng.choice(KEYS, int(rng.integers(0, 5)), replace=False):
            least, most = NUMBERS.get(str(key), (1e-3, 1e6))
            inside = float(np.exp(rng.uniform(np.log(max(least, 1e-6)), np.log(most))))
            values[str(key)] = EXTREMES[int(rng.integers(len(EXTREMES)))] if rng.random() < 0.3 else inside
        if rng.random() < 0.5:
            values |= {"regulator": str(rng.choice(FEEDS)), "out_v": 3.3, "efficiency": 0.9, "quiescent_ua": 1.0}
        try:
            report = battery(None, boards[int(rng.integers(len(boards)))], **values)
        except (UsageError, OverBudget) as error:
            assert "\n" not in error.message and error.hint
            continue
        answered += 1
        assert json.loads(dumps(report))["schema"] == "edgeopt.battery/1"
        days = report.life.days.value
        assert days is None or 0 < days < float("inf")
    assert answered > 60


def test_the_rate_for_a_wanted_life(capsys: pytest.CaptureFixture[str]) -> None:
    document = edgeopt(capsys, *PLAIN, "--for", "365d", "--json").document
    assert document["life"]["days"]["value"] == pytest.approx(365.0)
    assert document["life"]["every_s"] == document["rate"]["every_s"]["value"]
    beside = edgeopt(capsys, *PLAIN, "--for", "365d", "--every", "10s", "--json").document
    assert beside["rate"] == document["rate"] and beside["life"]["every_s"] == 10.0
    assert "For 365 days" in edgeopt(capsys, *PLAIN, "--for", "365d").stdout


def test_a_board_without_currents_tells_what_to_add(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ("battery", "-b", "nucleo-f446re", "--latency-ms", "50", "--cell", "CR2032", "--every", "10s")
    outcome = edgeopt(capsys, *arguments, "--json")
    life = outcome.document["life"]
    assert (outcome.exit_code, life["latency_ms"]["value"], life["days"]["value"]) == (0, 50.0, None)
    assert "--active-ma" in life["days"]["source"]
    text = " ".join(edgeopt(capsys, *arguments).stdout.split())
    assert "unknown: the active current of nucleo-f446re is unknown" in text
    given = edgeopt(capsys, *arguments, "--active-ma", "30", "--sleep-ua", "3", "--json").document
    assert given["life"]["days"]["kind"] == "estimated"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--every", "10"], ["`10` has no unit", "10s or 10min"]),
        (["--every", "10parsec"], ["no unit of time is called `parsec`"]),
        (["--every", "-10s"], ["`-10s` is no time"]),
        (["--every", "10ms"], ["a period of 0.01 s is shorter than the inference of 50 ms"]),
        (["--every", "1us"], ["--every is 1e-06, which cannot be"]),
        ([], ["--every is missing"]),
        (["--every", "10s", "-b", "nucleo-l4r5z"], ["no board is called `nucleo-l4r5z`", "`nucleo-l4r5zi`"]),
        (["--every", "10s", "--cell", "CR2023"], ["no cell is called `CR2023`", "`CR2032`"]),
        (["--every", "10s", "--cell", "none.toml"], ["none.toml: cannot be read"]),
        (["--every", "10s", "--sleep-ua", "1e9"], ["--sleep-ua is 1000000000.0, which cannot be", "0 to 1e+06"]),
        (["--every", "10s", "--sleep-ua", "nan"], ["--sleep-ua is nan"]),
        (["--every", "10s", "--active-ma", "-3"], ["--active-ma is -3.0"]),
        (["--every", "10s", "--latency-ms", "0"], ["--latency-ms is 0.0"]),
        (["--every", "10s", "--latency-ms", "inf"], ["--latency-ms is inf"]),
        (["--every", "10s", "--capacity-mah", "0"], ["--capacity-mah is 0.0"]),
        (["--every", "10s", "--active-mw", "3"], ["--active-ma and --active-mw say the same"]),
        (["--every", "10s", "--peak-ma", "3"], ["--peak-ma goes with --peak-ms"]),
        (["--every", "10s", "--regulator", "bost"], ["--regulator is `bost`", "`boost`"]),
        (["--every", "10s", "--regulator", "buck", "--out-v", "1.8"], ["--efficiency is missing"]),
        (
            ["--every", "10s", "--regulator", "boost", "--out-v", "1.8", "--efficiency", "0.9", "--quiescent-ua", "1"],
            ["CR2032 gives up to 3 V, above the 1.8 V that a boost makes"],
        ),
        (["--every", "10s", "-b", "nucleo-l4r5zi", "--cell", "18650"], ["gives 4.2 V, above the 3.6 V"]),
        (["--every", "10s", "-b", "nucleo-l4r5zi", "--cell", "AA"], ["falls to 0.9 V, below the 1.71 V"]),
        (["--every", "10s", "--active-ma", "lots"], ["'lots' is not a valid float"]),
        (["--for", "0s"], ["--for is 0.0"]),
    ],
)  # fmt: skip
def test_bad_input_is_one_line(arguments: list[str], words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert_refused(edgeopt(capsys, *PLAIN, *arguments), *words)


def test_a_life_that_cannot_be_had_is_over_budget(capsys: pytest.CaptureFixture[str]) -> None:
    assert_refused(edgeopt(capsys, *PLAIN, "--for", "36500d"), "even without an inference", exit_code=4)
    outcome = edgeopt(capsys, *PLAIN, "--for", "36500d", "--every", "10s")
    assert outcome.exit_code == 0 and "even without an inference" in outcome.stdout


def test_it_is_a_function_of_the_package() -> None:
    given = {"latency_ms": 50.0, "active_ma": 10.0, "sleep_ua": 5.0, "cell": "CR2032"}
    assert package.battery(**given, every_s=10.0) == battery(**given, every_s=10.0)
    with pytest.raises(OverBudget):
        battery(**given, for_days=1e5)


GIVEN = {
    "latency_ms": 50.0,
    "active_ma": 10.0,
    "sleep_ua": 5.0,
    "wake_ms": 1.0,
    "sensor_uj": 20.0,
    "radio_uj": 300.0,
    "peak_ma": 15.0,
    "peak_ms": 3.0,
    "min_v": 1.8,
}


@pytest.mark.parametrize("width", [80, 120])
def test_golden(width: int, golden: Callable[[str], None]) -> None:
    report = battery(cell="CR2032", every_s=10.0, for_days=365.0, capacitor_uf=470.0, **GIVEN)
    console = Console(width=width, no_color=True, highlight=False, legacy_windows=False, _environ={})
    with console.capture() as captured:
        console.print(view_of(report).text(report))
    shown = "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())
    assert max(map(len, shown.splitlines())) <= width
    golden(shown)


def test_the_document_has_every_figure_labelled() -> None:
    report = battery(cell="CR2032", every_s=10.0, for_days=365.0, **GIVEN)

    def check(item: Any, where: str) -> int:
        if isinstance(item, dict) and "kind" in item:
            assert item["kind"] in ("unknown", "estimated", "simulated", "measured"), where
            assert item["source"], where
            return 1
        parts = item.items() if isinstance(item, dict) else enumerate(item) if isinstance(item, list) else ()
        return sum(check(part, f"{where}.{key}") for key, part in parts)

    assert check(json.loads(dumps(report)), "") > 25
