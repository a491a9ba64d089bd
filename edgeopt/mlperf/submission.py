"""A result in the submission's form: `results.txt`, `log.txt`, `results.json`, and the system's description.

The tree is that of mlcommons/tiny_results_v1.3: `results/SYSTEM/BENCHMARK/MODE/` and `systems/SYSTEM.json`; the lines
of results.txt are those of its submissions, which the official runner (benchmark/runner/main.py) writes.
"""

import json
import re
import shutil
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from edgeopt.board import Board
from edgeopt.device.link import MEASURED
from edgeopt.errors import UsageError
from edgeopt.mlperf.results import LEAST_S, Accuracy, Energy, Performance, Result, Run
from edgeopt.power.tracefile import Trace, read_trace

TRACE = "trace.eotrace"
_RULE = "-" * 57
_MOST_RATE_HZ = 10_000  # of samples that results.json holds: others are in the trace alone
_NOT_VALID = "SIMULATED: not valid for submission."
_MODES = {Performance: "performance", Accuracy: "accuracy", Energy: "energy"}


def mode_of(result: Result) -> str:
    return _MODES[type(result)]


def results_text(result: Result, label: str, now: datetime) -> str:
    """The content of results.txt. A result that is not measured says so in its first line."""
    lines = [] if label == MEASURED else [_NOT_VALID]
    stamp = f"{now:%m%d.%H%M%S} ulp-mlperf: "
    if isinstance(result, Performance):
        lines += _performance(result, stamp)
    elif isinstance(result, Accuracy):
        lines.append(f"{stamp}Top 1% = {result.top1:2.1f}")
        lines.append(f"{stamp}AUC = {'nan' if result.auc is None else f'{result.auc:.3f}'}")
    else:
        lines += _energy(result)
    return "\n".join(lines) + "\n"


def results_json(result: Result, trace: Trace | None = None) -> str:
    """The content of results.json: one object a window, or an inference."""
    mode = mode_of(result)[0]
    if isinstance(result, Accuracy):
        return json.dumps([_row(run, mode) for run in result.runs])
    rows = [_row(run, mode) for run in result.windows]
    if isinstance(result, Performance):
        for row, per_s in zip(rows, result.inferences_per_s, strict=True):
            row["infer"]["throughput"] = per_s
    elif trace is not None:
        for number, (row, one) in enumerate(zip(rows, result.found.windows, strict=False)):
            row["power"] = _power(trace, one.window.begin_s, one.window.end_s, number, result.found.supply_v)
    return json.dumps(rows)


def system_json(board: Board, edgeopt: str, compiler: str) -> str:
    """The system's description, with what a board file knows; the rest is for the submitter to fill in."""
    fields = {
        "Submitter": "",
        "Division": "",
        "Status": "",
        "Board Name": board.title,
        "SoC Name": board.mcu,
        "SoC Memory capacity (not including processor or accelerator)": f"{board.ram.size_bytes // 1024} kB",
        "SoC Memory type": "RAM",
        "SoC storage capacity": f"{board.flash.size_bytes // 1024} kB",
        "SoC storage type": "Flash",
        "Processor(s) Name": board.core,
        "Processor(s) Frequencies": f"{board.clock_hz / 1e6:g} MHz",
        "Accelerator": "",
        "Hardware Notes": "",
        "Inference Framework": f"edgeopt {edgeopt}",
        "Operating System ": "bare metal",
        "Software Notes": "",
        "Quantization Method": "",
        "ML Model Compiler(s)": f"edgeopt {edgeopt}",
        "General Compiler(s)": compiler,
        "Other Software": "",
    }
    return json.dumps(fields, indent=2) + "\n"


def place_of(folder: Path, system: str, result: Result) -> Path:
    """Where the files of this result belong in a submission's tree."""
    return folder / "results" / safe_name(system) / result.benchmark.folder / mode_of(result)


def save(
    folder: Path, system: str, result: Result, label: str, now: datetime, log: Iterable[str], system_text: str
) -> Path:
    """Writes the files of one result; what stood there of the same benchmark and mode is replaced as a whole.

    The trace of an energy result, where there is one, lies in the folder already (see `trace_place`). UsageError where
    it cannot be written.
    """
    place = place_of(folder, system, result)
    fresh = place.with_name(place.name + ".new")
    trace_file = trace_place(folder)
    try:
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(parents=True)
        text = results_text(result, label, now)
        trace = read_trace(trace_file) if isinstance(result, Energy) and trace_file.is_file() else None
        (fresh / "results.txt").write_text(text, "utf-8")
        (fresh / "log.txt").write_text("\n".join([*log, text]), "utf-8")
        (fresh / "results.json").write_text(results_json(result, trace), "utf-8")
        if trace is not None:
            shutil.move(trace_file, fresh / TRACE)
        shutil.rmtree(place, ignore_errors=True)
        fresh.rename(place)
        systems = folder / "systems"
        systems.mkdir(exist_ok=True)
        described = systems / f"{safe_name(system)}.json"
        if not described.exists():  # the submitter may have filled it in
            described.write_text(system_text, "utf-8")
    except OSError as error:
        raise UsageError(f"`{place}` cannot be written: {error.strerror}", "is there room, and the right to?") from None
    return place


def trace_place(folder: Path) -> Path:
    """Where a trace is recorded before its result is known, so that it stays whatever happens."""
    return folder / TRACE


def safe_name(system: str) -> str:
    """The name as a folder: nothing but letters, digits, `.`, `-` and `_`."""
    return re.sub(r"[^A-Za-z0-9._-]+", "_", system).strip(".") or "system"


def _performance(result: Performance, stamp: str) -> list[str]:
    lines = []
    for number, (run, per_s) in enumerate(zip(result.windows, result.inferences_per_s, strict=True), 1):
        seconds = run.inferred.seconds or 0.0
        lines += [
            f"Performance results for window {number}",
            f"    # Inferences : {run.inferences}",
            f"    Runtime: {seconds:.6f} sec.",
            f"    Throughput: {per_s} inf./sec.",
        ]
        if seconds >= LEAST_S:
            lines.append("    Runtime requirements have been met.")
    if result.errors:
        return [*lines, *(f"{stamp}{error}" for error in result.errors)]
    told = f"Median throughput is {result.median_per_s:>10.3f} inf./sec."
    return [*lines, *(f"{stamp}{text}" for text in (_RULE, told, _RULE))]


def _energy(result: Energy) -> list[str]:
    lines = ["Power Edition Output"]
    for number, one in enumerate(result.found.windows):
        seconds, joules = one.window.seconds, one.integral.joules
        short = "" if seconds >= LEAST_S else "  <<<< below minimum duration"
        lines += [
            f"Energy data for trial {number}",
            f"  Elapsed time  : {seconds}{short}",
            f"  Inferences    : {one.window.inferences}",
            f"  Power         : {1e3 * joules / seconds:5.4f} mW.",
            f"  Total Energy  : {joules * 1e6:.3f} uJ",
            f"  Energy/Inf    : {one.uj_per_inference:.3f} uJ/inf",
        ]
    middle = median(one.uj_per_inference for one in result.found.windows)
    return [*lines, _RULE, f"Median energy cost is {middle:5.4f} uJ/inf.", _RULE, *result.errors]


def _row(run: Run, mode: str) -> dict[str, Any]:
    inferred = run.inferred
    infer: dict[str, Any] = {"results": list(inferred.results)}
    if inferred.begin_us is not None and inferred.end_us is not None:
        infer["start_time"], infer["end_time"] = inferred.begin_us, inferred.end_us
        infer["elapsed_time"] = inferred.end_us - inferred.begin_us
    infer |= {"total_inferences": 1, "iterations": run.inferences, "warmups": run.warmups}
    row: dict[str, Any] = {"infer": infer, "mode": mode}
    if run.recording is not None:
        row = {
            "file": run.recording.file,
            "classes": str(run.recording.classes),
            "class": str(run.recording.label),
            "bytes_to_send": _text(run.recording.window_bytes),
            "stride": _text(run.recording.stride_bytes),
            **row,
        }
    return row


def _power(trace: Trace, begin_s: float, end_s: float, number: int, supply_v: float | None) -> dict[str, Any]:
    """Joules a sample from shortly before to shortly after the window, with its two stamps by number of the sample."""
    if trace.info.rate_hz > _MOST_RATE_HZ or trace.irregular:
        return {"voltage": supply_v, "trace": TRACE, "stamps_s": [begin_s, end_s]}
    rate_hz, margin_s = trace.info.rate_hz, 0.1
    first_s = max(begin_s - margin_s, trace.begin_s)
    joules = _joules(trace, first_s, end_s + margin_s)
    stamps = [
        [str(2 * number + which), round((at_s - first_s) * rate_hz)] for which, at_s in enumerate((begin_s, end_s))
    ]
    return {"samples": joules, "timestamps": stamps, "voltage": supply_v, "extracted_power": None}


def _joules(trace: Trace, begin_s: float, end_s: float) -> Sequence[float]:
    parts = []
    for block in trace.blocks(begin_s, end_s):
        if block.watts is not None:
            watts = block.watts.astype(np.float64)
        else:
            assert block.amps is not None
            volts = trace.info.supply_v if block.volts is None else block.volts.astype(np.float64)
            watts = block.amps.astype(np.float64) * (np.nan if volts is None else volts)
        numbers = block.first + np.arange(block.samples)
        inside = (numbers >= begin_s * trace.info.rate_hz) & (numbers < end_s * trace.info.rate_hz)
        parts.append(watts[inside] / trace.info.rate_hz)
    return [float(one) for one in np.concatenate(parts)] if parts else []


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)
