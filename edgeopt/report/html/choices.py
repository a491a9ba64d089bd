"""The supplies that the page offers: the budget's, and each cell that ships, in series as the node needs."""

from dataclasses import dataclass

from edgeopt.energy import BatteryLife, Cell, DutyCycle, Node, Supply, battery_life, check_fits
from edgeopt.errors import UsageError

_IN_SERIES = 4


@dataclass(frozen=True)
class Choice:
    """A supply that can be chosen; `problem` says why it cannot feed the node, else `life` is at the panel's period."""

    name: str
    title: str
    problem: str
    supply: Supply
    life: BatteryLife | None


def given_choice(supply: Supply, node: Node, duty: DutyCycle) -> Choice:
    """The supply of the budget."""
    regulator = "" if supply.feed.kind == "none" else f", {supply.feed.kind}"
    title = f"{_title(supply.cell, supply.series)}{regulator} (the budget's)"
    try:
        return Choice(supply.name, title, "", supply, battery_life(node, duty, supply))
    except UsageError as error:
        return Choice(supply.name, title, f"{error.message} ({error.hint})", supply, None)


def _title(cell: Cell, series: int) -> str:
    return cell.title if series == 1 else f"{series} \N{MULTIPLICATION SIGN} {cell.title}"


def choice_of(cell: Cell, node: Node, duty: DutyCycle) -> Choice:
    """As many in series as the node needs; where no number will do, one, and why not."""
    problem = ""
    for series in range(1, _IN_SERIES + 1):
        supply = Supply(cell, series)
        try:
            check_fits(node, duty, supply)
        except UsageError as error:
            problem = problem or f"{error.message} ({error.hint})"
        else:
            return Choice(supply.name, _title(cell, series), "", supply, battery_life(node, duty, supply))
    return Choice(cell.name, cell.title, problem, Supply(cell), None)
