"""Figures that a test holds: kept by compiler, network, core and goal; no change may make one worse by over 1 %."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.measured import Figures

FILE = Path(__file__).parent / "figures.json"
_MOST = 0.01  # a share of what is kept
_TOTALS = ("flash_bytes", "ram_bytes", "instructions", "cycles")
_NAMED = 3  # layers that a message names


@dataclass(frozen=True)
class Verdict:
    """Sentences about figures that changed by over 1 %."""

    worse: tuple[str, ...]
    better: tuple[str, ...]


def kept(keys: tuple[str, ...]) -> Mapping[str, Any] | None:
    """The figures kept under compiler, network, core and goal; None where there are none."""
    found: Any = json.loads(FILE.read_text()) if FILE.is_file() else {}
    for key in keys:
        found = found.get(key)
        if found is None:
            return None
    assert isinstance(found, Mapping)
    return found


def keep(keys: tuple[str, ...], figures: Figures) -> None:
    """Writes the figures into the file, in place of those that it has under these keys."""
    everything = json.loads(FILE.read_text()) if FILE.is_file() else {}
    place = everything
    for key in keys[:-1]:
        place = place.setdefault(key, {})
    totals = {name: value for name, value in asdict(figures).items() if name in _TOTALS}
    place[keys[-1]] = totals | {"layers": {layer.name: layer.instructions for layer in figures.layers}}
    FILE.write_text(_text(everything))


def compare(before: Mapping[str, Any], figures: Figures) -> Verdict:
    """What became worse and what became better; the layers that did are named with the instructions."""
    worse, better = [], []
    for name in _TOTALS:
        was, now = before[name], getattr(figures, name)
        if abs(now - was) <= _MOST * was:
            continue
        layers = _layers(before, figures, 1 if now > was else -1) if name in ("instructions", "cycles") else ""
        (worse if now > was else better).append(f"{name} {was:,} -> {now:,} ({now / max(was, 1) - 1:+.1%}){layers}")
    for layer in figures.layers:
        was = before["layers"].get(layer.name)
        # of a layer that hardly counts, 1 % is a matter of alignment
        if was is not None and layer.instructions - was > max(_MOST * was, _MOST**2 * figures.instructions):
            worse.append(f"layer `{layer.name}` by `{layer.way}`: {was:,} -> {layer.instructions:,} instructions")
    return Verdict(tuple(worse), tuple(better))


def _layers(before: Mapping[str, Any], figures: Figures, sign: int) -> str:
    """The layers that changed most in the direction of `sign`; those that were not there before count whole."""
    changes = {
        f"`{layer.name}` by `{layer.way}`": layer.instructions - before["layers"].get(layer.name, 0)
        for layer in figures.layers
    }
    most = sorted(changes, key=lambda name: -sign * changes[name])[:_NAMED]
    return ": " + ", ".join(f"{name} {changes[name]:+,}" for name in most if sign * changes[name] > 0)


def _text(everything: Mapping[str, Any]) -> str:
    """A line a network, core and goal: short enough to review, long enough to merge."""
    lines = []
    for compiler, networks in sorted(everything.items()):
        rows = [
            f"    {json.dumps(network)}: {{\n"
            + ",\n".join(
                f"      {json.dumps(core)}: {{\n"
                + ",\n".join(f"        {json.dumps(goal)}: {json.dumps(row)}" for goal, row in sorted(goals.items()))
                + "\n      }"
                for core, goals in sorted(cores.items())
            )
            + "\n    }"
            for network, cores in sorted(networks.items())
        ]
        lines.append(f"  {json.dumps(compiler)}: {{\n" + ",\n".join(rows) + "\n  }")
    return "{\n" + ",\n".join(lines) + "\n}\n"
