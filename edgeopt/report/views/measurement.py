"""How a measurement is shown: one board with its distribution, or several in one table."""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.text import Text

from edgeopt.device.stats import OUTLIER_RULE
from edgeopt.energy import SIMULATED
from edgeopt.errors import DeviceError, EdgeoptError, MeterError
from edgeopt.report.budgeting import over_budget
from edgeopt.report.latency import PARTIAL_HINT, figure, outlier, quoted, times, variation_of
from edgeopt.report.measuring import Measured, MeasuredBoard, Responses
from edgeopt.report.results import Latency
from edgeopt.report.text import grid, number, pairs, percent, printable, section
from edgeopt.report.view import view
from edgeopt.report.views.budget import budget_sections
from edgeopt.report.views.energy import CELLS, energy_cells, energy_error, energy_sections

_OUTLIERS = 10  # shown; JSON has all


def measured_error(measured: Measured) -> EdgeoptError | None:
    """A board that failed, or of which there is only a part."""
    failed = [board for board in measured.boards if board.error is not None or board.partial]
    if not failed:
        return _metered_error(measured) or _over_budget(measured)
    first = failed[0]
    why = first.error.message if first.error is not None else f"partial {first.partial}"
    if len(measured.boards) == 1:
        return DeviceError(f"the measurement is {why}", PARTIAL_HINT)
    hint = (
        first.error.hint
        if first.error is not None and len(failed) == 1
        else "what there is was shown, each with its error"
    )
    return DeviceError(f"{len(failed)} of {len(measured.boards)} boards failed; {first.name}: {why}", hint)


def _metered_error(measured: Measured) -> EdgeoptError | None:
    """Of boards that were timed, but whose meters failed."""
    errors = [(b.name, error) for b in measured.boards if b.energy is not None and (error := energy_error(b.energy))]
    if not errors or len(measured.boards) == 1:
        return errors[0][1] if errors else None
    name, first = errors[0]
    return MeterError(f"{len(errors)} of {len(measured.boards)} meters failed; {name}: {first.message}", first.hint)


def _over_budget(measured: Measured) -> EdgeoptError | None:
    broken = [breach for board in measured.boards for breach in board.broken_limits]
    return over_budget(broken, "`edgeopt analyze MODEL --budget FILE` tries what would mend it")


@view(Measured, "edgeopt.measurement/1", measured_error)
def measured_text(measured: Measured) -> RenderableType:
    if len(measured.boards) == 1:
        return Group(*_one(measured, measured.boards[0]))
    where = [(board.name, _where(board)) for board in measured.boards]
    parts = [section(f"{len(measured.boards)} boards", pairs(where))]
    groups = _by_label(measured.boards)
    parts += [section(f"Latency, ms, {label}", _table(boards)) for label, boards in groups]
    for label, boards in groups:
        if any(board.responses is not None for board in boards):
            parts.append(section(f"Requests as they arrive, {label}", _requests_table(boards)))
        if any(board.energy is not None for board in boards):
            parts.append(section(f"Energy of an inference, {label}", _energy_table(boards)))
    for board in measured.boards:
        if board.energy is not None:
            doubts = (*board.energy.meter.remarks, *board.energy.warnings, board.energy.partial)
            parts.append(section(f"Energy of {board.name}", *(Text(printable(one)) for one in doubts if one)))
        if board.limits:
            parts.append(section(board.name, *budget_sections(board.limits, ())))
    troubles = [
        (board.name, Text(printable(text), style="red")) for board in measured.boards if (text := _trouble(board))
    ]
    if troubles:
        parts.append(section("Failed", pairs(troubles)))
    return Group(*parts)


def _one(measured: Measured, board: MeasuredBoard) -> Sequence[RenderableType]:
    facts = [("model", f"{board.model}, build {board.build_id[:12]}")]
    if board.stack_high_water_bytes is not None:
        facts.append(("stack", f"{board.stack_high_water_bytes:,} B at its deepest"))
    if board.restarts:
        facts.append(("restarts", f"the board restarted {times(board.restarts)} and was asked again"))
    if trouble := _trouble(board):
        facts.append(("partial" if board.partial else "failed", trouble))
    parts = [section(f"{board.project} on {board.board} ({board.target})", pairs(facts))]
    latency = board.latency_ms
    if latency is not None:
        parts.append(
            section(f"Latency, ms, {latency.kind} ({latency.source})", pairs(_distribution(measured, latency)))
        )
    else:
        parts.append(section("Latency", Text(f"unknown: {_no_time(board)}")))
    if latency is not None and latency.outliers:
        parts.append(section("Outliers", *_outliers(latency)))
    rate = board.inferences_per_s
    if rate is not None and rate.value is not None:
        row = ("back to back", f"{number(rate.value)} a second ({rate.source})")
        parts.append(section(f"Throughput, {rate.kind}", pairs([row])))
    if board.responses is not None:
        title = f"Requests, {board.label}: {board.responses.pattern}"
        parts.append(section(title, pairs(_responses(board.responses))))
    if board.energy is not None:
        parts += energy_sections(board.energy)
    parts += budget_sections(board.limits, ())  # what would mend it takes the model: `analyze` tells it
    return parts


def _distribution(measured: Measured, latency: Latency) -> list[tuple[str, str]]:
    rows = [] if latency.cold is None else [("the first", figure(latency.cold))]
    if latency.n == 1 and not latency.partial:
        why = "deterministic" if latency.kind == SIMULATED else "of one run"
        return [("one inference", f"{figure(latency.value)}  {why}: n = 1, no spread"), *rows]
    median = figure(latency.value)
    if latency.median_low is not None and latency.median_high is not None and latency.median_confidence is not None:
        interval = f"{figure(latency.median_low)} to {figure(latency.median_high)}"
        median += f"  {percent(latency.median_confidence)} interval {interval}, by order statistics"
    # A simulated board needs one run and no warming up, whatever was asked for.
    asked = f"{latency.n} of {measured.runs}, after {measured.warmup} to warm up"
    runs = str(latency.n) if latency.kind == SIMULATED else asked
    least = [] if latency.min is None else [("least", figure(latency.min))]
    spread = [] if latency.variation is None else [("variation", variation_of(latency.variation))]
    return [
        ("median", median),
        ("p90", quoted(latency.p90, 90)),
        ("p99", quoted(latency.p99, 99)),
        ("max", figure(latency.max)),
        *least,
        *spread,
        *rows,
        ("runs", runs),
    ]


def _outliers(latency: Latency) -> list[RenderableType]:
    lines = [Text(outlier(one)) for one in latency.outliers[:_OUTLIERS]]
    left_out = len(latency.outliers) - len(lines)
    more = [Text(f"and {left_out} more: --json has all")] if left_out > 0 else []
    return [*lines, *more, Text(f"({OUTLIER_RULE}; they are in every figure)")]


def _responses(found: Responses) -> list[tuple[str, str]]:
    offered = "at once" if found.offered_per_s is None else f"{number(found.offered_per_s)} a second offered"
    seed = "" if found.seed is None else f", seed {found.seed}"
    rows = [
        ("requests", f"{found.served:,} of {found.requests:,}, {offered}, {number(found.served_per_s)} served{seed}"),
        ("response, ms", _response_line(found)),
        ("wait, ms", f"mean {figure(found.mean_wait_ms)}; {percent(found.waited)} waited"),
        ("queue", f"{number(found.queue_mean)} on average on an arrival, {found.queue_max} at most"),
        ("busy", f"{percent(found.utilization)} of the time; asleep {percent(found.asleep)}"),
    ]
    if found.deadline_ms is not None:
        rows.append((f"over {number(found.deadline_ms)} ms", _misses(found)))
    return rows


def _response_line(found: Responses) -> str:
    p90, p99 = quoted(found.p90_ms, 90), quoted(found.p99_ms, 99)
    return f"median {figure(found.median_ms)}, p90 {p90}, p99 {p99}, max {figure(found.max_ms)}"


def _misses(found: Responses) -> str:
    if found.misses is None or found.miss_share is None:
        return ""
    interval = ""
    if found.seed is not None and found.miss_low is not None and found.miss_high is not None:
        interval = f"; 95 % interval {percent(found.miss_low)} to {percent(found.miss_high)} if independent (Wilson)"
    return f"{found.misses:,} missed, {percent(found.miss_share)}{interval}"


def _trouble(board: MeasuredBoard) -> str:
    return board.error.message if board.error is not None else board.partial


def _no_time(board: MeasuredBoard) -> str:
    """Why there is no latency."""
    if _trouble(board):
        return "it ended before an inference was timed"
    link = board.target.partition(":")[0]
    reasons = {
        "virtual": f"the virtual board has no cycle model of {board.board}'s core",
        "qemu": "QEMU's time is not silicon's",
        "rtt": f"nothing sets up the clock of {board.board}, so nobody knows it",
    }
    return reasons.get(link, f"{board.target} has no time")


def _where(board: MeasuredBoard) -> str:
    on = "" if board.target == board.name else f" ({board.target})"
    return f"{board.project} on {board.board}{on}: {board.label or 'nothing was found'}"


def _by_label(boards: Sequence[MeasuredBoard]) -> list[tuple[str, list[MeasuredBoard]]]:
    """What was simulated never stands among what was measured; a board that told nothing has no label, and no table."""
    labels = dict.fromkeys(board.label for board in boards if board.label is not None)
    return [(label, [board for board in boards if board.label == label]) for label in labels]


def _table(boards: Sequence[MeasuredBoard]) -> RenderableType:
    columns = ["median", "p90", "p99", "max", "variation", "a second", "runs"]
    return grid(["", *columns, ""], ([b.name, *_figures(b), _state(b)] for b in boards), right=columns)


def _figures(board: MeasuredBoard) -> list[str]:
    latency = board.latency_ms
    if latency is None:
        return [""] * 7
    percentiles = ["-" if value is None else figure(value) for value in (latency.p90, latency.p99)]
    variation = "-" if latency.variation is None else variation_of(latency.variation)
    rate = number(board.inferences_per_s.value) if board.inferences_per_s is not None else ""
    return [figure(latency.value), *percentiles, figure(latency.max), variation, rate, str(latency.n)]


def _state(board: MeasuredBoard) -> str:
    return "partial" if board.partial else "no time" if board.latency_ms is None else ""


def _energy_table(boards: Sequence[MeasuredBoard]) -> RenderableType:
    return grid(["", *CELLS, ""], ([board.name, *energy_cells(board.energy)] for board in boards), right=CELLS)


def _requests_table(boards: Sequence[MeasuredBoard]) -> RenderableType:
    columns = ["median ms", "p90", "p99", "max", "missed", "busy", "asleep", "served"]
    rows = []
    for board in boards:
        found = board.responses
        if found is None:
            rows.append([board.name, *[""] * len(columns)])
            continue
        ends = ["-" if value is None else figure(value) for value in (found.p90_ms, found.p99_ms)]
        missed = "-" if found.miss_share is None else percent(found.miss_share)
        shares = [percent(found.utilization), percent(found.asleep), f"{found.served:,}"]
        rows.append([board.name, figure(found.median_ms), *ends, figure(found.max_ms), missed, *shares])
    return grid(["", *columns], rows, right=columns)
