"""The text of a measurement: golden, at the widths of a terminal; and what makes it an error."""

from collections.abc import Callable
from dataclasses import replace

import pytest
from rich.console import Console
from support.results import DEPLOYMENT

from edgeopt.device.stats import RunStats
from edgeopt.energy import Quantity, unknown
from edgeopt.report import dumps, view_of
from edgeopt.report.latency import figure, spread
from edgeopt.report.measuring import Failure, Measured, MeasuredBoard, RawTicks, Responses
from edgeopt.report.powering import in_fit_unit
from edgeopt.report.results import Latency, OutlierRun

SOURCE = "nucleo-l4r5zi on serial:/dev/ttyACM0"
TICKS = (*[259_870] * 70, *[259_871] * 28, 262_400, 311_844)


def latency(ticks: tuple[int, ...] = TICKS, partial: str = "") -> Latency:
    stats = RunStats.of([one / 120e3 for one in ticks], 1 / 120e3)
    interval = stats.median_interval
    assert interval is not None
    return Latency(
        stats.median,
        stats.n,
        stats.p90,
        stats.p99,
        stats.max,
        stats.variation,
        2.31,
        "measured",
        SOURCE,
        stats.min,
        stats.mean,
        interval.low,
        interval.high,
        interval.confidence,
        tuple(OutlierRun(one.run, one.value, one.over_median) for one in stats.outliers),
        partial,
    )


RESPONSES = Responses(
    "poisson:200/s", 7, 500, 500, 201.5, 200.9, 2.41, 5.2, 9.75, 14.01, 2.9, 0.74, 0.43, 0.435, 0.55, 0.61, 6,
    5.0, 58, 0.116, 0.0908, 0.147, (), (),
)  # fmt: skip
ONE = MeasuredBoard(
    name="serial:/dev/ttyACM0",
    project="fw",
    model="kws",
    build_id="ab" * 32,
    board="nucleo-l4r5zi",
    target="serial:/dev/ttyACM0",
    label="measured",
    deterministic=False,
    latency_ms=latency(),
    inferences_per_s=Quantity(460.2, "measured", f"64 back to back: {SOURCE}"),
    stack_high_water_bytes=812,
    restarts=1,
    ticks=RawTicks(120_000_000, 277_200, (), TICKS, (), 64, 16_000_000),
    responses=RESPONSES,
)
SIMULATED = replace(
    ONE,
    name="desk",
    target="virtual",
    label="simulated",
    deterministic=True,
    latency_ms=Latency(2.1, 1, None, None, 2.1, None, 2.1, "simulated", "nucleo-l4r5zi on the virtual board"),
    inferences_per_s=Quantity(470.2, "simulated", "2 back to back: nucleo-l4r5zi on the virtual board"),
    restarts=0,
    responses=None,
)
PARTIAL = replace(ONE, latency_ms=latency(TICKS[:9], "gone"), partial="after 9 of 100 timed runs: the port is gone")
FAILED = MeasuredBoard(
    "attic\x1b[2J", "fw", "kws", "ab" * 32, "nucleo-l4r5zi", "serial:/dev/ttyACM9",
    error=Failure("PortError", "cannot open `/dev/ttyACM9`: No such file or directory", "see: edgeopt ports"),
)  # fmt: skip


def text(value: Measured, width: int) -> str:
    console = Console(width=width, no_color=True, highlight=False, legacy_windows=False, _environ={})
    with console.capture() as captured:
        console.print(view_of(value).text(value))
    return "".join(f"{line.rstrip()}\n" for line in captured.get().splitlines())


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize(
    "boards",
    [(ONE,), (SIMULATED,), (PARTIAL,), (ONE, SIMULATED, PARTIAL, FAILED)],
    ids=["hardware", "simulated", "partial", "several"],
)
def test_golden_measured(boards: tuple[MeasuredBoard, ...], width: int, golden: Callable[[str], None]) -> None:
    shown = text(Measured(100, 10, boards), width)
    assert max(map(len, shown.splitlines())) <= width and "\x1b" not in shown
    golden(shown)


def test_a_whole_measurement_is_no_error() -> None:
    value = Measured(100, 10, (ONE, SIMULATED))
    assert view_of(value).verdict(value) is None
    assert '"runs": [\n          259870,' in dumps(value)


@pytest.mark.parametrize(
    ("boards", "words"),
    [
        ((PARTIAL,), "the measurement is partial after 9 of 100 timed runs"),
        ((ONE, FAILED), "1 of 2 boards failed; attic"),
        ((PARTIAL, FAILED, ONE), "2 of 3 boards failed; serial:/dev/ttyACM0: partial after 9"),
    ],
)
def test_what_is_missing_is_an_error(boards: tuple[MeasuredBoard, ...], words: str) -> None:
    value = Measured(100, 10, boards)
    error = view_of(value).verdict(value)
    assert error is not None and error.exit_code == 6 and error.message.startswith(words) and error.hint


def test_a_deployment_whose_link_died_is_an_error() -> None:
    whole = replace(DEPLOYMENT, broken_limits=())
    part = replace(whole, partial="after 9 of 100 timed runs: the port is gone")
    assert view_of(whole).verdict(whole) is None
    error = view_of(part).verdict(part)
    assert error is not None and error.exit_code == 6 and "after 9 of 100" in error.message


def test_one_run_on_hardware_is_not_called_deterministic() -> None:
    one = Latency(2.1, 1, None, None, 2.1, None, 2.3, "measured", SOURCE)
    shown = text(Measured(1, 0, (replace(ONE, latency_ms=one),)), 120)
    assert "2.1  of one run: n = 1, no spread" in shown and "deterministic" not in shown + spread(one)
    assert "deterministic" in spread(replace(one, kind="simulated"))


def test_times_keep_five_digits() -> None:
    assert [figure(value) for value in (99_999.4, 99_999.6, 2.165_64)] == ["99,999", "100,000", "2.1656"]


def test_a_small_power_is_told_in_microwatts() -> None:
    idle = Quantity(0.008, "measured", "a test", 0.007, 0.009)
    assert in_fit_unit(idle) == (Quantity(8.0, "measured", "a test", 7.0, 9.0), "uW")
    for power in (Quantity(0.1, "measured", "a test"), Quantity(-0.2, "measured", "a test", -0.3), unknown("no idle")):
        assert in_fit_unit(power) == (power, "mW")


def test_more_outliers_than_are_shown_are_counted() -> None:
    many = replace(ONE, latency_ms=replace(latency(), outliers=tuple(OutlierRun(i, 9.0, 3.1) for i in range(14))))
    assert "and 4 more: --json has all" in text(Measured(100, 10, (many,)), 120)
