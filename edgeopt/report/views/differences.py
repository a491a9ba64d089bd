"""How runs that differ are shown: a table a pair of labels, so that no column holds figures of two labels."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from edgeopt.report.differences import Difference, RunDifferences
from edgeopt.report.text import grid, number, pairs, percent, printable, section
from edgeopt.report.view import view

_BEYOND = {True: "yes", False: "no", None: "unknown"}


@view(RunDifferences, "edgeopt.differences/1")
def differences_text(found: RunDifferences) -> RenderableType:
    parts = [section("Runs", *(_run(index, found) for index in range(len(found.runs))))]
    return Group(*parts, *differences_sections(found.differences, found.unlike))


def _run(index: int, found: RunDifferences) -> RenderableType:
    run = found.runs[index]
    lines: list[tuple[str, str | Text]] = [(run.run, f"{run.kind} on {run.facts['board']}, {run.label}")]
    lines += [("", Text(printable(f"! {warning}"), style="yellow")) for warning in run.warnings]
    return pairs(lines)


def differences_sections(differences: Sequence[Difference], unlike: Sequence[str]) -> Iterator[RenderableType]:
    """What is unlike, and for each run its differences from the first, with what they were judged by."""
    if unlike:
        lines = [Text(printable(line), style="yellow") for line in unlike]
        yield section("Not alike: differences may come from it", *lines)
    for run in dict.fromkeys(one.run for one in differences):
        of_run = [one for one in differences if one.run == run]
        for labels in dict.fromkeys((one.first.kind, one.second.kind) for one in of_run):
            mine = [one for one in of_run if (one.first.kind, one.second.kind) == labels]
            yield section(f"{run} against the first, {_labels(labels)}", *_table(mine, labels))


def _labels(labels: tuple[str, str]) -> str:
    return labels[0] if labels[0] == labels[1] else f"{labels[1]} against {labels[0]}"


def _table(differences: Sequence[Difference], labels: tuple[str, str]) -> Iterator[RenderableType]:
    marks = {how: f"({index})" for index, how in enumerate(dict.fromkeys(one.how for one in differences), 1)}
    columns = ["", f"first,\n{labels[0]}", f"second,\n{labels[1]}", "difference", "%"]
    rows = (
        [
            f"{one.figure}, {one.unit}" if one.unit else one.figure,
            number(one.first.value),
            number(one.second.value),
            _interval(one),
            "" if one.percent is None else _percent(one.percent),
            f"{_BEYOND[one.beyond_noise]} {marks[one.how]}",
        ]
        for one in differences
    )
    yield grid([*columns, "beyond\nnoise?"], rows, right=columns[1:])
    yield Text("")
    for how, mark in marks.items():
        yield Text(printable(f"{mark} {how}{_chance(how, differences)}"))


def _percent(value: float) -> str:
    return f"{value:+,.0f}" if abs(value) >= 100 else f"{value:+.3g}"


def _chance(how: str, differences: Sequence[Difference]) -> str:
    """The probabilities that were reached, where they are more than what is promised."""
    reached = [one.confidence for one in differences if one.how == how and one.confidence is not None]
    return f"; {percent(min(reached))} here" if reached and min(reached) > 0.9505 else ""


def _interval(one: Difference) -> str:
    """The difference, and under it the ends between which it lies."""
    if one.low is None or one.high is None or one.low == one.high:
        return _signed(one.absolute)
    return f"{_signed(one.absolute)}\n{_signed(one.low)} to {_signed(one.high)}"


def _signed(value: float) -> str:
    return f"+{number(value)}" if value > 0 else number(value)
