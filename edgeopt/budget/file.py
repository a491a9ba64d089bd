"""A budget in a TOML file: limits, and how the network is used, which some of them need. Read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from edgeopt.budget.limits import RULES, Rule
from edgeopt.energy.supply import check_feed
from edgeopt.energy.use import Use, parse_use
from edgeopt.errors import UsageError
from edgeopt.tables import Table, read_toml

_USE = "duty_cycle"
_HINT = f"the limits are {', '.join(rule.name for rule in RULES)}; docs/budget.md explains them"


@dataclass(frozen=True)
class Budget:
    """What a network may cost: limits by the names of RULES, in their order, and how it is used."""

    limits: Mapping[str, float] = field(default_factory=dict)
    use: Use | None = None


def load_budget(path: Path) -> Budget:
    """The budget in a TOML file; UsageError names file and key where it is not one."""
    content = read_toml(path, "budget", UsageError, _HINT)
    table = Table(path, "", content, UsageError, _HINT)
    limits = {rule.name: _limit(table, rule) for rule in RULES if table.has(rule.name)}
    duty = table.table(_USE) if table.has(_USE) else None
    table.done()
    use = None if duty is None else _use(content[_USE], f"{path}: [{_USE}]: ")
    for rule in (rule for rule in RULES if rule.name in limits and rule.needs):
        if use is None or (rule.needs == "cell" and use.supply is None):
            raise table.error(rule.name, f"needs to know how the network is used: add `{rule.needs}` to [{_USE}]")
    return Budget(limits, use)


def _use(values: Mapping[str, object], where: str) -> Use:
    try:
        use = parse_use(values, where)
        if use.supply is not None:
            check_feed(use.supply)
        return use
    except UsageError as error:  # of a cell or a regulator, which knows of no file
        named = error.message if error.message.startswith(where) else f"{where}{error.message}"
        raise UsageError(named, error.hint) from None


def _limit(table: Table, rule: Rule) -> float:
    if rule.whole:
        return table.integer(rule.name, round(rule.low), round(rule.high))
    return table.number(rule.name, rule.low, rule.high)
