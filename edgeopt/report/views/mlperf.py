"""How a benchmark of MLPerf Tiny is shown."""

from rich.console import Group, RenderableType

from edgeopt.errors import EdgeoptError, MeterError
from edgeopt.report.benchmarking import Benchmarked
from edgeopt.report.text import grid, number, pairs, section, warnings_section
from edgeopt.report.view import view


def _verdict(found: Benchmarked) -> EdgeoptError | None:
    if found.partial:
        return MeterError(f"the benchmark is partial: {found.partial}", "what was found is shown and kept")
    return None


@view(Benchmarked, "edgeopt.mlperf/1", _verdict)
def benchmarked_text(found: Benchmarked) -> RenderableType:
    facts = [("board", f"{found.board} on {found.target}, {found.label}; it calls itself {found.device_name}")]
    if found.meter is not None:
        facts.append(("meter", found.meter))
    if found.median_uj_per_inference is not None:
        facts.append(("energy", f"{_energy(found)} an inference, median of {len(found.windows)}"))
    if found.median_inferences_per_s is not None:
        facts.append(("throughput", f"{found.median_inferences_per_s:,.3f} inferences a second, median"))
    if found.files is not None and found.top1 is not None:
        area = "none: a class never occurs" if found.auc is None else f"{found.auc:.3f}"
        facts.append(("accuracy", f"top 1 {found.top1:.1f} %, AUC {area}; {found.files} files"))
        reached = "reached" if found.meets else "NOT reached"
        facts.append(("quality", f"{found.metric} of {found.quality:g}, of the closed division: {reached}"))
    if found.folder is not None:
        facts.append(("wrote", found.folder.as_posix()))
    parts = [section(f"MLPerf Tiny {found.benchmark}, {found.title}: {found.mode}", pairs(facts))]
    if found.windows:
        parts.append(section("Windows", _windows(found)))
    return Group(*parts, *warnings_section((*found.errors, *found.warnings)))


def _energy(found: Benchmarked) -> str:
    error = "" if found.uj_error is None else f" +/- {number(found.uj_error)}"
    return f"{number(found.median_uj_per_inference)}{error} uJ"


def _windows(found: Benchmarked) -> RenderableType:
    columns = ["", "inferences", "seconds", "a second"]
    if found.meter is not None:
        columns += ["uJ each", "mW"]
    rows = []
    for index, one in enumerate(found.windows, 1):
        row = [f"{index}", f"{one.inferences:,}", f"{one.seconds:.3f}", f"{one.inferences_per_s:,.3f}"]
        if found.meter is not None:
            row += [number(one.uj_per_inference), number(one.mean_mw)]
        rows.append(row)
    return grid(columns, rows, right=columns)
