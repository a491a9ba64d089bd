"""Flash and RAM of a result, by part."""

from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup

from edgeopt.energy import ESTIMATED, EXACT, UNKNOWN
from edgeopt.report.html import charts
from edgeopt.report.html.figures import Figure
from edgeopt.report.results import Analysis, Deployment
from edgeopt.report.text import percent, size

_AFTER_BUILD = "known after the build"


@dataclass(frozen=True)
class Part:
    name: str
    figure: Figure
    share: str
    color: int  # as charts.memory_bar has it


@dataclass(frozen=True)
class Memory:
    """A memory of the board, the parts that take it, and their drawing: alone (`drawing`) and for the page."""

    name: str
    total: Figure
    share: str  # of what the board has
    words: str
    parts: tuple[Part, ...]
    chart: Markup
    drawing: Markup


def memories(result: Analysis | Deployment) -> list[Memory]:
    return [
        _memory("Flash", dict(result.flash_bytes), result.flash_available_bytes, _label(result, "flash")),
        _memory("RAM", dict(result.ram_bytes), result.ram_available_bytes, _label(result, "ram")),
    ]


def total_of(result: Analysis | Deployment, memory: str) -> Figure:
    """The total of `flash` or `ram` with its label."""
    split = result.flash_bytes if memory == "flash" else result.ram_bytes
    return _figure(split.get("total"), _label(result, memory))


def memory_words(result: Analysis | Deployment) -> str:
    if isinstance(result, Deployment):
        return "Counted in the linked firmware."
    return (
        "Nothing is linked yet. Weights and arena are exact; kernels are as fitted on the virtual board; the rest is "
        "known after the build and not in the totals."
    )


def _label(result: Analysis | Deployment, memory: str) -> tuple[str, str]:
    """Label and source of a total."""
    if isinstance(result, Deployment):
        return EXACT, "sections of the linked firmware"
    if memory == "flash":
        return ESTIMATED, "constants are exact, kernels as fitted; the runtime is known after the build"
    return ESTIMATED, "the arena is exact; without stack and runtime, which are known after the build"


def _figure(count: int | None, label: tuple[str, str]) -> Figure:
    return Figure(None, UNKNOWN, _AFTER_BUILD) if count is None else Figure(count, *label)


def _memory(name: str, split: Mapping[str, int | None], available_bytes: int, label: tuple[str, str]) -> Memory:
    total = split.get("total")
    known = charts.known_parts(split)
    whole = total if total is not None else sum(known.values())
    colors = {part: index % charts.PARTS for index, part in enumerate(known)}
    parts = tuple(
        Part(part, _figure(count, label), percent(count, whole) if count is not None else "", colors.get(part, 0))
        for part, count in split.items()
        if part != "total"
    )
    share = "" if total is None else percent(total, available_bytes)
    used = size(total) if total is not None else f"at least {size(whole)}"
    return Memory(
        name,
        _figure(total, label),
        share,
        f"{used} of the {size(available_bytes)} that the board has for it",
        parts,
        charts.memory_bar(name, split, available_bytes, legend=False),
        charts.memory_bar(name, split, available_bytes, legend=True),
    )
