"""How comparisons are shown: a row a runtime, or a column a run; figures of different labels stand apart."""

from rich.console import Group, RenderableType

from edgeopt.convert import Score
from edgeopt.energy import Quantity
from edgeopt.report.comparison import Comparison, ComparisonRow, OnBoard, RunComparison, RunRow
from edgeopt.report.text import LABELS, grid, macs, number, pairs, quantities, section, size, warnings_section
from edgeopt.report.view import view
from edgeopt.report.views.differences import differences_sections


@view(Comparison, "edgeopt.comparison/1")
def comparison_text(comparison: Comparison) -> RenderableType:
    facts = [
        ("model", comparison.model),
        ("data", f"{comparison.data}, {comparison.samples:,} samples"),
        ("computer", comparison.computer),
    ]
    parts = [section("Compared", pairs(facts)), section("Outputs", _outputs(comparison.rows))]
    parts.append(section("Time and size", _costs(comparison.rows)))
    if comparison.on_board is not None:
        parts.append(_on_board(comparison.on_board))
    return Group(*parts, *warnings_section(comparison.warnings))


def _outputs(rows: tuple[ComparisonRow, ...]) -> RenderableType:
    metric = next((row.accuracy.metric for row in rows if row.accuracy is not None), "accuracy")
    columns = ["runtime", "model", "largest\ndifference", "SNR, dB", metric, "95 %\ninterval"]
    lines = (
        [row.runtime, row.model, *_agreement(row, first=index == 0), *_accuracy(row.accuracy)]
        for index, row in enumerate(rows)
    )
    return grid(columns, lines, right=columns[2:])


def _agreement(row: ComparisonRow, first: bool) -> tuple[str, str]:
    if first:
        return "", ""
    return f"{row.max_diff:.3g}", "equal" if row.snr_db is None else f"{row.snr_db:.1f}"


def _accuracy(score: Score | None) -> tuple[str, str]:
    return (
        ("", "")
        if score is None
        else (f"{100 * score.value:.2f} %", f"{100 * score.low:.2f} to {100 * score.high:.2f}")
    )


def _costs(rows: tuple[ComparisonRow, ...]) -> RenderableType:
    columns = ["runtime", "model", "ms, median\nmeasured", "ratio", "timed", "bytes", "of"]
    lines = (
        [
            row.runtime,
            row.model,
            f"{row.latency_ms.value:.4g}" if row.latency_ms.value is not None else "",
            f"{row.ratio:.2f}",
            f"{row.inferences:,}",
            f"{row.size_bytes:,}",
            row.size_of,
        ]
        for row in rows
    )
    return grid(columns, lines, right=columns[2:6])


def _on_board(found: OnBoard) -> RenderableType:
    used = [("flash", size(found.flash_bytes.get("total"))), ("RAM", size(found.ram_bytes.get("total")))]
    cost = {"latency, ms": found.latency_ms, "energy, uJ": found.energy_uj}
    return section(f"The C on {found.board}, estimated", pairs(used), quantities(cost))


@view(RunComparison, "edgeopt.runs/1")
def runs_text(comparison: RunComparison) -> RenderableType:
    runs = comparison.runs
    rows = [
        ["model", *(run.model for run in runs)],
        ["sha256", *(run.model_sha256[:12] for run in runs)],
        ["board", *(run.board for run in runs)],
        ["ran on", *(run.target for run in runs)],
        ["goal", *(run.goal for run in runs)],
        ["compiler", *(run.toolchain for run in runs)],
        ["bit-exact", *("yes" if run.outputs_equal else "NO" for run in runs)],
        *_accuracies(runs),
        ["MACs", *(macs(run.macs, run.binary_macs) for run in runs)],
        ["flash, B", *(number(run.flash_bytes.get("total")) for run in runs)],
        ["RAM, B", *(number(run.ram_bytes.get("total")) for run in runs)],
        *_labelled("cycles", [run.cycles for run in runs]),
        *_labelled("latency, ms", [run.latency_ms for run in runs]),
        *_labelled("power, mW", [run.power_mw for run in runs]),
        *_labelled("energy, uJ", [run.energy_uj for run in runs]),
    ]
    columns = ["", *(run.run for run in runs)]
    parts = [section("Runs side by side", grid(columns, rows))]
    return Group(*parts, *differences_sections(comparison.differences, comparison.unlike))


def _accuracies(runs: tuple[RunRow, ...]) -> list[list[str]]:
    """A row a metric, so that no two are taken for the same."""
    metrics = dict.fromkeys(run.accuracy.metric for run in runs if run.accuracy is not None)
    return [[f"{metric}, device", *(_device(run, metric) for run in runs)] for metric in metrics]


def _device(run: RunRow, metric: str) -> str:
    accuracy = run.accuracy
    if accuracy is None or accuracy.metric != metric or accuracy.device is None:
        return ""
    low, high = accuracy.intervals.get("device", (0.0, None))
    interval = "" if high is None else f" ({100 * low:.2f} to {100 * high:.2f})"
    return f"{100 * accuracy.device:.2f} %{interval} of {accuracy.samples:,}"


def _labelled(name: str, found: list[Quantity]) -> list[list[str]]:
    """A row a label: what was estimated never stands beside what was counted."""
    present = [label for label in LABELS if any(quantity.kind == label for quantity in found)]
    return [
        [f"{name}, {label}", *(number(quantity.value) if quantity.kind == label else "" for quantity in found)]
        for label in present
    ]
