"""What a report answers first: does it fit, and what does it cost?"""

from dataclasses import dataclass

from edgeopt.energy import Quantity
from edgeopt.report.html.battery import Panel
from edgeopt.report.html.figures import Figure, figure, spread_words
from edgeopt.report.html.memory import total_of
from edgeopt.report.html.words import peak_in_short
from edgeopt.report.proof import Validation
from edgeopt.report.results import Analysis, Deployment
from edgeopt.report.text import percent, size


@dataclass(frozen=True)
class Verdict:
    tone: str  # good | bad | open
    words: str
    more: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """A line under a figure; the script finds it by `id`."""

    words: str
    id: str = ""


@dataclass(frozen=True)
class Tile:
    name: str
    figure: Figure
    unit: str
    more: tuple[Line, ...]
    id: str = ""


def board_title(result: Analysis | Deployment) -> str:
    return result.board if result.board_facts is None else result.board_facts.title


def what(result: Analysis | Deployment) -> str:
    """What kind of result it is."""
    if isinstance(result, Analysis):
        return "analysis: nothing was built yet"
    return f"deployment, run: {result.validation.target}"


def verdict(result: Analysis | Deployment) -> Verdict:
    """Whether it fits board and budget and, where it ran, computes what it must."""
    over = [
        f"{name} takes {size(total)}, the board has {size(available)}"
        for name, total, available in (
            ("flash", result.flash_bytes.get("total"), result.flash_available_bytes),
            ("RAM", result.ram_bytes.get("total"), result.ram_available_bytes),
        )
        if total is not None and total > available
    ]
    if over:
        return Verdict("bad", "It does not fit.", tuple(over))
    if isinstance(result, Deployment) and result.validation.identical != result.validation.samples:
        return _wrong(result.validation)
    if result.broken_limits:
        return Verdict("bad", "It fits the board, but not the budget.", tuple(map(str, result.broken_limits)))
    within = "It fits the board and keeps the budget" if result.limits else "It fits the board"
    if isinstance(result, Deployment):
        proof = result.validation
        equal = f"all {proof.samples:,} samples are equal, byte for byte, to {proof.oracle}"
        return Verdict("good", f"{within}, and its outputs are right: {equal}.")
    if result.flash_bytes.get("total") is None:
        return Verdict("open", "Its RAM fits the board. What flash it takes is known after the build.")
    return Verdict("good", f"{within}.")


def _wrong(proof: Validation) -> Verdict:
    differ = f"{proof.samples - proof.identical:,} of {proof.samples:,} samples differ from {proof.oracle}"
    more = [differ, *([proof.first_difference] if proof.first_difference else [])]
    if proof.diagnosis is not None:
        more.append(proof.diagnosis.words)
    return Verdict("bad", "It fits the board, but its outputs are wrong.", tuple(more))


def tiles(result: Analysis | Deployment, battery: Panel | None) -> list[Tile]:
    flash, ram = total_of(result, "flash"), total_of(result, "ram")
    made = [
        _memory_tile("Flash", flash, result.flash_available_bytes),
        _memory_tile("RAM", ram, result.ram_available_bytes),
        _tile("Latency", result.latency_ms, "ms", "of one inference"),
        _tile("Energy", result.energy_uj, "uJ", "of one inference"),
    ]
    if battery is not None:
        days = battery.days
        more = (Line(battery.setting, "tile-setting"), *_why(days), Line(spread_words(days, "days"), "tile-spread"))
        more = (*more, Line(peak_in_short(battery.peak[0]), "tile-peak"))
        shown = figure(days)
        assert shown is not None
        made.append(Tile("Battery life", shown, "days", more, "tile-days"))
    return made


def _tile(name: str, quantity: Quantity, unit: str, of: str) -> Tile:
    unit = unit.replace("uJ", "\N{MICRO SIGN}J")
    spread = spread_words(quantity, unit)
    more = (Line(of), *_why(quantity), *((Line(spread),) if spread else ()))
    shown = figure(quantity)
    assert shown is not None
    return Tile(name, shown, unit, more)


def _why(quantity: Quantity) -> tuple[Line, ...]:
    return (Line(quantity.source),) if quantity.value is None else ()


def _memory_tile(name: str, total: Figure, available_bytes: int) -> Tile:
    if total.value is None:
        return Tile(name, total, "", (Line(f"of {size(available_bytes)}"), Line(total.source)))
    shown, _, unit = size(int(total.value)).rpartition(" ")
    share = f"of {size(available_bytes)}, {percent(total.value, available_bytes)}"
    return Tile(name, Figure(total.value, total.kind, total.source, shown), unit, (Line(share),))
