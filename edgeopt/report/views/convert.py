"""How a conversion is shown: what was written, and how accurate it is where there was data to judge by."""

from collections.abc import Iterator

from rich.console import Group, RenderableType

from edgeopt.convert import Converted, Loss, Score
from edgeopt.report.quantization import findings_sections
from edgeopt.report.text import grid, pairs, section, warnings_section
from edgeopt.report.view import view


@view(Converted, "edgeopt.conversion/1")
def converted_text(converted: Converted) -> RenderableType:
    facts = [
        ("from", f"{converted.source_format}, {converted.action}"),
        ("sha256", converted.sha256),
        *(("input", tensor) for tensor in converted.inputs),
        *(("output", tensor) for tensor in converted.outputs),
        *_work(converted),
    ]
    parts = [section(f"Wrote {converted.path}", pairs(facts))]
    if converted.accuracy:
        metric, samples = next((score.metric, score.samples) for score in converted.accuracy.values())
        by = [] if converted.c_by is None else [pairs([("C by", converted.c_by)])]
        parts.append(section(f"Accuracy: {metric} of {samples:,} samples", _accuracy(converted), *by))
    if converted.findings is not None:
        parts += findings_sections(converted.findings)
    return Group(*parts, *warnings_section(converted.warnings))


def _work(converted: Converted) -> Iterator[tuple[str, str]]:
    """What is in bits and what is not, of a binarized network."""
    work = converted.binarized
    if work is not None:
        yield "binary", _layers(work.binary_layers, work.binary_macs)
        yield "real-valued", _layers(work.real_layers, work.real_macs)


def _layers(count: int, macs: int) -> str:
    return f"{count} layer{'' if count == 1 else 's'}, {macs:,} multiply-accumulates"


def _accuracy(converted: Converted) -> RenderableType:
    columns = ["model", "value", "95 % interval", "lost, points", "95 % interval "]
    rows = ([name, *_figures(score), *_lost(converted.loss.get(name))] for name, score in converted.accuracy.items())
    return grid(columns, rows, right=columns[1:])


def _figures(score: Score) -> tuple[str, str]:
    return f"{100 * score.value:.2f} %", f"{100 * score.low:.2f} to {100 * score.high:.2f} %"


def _lost(loss: Loss | None) -> tuple[str, str]:
    return ("", "") if loss is None else (f"{loss.points:.2f}", f"{loss.low:.2f} to {loss.high:.2f}")
