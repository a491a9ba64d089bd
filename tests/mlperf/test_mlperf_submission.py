"""The submission's files: their text, their place, and that the official runner's own readers take them."""

import json
import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from edgeopt.board import load_board
from edgeopt.errors import MeterError, UsageError
from edgeopt.mlperf import submission
from edgeopt.mlperf.benchmarks import BENCHMARKS
from edgeopt.mlperf.client import Identity, Inferred
from edgeopt.mlperf.dataset import Recording
from edgeopt.mlperf.results import Accuracy, Energy, Performance, Run, accuracy_of
from edgeopt.power.foreign_trace import ForeignOptions, read_foreign
from edgeopt.power.method import energy_of
from edgeopt.power.trace import Block, TraceInfo
from edgeopt.power.tracefile import Trace, TraceWriter, memory_trace, read_trace
from edgeopt.power.window import Window
from edgeopt.report.benchmarking import benchmarked
from edgeopt.report.view import view_of

NOW = datetime(2026, 7, 26, 1, 2, 45)
KWS = BENCHMARKS["kws01"]
IDENTITY = Identity("acme", "ULPMark for tinyML Firmware V0.0.1", "kws01")
INFO = TraceInfo("lpm01a", "LPM01A", "measured", 1000.0, 1.8, "set", 0.03, 1e-7, 0.01, 5e-5, "UM2269", 1)
SYSTEM = submission.system_json(load_board("nucleo-l4r5zi"), "0.1", "GCC")


def run(number: int, seconds: float | None, inferences: int = 250) -> Run:
    results = tuple(float(index == number) for index in range(12))
    begin_us, end_us = (None, None) if seconds is None else (1_000_000, 1_000_000 + round(seconds * 1e6))
    recording = Recording(Path("data"), f"tst_{number}.bin", 12, number)
    return Run(recording, 0, inferences, 1, Inferred(results, begin_us, end_us, 0.0, 11.0))


def performance(*seconds: float) -> Performance:
    return Performance(IDENTITY, KWS, tuple(run(number, one) for number, one in enumerate(seconds)))


def recorded(windows: int = 5, each_s: float = 10.5) -> tuple[Trace, Energy]:
    """18 mW in the windows, 1.8 mW elsewhere."""
    spans = [(1.0 + 12 * number, 1.0 + 12 * number + each_s) for number in range(windows)]
    watts = np.full(round((windows * 12 + 1) * 1000), 1.8e-3, np.float32)
    for begin_s, end_s in spans:
        watts[round(begin_s * 1000) : round(end_s * 1000)] = 18e-3
    trace = memory_trace(INFO, [Block(0, None, watts)])
    cut = [Window(f"window {n}", *span, 250, "edges", 1e-3) for n, span in enumerate(spans, 1)]
    runs = tuple(run(number, None) for number in range(windows))
    return trace, Energy(IDENTITY, KWS, runs, energy_of(trace, cut))


def test_performance_is_told_as_submissions_tell_it() -> None:
    text = submission.results_text(performance(10.862042, 10.854678, 10.847215, 10.862036, 10.836234), "measured", NOW)
    lines = text.splitlines()
    assert lines[:5] == [
        "Performance results for window 1",
        "    # Inferences : 250",
        "    Runtime: 10.862042 sec.",
        "    Throughput: 23.01593015383295 inf./sec.",
        "    Runtime requirements have been met.",
    ]
    assert lines[-3:] == [
        "0726.010245 ulp-mlperf: ---------------------------------------------------------",
        "0726.010245 ulp-mlperf: Median throughput is     23.032 inf./sec.",
        "0726.010245 ulp-mlperf: ---------------------------------------------------------",
    ]


def test_performance_that_is_not_valid_has_no_median() -> None:
    short = submission.results_text(performance(10.1, 10.1, 9.9, 10.1, 10.1), "measured", NOW)
    assert "Median" not in short and "ERROR 2 - loop exited before 10 seconds elapsed." in short
    assert short.count("requirements have been met") == 4
    few = submission.results_text(performance(11.0, 11.0), "measured", NOW)
    assert "ERROR 1 - loop_count was not exactly 5." in few and "Median" not in few


def test_a_simulated_result_says_so_first() -> None:
    text = submission.results_text(performance(*5 * [11.0]), "simulated", NOW)
    assert text.startswith("SIMULATED: not valid for submission.\n")


def test_accuracy() -> None:
    found = accuracy_of(IDENTITY, KWS, tuple(run(number % 12, 1.0, 1) for number in range(12)))
    assert isinstance(found, Accuracy) and found.meets
    text = submission.results_text(found, "measured", NOW)
    assert text == "0726.010245 ulp-mlperf: Top 1% = 100.0\n0726.010245 ulp-mlperf: AUC = 1.000\n"


def test_energy_is_told_as_submissions_tell_it() -> None:
    _, found = recorded()
    lines = submission.results_text(found, "measured", NOW).splitlines()
    assert lines[:2] == ["Power Edition Output", "Energy data for trial 0"]
    told = {key.strip(): value.strip() for key, value in (line.split(":", 1) for line in lines[2:7])}
    assert told["Elapsed time"] == "10.5" and told["Inferences"] == "250" and told["Power"] == "18.0000 mW."
    assert float(told["Total Energy"].removesuffix(" uJ")) == pytest.approx(189_000, rel=1e-6)
    assert told["Energy/Inf"] == "756.000 uJ/inf"
    assert lines[-2] == "Median energy cost is 756.0000 uJ/inf." and lines[-1] == lines[-3] == "-" * 57
    # As the submission checker looks for it.
    assert re.match(r".*Median energy cost is ([\d\.]+) uJ/inf\..*", lines[-2])


def test_windows_that_are_too_short_or_too_few_are_marked() -> None:
    _, found = recorded(2, 9.0)
    text = submission.results_text(found, "measured", NOW)
    assert text.count("  <<<< below minimum duration") == 2
    assert "All inference times must be at least 10 seconds." in text and "exactly 5 measurements" in text


def test_the_samples_add_up_as_the_runner_adds_them(tmp_path: Path) -> None:
    trace, found = recorded()
    file = tmp_path / "results.json"
    file.write_text(submission.results_json(found, trace))
    for row, one in zip(json.loads(file.read_text()), found.found.windows, strict=True):
        power = row["power"]
        (_, first), (_, last) = power["timestamps"][-2:]
        assert sum(power["samples"][first:last]) == pytest.approx(one.integral.joules, rel=1e-6)
        assert (last - first) / 1000 == pytest.approx(one.window.seconds)
        assert int(power["timestamps"][1][0]) - int(power["timestamps"][0][0]) == 1
        assert row["infer"]["iterations"] == 250 and row["class"] == str(row["infer"]["results"].index(1.0))
    again = read_foreign(file, ForeignOptions())  # edgeopt's own reader of the official runner's files
    for foreign in again:
        own = energy_of(memory_trace(foreign.info, foreign.blocks), foreign.windows)
        assert own.uj_per_inference == pytest.approx(756.0, rel=1e-4)


def test_files_lie_where_submissions_have_them(tmp_path: Path) -> None:
    trace, found = recorded()
    writer = TraceWriter(submission.trace_place(tmp_path), INFO)
    for block in trace.blocks():
        writer.append(block)
    writer.end()
    place = submission.save(tmp_path, "My board/1", found, "measured", NOW, ["0726.010200 a line"], SYSTEM)
    assert place == tmp_path / "results" / "My_board_1" / "kws" / "energy"
    assert sorted(one.name for one in place.iterdir()) == ["log.txt", "results.json", "results.txt", "trace.eotrace"]
    assert (place / "log.txt").read_text().startswith("0726.010200 a line\nPower Edition Output\n")
    assert read_trace(place / submission.TRACE).samples == trace.samples
    system = tmp_path / "systems" / "My_board_1.json"
    facts = json.loads(system.read_text())
    assert facts["SoC Name"] == load_board("nucleo-l4r5zi").mcu and facts["Processor(s) Frequencies"] == "120 MHz"

    system.write_text("filled in")
    again = submission.save(tmp_path, "My board/1", performance(*5 * [11.0]), "measured", NOW, [], SYSTEM)
    assert again.name == "performance" and system.read_text() == "filled in"
    submission.save(tmp_path, "My board/1", found, "measured", NOW, [], SYSTEM)
    assert not (place / submission.TRACE).exists(), "a result replaces all of the one before"
    assert not list(tmp_path.rglob("*.new"))


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("a file")
    with pytest.raises(UsageError, match="cannot be written"):
        submission.save(tmp_path, "b", performance(11.0), "measured", NOW, [], SYSTEM)


def test_a_partial_result_is_shown_and_ends_with_the_meters_exit_code() -> None:
    _, found = recorded(2)
    partial = replace(found, found=replace(found.found, partial="after 2 of 5 windows: the board is gone"))
    shown = benchmarked("b", "interface:/dev/x", "measured", partial, (), None)
    assert shown.median_uj_per_inference == pytest.approx(756.0) and len(shown.windows) == 2
    verdict = view_of(shown).verdict(shown)
    assert isinstance(verdict, MeterError) and verdict.exit_code == 6 and "after 2 of 5" in verdict.message
    whole = benchmarked("b", "interface:/dev/x", "measured", found, (), None)
    assert view_of(whole).verdict(whole) is None
