"""How drift is shown: for each board and input what is known, what was seen, and what has drifted."""

from collections.abc import Iterator, Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from edgeopt.device.drift import Check
from edgeopt.errors import DeviceError, EdgeoptError, InputsDrifted
from edgeopt.report.drifting import BoardDrift, Drift, InputDrift
from edgeopt.report.text import grid, number, pairs, percent, printable, section, warnings_section
from edgeopt.report.view import view

_STATES = {True: "DRIFTED", False: "as calibrated", None: "not known"}
_UNITS = {"mean": "deviations", "spread": "times", "ends": "more", "least": "deviations", "most": "deviations"}


def drift_error(drift: Drift) -> EdgeoptError | None:
    """Where anything has drifted, of a board or of all together; else where a board told nothing."""
    drifted = [(board.name, one.name) for board in drift.boards for one in board.inputs if one.has_drifted]
    drifted += [("the fleet", one.name) for one in drift.fleet if one.has_drifted and not drifted]
    if drifted:
        name, what = drifted[0]
        more = f" and {len(drifted) - 1} more" if len(drifted) > 1 else ""
        return InputsDrifted(
            f"input `{what}` of {name}{more} has drifted from {drift.data}",
            "look at the sensor and what is before the network; else calibrate or train with data of today",
        )
    failed = [board for board in drift.boards if board.error is not None]
    if not failed:
        return None
    first = failed[0]
    assert first.error is not None
    return DeviceError(f"{len(failed)} of {len(drift.boards)} boards told nothing; {first.name}: {first.error.message}")


@view(Drift, "edgeopt.drift/1", drift_error)
def drift_text(drift: Drift) -> RenderableType:
    parts: list[RenderableType] = []
    for board in drift.boards:
        title = f"{drift.model} on {board.target}" if len(drift.boards) == 1 else f"{board.name} ({board.target})"
        parts.append(section(f"{title}, against {drift.data}", *_board(board)))
    if drift.fleet:
        parts.append(section("All boards together", *(part for one in drift.fleet for part in _input(one))))
    if drift.cleared:
        parts.append(Text("The statistics were forgotten: they begin anew.\n"))
    return Group(*parts, *warnings_section(drift.warnings))


def _board(board: BoardDrift) -> Iterator[RenderableType]:
    if board.error is not None:
        yield Text(printable(board.error.message), style="yellow")
    for one in board.inputs:
        yield from _input(one)


def _input(one: InputDrift) -> Iterator[RenderableType]:
    yield pairs([(one.name, f"{_STATES[one.has_drifted]}{f': {one.why}' if one.why else ''}")])
    rows = [_row(f"{one.inferences:,} inferences", one)] if one.seen is not None else []
    known = one.known
    shown = [known.mean, known.deviation, known.least, known.most]
    rows.append([f"{one.samples:,} samples", *map(number, shown), percent(known.share_at_ends)])
    columns = ["", "mean", "deviation", "least", "most", "at the ends"]
    yield grid(columns, rows, right=columns[1:])
    if one.checks:
        yield Text("")
        yield grid(
            ["", "off by", "", "allowed", "test", "beyond"], map(_check, one.checks), right=["off by", "allowed"]
        )
    for line in one.meaning:
        yield Text(printable(f"- {line}"))


def _row(name: str, one: InputDrift) -> Sequence[str]:
    assert one.seen is not None
    seen = one.seen
    return [name, *map(number, (seen.mean, seen.deviation, seen.least, seen.most)), percent(seen.share_at_ends)]


def _check(check: Check) -> Sequence[str]:
    effect = f"{100 * check.effect:+.3g} %" if check.name == "ends" else f"{check.effect:+.3g}"
    allowed = f"{100 * check.threshold:g} %" if check.name == "ends" else f"{check.threshold:g}"
    if check.name == "spread":
        effect, allowed = f"{check.effect:.3g}", f"{1 / check.threshold:g} to {check.threshold:g}"
    state = {True: "yes", False: "no", None: "not told"}[check.has_drifted]
    return [check.name, effect, _UNITS[check.name], allowed, _test(check), state]


def _test(check: Check) -> str:
    if check.statistic is None:
        return ""
    if check.name in ("least", "most"):
        return f"chance {check.statistic:.2g}, needs {check.critical:.2g}"
    return f"t {check.statistic:.3g}, needs {check.critical:.3g}"
