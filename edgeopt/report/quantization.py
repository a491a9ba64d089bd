"""What quantization found out, as tables: calibration methods, layers that integers hurt, layers that were lifted."""

from collections.abc import Iterator

from rich.console import RenderableType

from edgeopt.convert.findings import Findings
from edgeopt.report.text import grid, section

_SHOWN_LAYERS = 6  # the JSON has all


def findings_sections(findings: Findings) -> Iterator[RenderableType]:
    samples = f"over {findings.samples:,} calibration samples"
    yield section(f"Calibration: signal-to-noise ratio of the worst output {samples}", _methods(findings))
    if findings.layers:
        shown = findings.layers[:_SHOWN_LAYERS]
        rest = len(findings.layers) - len(shown)
        title = "Sensitivity: the same with one layer alone in integers, worst first"
        yield section(title, _layers(findings), *([f"{rest} more in --json"] if rest else []))
    if findings.lifted:
        rows = [(layer.layer, layer.operator, layer.type) for layer in findings.lifted]
        title = f"Lifted until the accuracy held, for {findings.lifted_bytes:+,} bytes"
        yield section(title, grid(["layer", "operator", "type"], rows))


def _methods(findings: Findings) -> RenderableType:
    labelled = any(figure.top1 is not None for figure in findings.methods)
    inner = any(figure.inner_snr_db != figure.snr_db for figure in findings.methods)
    columns = ["method", "biases", "dB", *(["before softmax"] if inner else []), *(["top-1"] if labelled else [])]
    rows = []
    for index, figure in enumerate(findings.methods):
        top1 = [] if figure.top1 is None else [f"{100 * figure.top1:.1f} %"]
        biases = f"{100 * figure.bias_correction:.0f} % corrected" if figure.bias_correction else "as trained"
        chosen = " (taken)" if index == 0 else ""
        before = [_decibels(figure.inner_snr_db)] if inner else []
        rows.append([figure.method + chosen, biases, _decibels(figure.snr_db), *before, *top1])
    return grid(columns, rows, right=columns[2:])


def _layers(findings: Findings) -> RenderableType:
    rows = [(figure.layer, figure.operator, _decibels(figure.snr_db)) for figure in findings.layers[:_SHOWN_LAYERS]]
    return grid(["layer", "operator", "dB"], rows, right=["dB"])


def _decibels(snr_db: float | None) -> str:
    return "identical" if snr_db is None else f"{snr_db:.2f}"
