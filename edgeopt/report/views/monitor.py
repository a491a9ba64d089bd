"""How a watched board is shown."""

from rich.console import Group, RenderableType

from edgeopt.errors import DeviceError, EdgeoptError, OutputsDiffer
from edgeopt.report.monitoring import Monitored
from edgeopt.report.text import duration, grid, number, pairs, section, warnings_section
from edgeopt.report.view import view


def _verdict(seen: Monitored) -> EdgeoptError | None:
    """Restarts by hand or by the supply are no fault of the board's; these are."""
    if seen.unstable:
        return OutputsDiffer(
            f"{seen.unstable} of {seen.inferences} inferences gave other outputs than the first, with the same input",
            "a weak supply, memory that is overwritten, or too fast a clock for the flash's wait states?",
        )
    troubles = {"faults": seen.faults, "restarts by the watchdog": seen.watchdog_restarts, "errors": seen.errors}
    told = ", ".join(f"{count} {what}" for what, count in troubles.items() if count)
    return DeviceError(f"the board did not run through: {told}", "see the lines above") if told else None


@view(Monitored, "edgeopt.monitor/1", _verdict)
def monitored_text(seen: Monitored) -> RenderableType:
    facts = [("watched", f"{duration(max(seen.duration_s, 1e-3))}, {seen.label} time; {seen.ended}")]
    if seen.build_id is not None:
        facts.append(("runs", f"build {seen.build_id[:12]} of {seen.name}; last reset: {seen.last_reset}"))
    if seen.latency is not None:
        latency = seen.latency
        spread = f"{number(latency.least_ms)} / {number(latency.median_ms)} / {number(latency.most_ms)} ms"
        facts += [
            ("inferences", f"{seen.inferences:,}, outputs {'unstable' if seen.unstable else 'the same every time'}"),
            ("latency", f"{spread} least / median / most, {seen.label}"),
            ("stack", f"{seen.stack_used_bytes:,} of {seen.stack_reserved_bytes:,} B at most"),
        ]
    facts.append(
        ("restarts", f"{seen.restarts} ({seen.faults} by a fault); up for {duration(seen.longest_up_s)} at most")
    )
    facts += [("lines", f"{seen.lines:,} unasked"), ("errors", f"{seen.errors}")]
    parts = [section(f"{seen.board} on {seen.target}", pairs(facts))]
    if seen.told_restarts:
        rows = [[number(round(one.at_s, 3)), one.cause, one.fault] for one in seen.told_restarts]
        parts.append(section("Restarts", grid(["at, s", "cause", "fault"], rows, right=["at, s"])))
    return Group(*parts, *warnings_section(seen.told_errors))
