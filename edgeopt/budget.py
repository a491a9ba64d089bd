"""Limits of what a network may cost, and which of them a result breaks, and by how much."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from edgeopt.errors import UsageError
from edgeopt.tables import read_toml


@dataclass(frozen=True)
class Budget:
    """Upper limits, and one lower (`battery_days`); None: no limit. The names are those of the report's keys."""

    flash_bytes: float | None = None
    ram_bytes: float | None = None
    latency_ms: float | None = None
    energy_uj: float | None = None
    power_mw: float | None = None
    battery_days: float | None = None


@dataclass(frozen=True)
class Breach:
    """A limit that is broken: `actual` is beyond `limit` by `excess` > 0. `actual` None: the quantity is unknown."""

    name: str
    limit: float
    actual: float | None
    excess: float | None

    def __str__(self) -> str:
        if self.actual is None or self.excess is None:
            return f"{self.name} is unknown, the limit is {self.limit:,g}"
        side = "below" if self.name in _AT_LEAST else "above"
        return f"{self.name} is {self.actual:,g}, {self.excess:,g} {side} the limit of {self.limit:,g}"


_AT_LEAST = frozenset({"battery_days"})


def load_budget(path: Path) -> Budget:
    """The budget in a TOML file whose keys are Budget's fields; UsageError names file and key."""
    names = ", ".join(field.name for field in fields(Budget))
    return parse_budget(read_toml(path, "budget", UsageError, f"the limits are: {names}"), str(path))


def parse_budget(values: Mapping[str, object], where: str) -> Budget:
    """A Budget of `values`; UsageError where a key is unknown or a limit is not a positive number."""
    names = [field.name for field in fields(Budget)]
    limits: dict[str, float] = {}
    for name, value in values.items():
        if name not in names:
            raise UsageError(f"{where}: `{name}` is unknown", f"the limits are: {', '.join(names)}")
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value <= 0:
            raise UsageError(
                f"{where}: `{name}` must be a number above 0, not {value!r:.60}", "give it in the unit of its name"
            )
        limits[name] = value
    return Budget(**limits)


def broken(budget: Budget, results: Mapping[str, float | None]) -> tuple[Breach, ...]:
    """The limits that `results` breaks, in Budget's order.

    `results` is keyed by Budget's fields. A quantity that has a limit but is missing or None is a breach of unknown
    size: what is not known is not kept.
    """
    breaches = []
    for field in fields(Budget):
        limit: float | None = getattr(budget, field.name)
        if limit is None:
            continue
        actual = results.get(field.name)
        if actual is None or math.isnan(actual):
            breaches.append(Breach(field.name, limit, None, None))
            continue
        excess = limit - actual if field.name in _AT_LEAST else actual - limit
        if excess > 0:
            breaches.append(Breach(field.name, limit, actual, excess))
    return tuple(breaches)
