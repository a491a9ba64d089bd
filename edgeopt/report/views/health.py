"""How the doctor's findings are shown: what is there, and the commands that bring what is not."""

from rich.console import Group, RenderableType
from rich.text import Text

from edgeopt.errors import EdgeoptError, ToolchainError
from edgeopt.report.health import Health, Tool
from edgeopt.report.meters_seen import BY_USB, MeterSeen
from edgeopt.report.text import pairs, section
from edgeopt.report.view import view


def _verdict(health: Health) -> EdgeoptError | None:
    if health.compiler is not None:
        return None
    gcc = health.tools[0]
    return ToolchainError("no C compiler for Cortex-M is installed", f"{gcc.install}, or: pip install ziglang")


@view(Health, "edgeopt.doctor/1", _verdict)
def health_text(health: Health) -> RenderableType:
    everything = [*health.packages, *health.tools]
    parts = [section(f"Python {health.python}", pairs((tool.name, _state(tool)) for tool in everything))]
    if health.flashers:
        parts.append(section("Flashers", pairs((tool.name, _state(tool)) for tool in health.flashers)))
        everything += health.flashers
    if health.meters:
        parts.append(section("Power meters", pairs((meter.kind, _seen(meter)) for meter in health.meters)))
    if missing := [tool for tool in everything if tool.version is None]:
        parts.append(section("To get the rest", pairs((tool.install, f"# {tool.purpose}") for tool in missing)))
    return Group(*parts)


def _seen(meter: MeterSeen) -> Text:
    if meter.missing:
        return Text(f"{meter.title}: needs the package {meter.missing}", style="yellow")
    if not meter.ports:
        return Text(meter.title if meter.kind not in BY_USB else f"{meter.title}: not plugged in")
    where = ", ".join(meter.ports)
    return Text(f"{meter.title}: {'' if meter.sure else 'may be '}at {where}", style="green")


def _state(tool: Tool) -> Text:
    if tool.version is None:
        return Text(f"missing: {tool.purpose}", style="yellow")
    return Text(tool.version, style="green")
