"""Deployments and measured boards as sides of a comparison."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from edgeopt.energy import EXACT, UNKNOWN, Quantity
from edgeopt.report.differences import RunFacts, Sampled
from edgeopt.report.measuring import Measured, MeasuredBoard
from edgeopt.report.powering import MeasuredEnergy
from edgeopt.report.proof import Accuracy
from edgeopt.report.results import Deployment

_LINKED = "sections of the linked firmware"
_MICROJOULES = "uJ"


def facts_of(path: Path, result: Deployment | Measured) -> tuple[RunFacts, ...]:
    """The sides that a file has: a deployment is one, and so is each board of a measurement."""
    if isinstance(result, Deployment):
        return (_deployed(path, result),)
    several = len(result.boards) > 1
    return tuple(
        _measured(f"{path.as_posix()}: {board.name}" if several else path.as_posix(), board) for board in result.boards
    )


def _deployed(path: Path, deployment: Deployment) -> RunFacts:
    return RunFacts(
        run=path.as_posix(),
        kind="deployment",
        label=deployment.latency_ms.kind,
        facts={
            "model": deployment.model,
            "model's SHA-256": deployment.model_sha256[:12],
            "board": deployment.board,
            "on": _link(deployment.target),
            "build": deployment.build_id[:12],
            "goal": deployment.goal,
            "compiler": f"{deployment.toolchain} {deployment.optimization}",
            **(dict(deployment.made_with.options) if deployment.made_with is not None else {}),
        },
        warnings=(*deployment.warnings, *((f"partial: {deployment.partial}",) if deployment.partial else ())),
        figures=tuple(_deployed_figures(deployment)),
    )


def _deployed_figures(found: Deployment) -> Iterator[Sampled]:
    yield from _sizes(found.flash_bytes.get("total"), found.ram_bytes.get("total"))
    yield Sampled("cycles", "", found.cycles, deterministic=True)
    yield Sampled("latency", "ms", found.latency_ms, deterministic=True)
    yield Sampled("energy", _MICROJOULES, found.energy_uj, deterministic=True)
    yield Sampled("power", "mW", found.power_mw, deterministic=True)
    if found.accuracy is not None and found.accuracy.device is not None:
        yield _accuracy(found.accuracy, found.accuracy.device, found.validation.target)


def _accuracy(accuracy: Accuracy, device: float, target: str) -> Sampled:
    """Successes are known where the metric is a share of the samples."""
    is_share = accuracy.metric in ("top-1", "agreement")
    counts = (round(device * accuracy.samples), accuracy.samples) if is_share and 0 <= device <= 1 else None
    quantity = Quantity(100 * device, EXACT, f"{accuracy.samples:,} samples on {target}")
    return Sampled(f"accuracy, {accuracy.metric}", "%", quantity, counts=counts)


def _measured(name: str, board: MeasuredBoard) -> RunFacts:
    energy = board.energy
    facts = {"model": board.model, "board": board.board, "on": _link(board.target), "build": board.build_id[:12]}
    warnings: tuple[str, ...] = (f"partial: {board.partial}",) if board.partial else ()
    if board.error is not None:
        warnings = (*warnings, board.error.message)
    if energy is not None:
        facts |= {"meter": energy.meter.title, "windows cut by": ", ".join({one.cut: None for one in energy.windows})}
        if energy.supply_v is not None:
            facts["supply, V"] = f"{energy.supply_v:.3g}"
        warnings = (*warnings, *energy.warnings, *((f"partial: {energy.partial}",) if energy.partial else ()))
    return RunFacts(name, "measurement", board.label or UNKNOWN, facts, warnings, tuple(_measured_figures(board)))


def _measured_figures(board: MeasuredBoard) -> Iterator[Sampled]:
    yield from _sizes(board.flash_bytes, board.ram_bytes)
    latency, ticks, always = board.latency_ms, board.ticks, bool(board.deterministic)
    if latency is not None:
        runs = () if ticks is None or ticks.hz < 1 else tuple(1e3 * run / ticks.hz for run in ticks.runs)
        quantity = Quantity(latency.value, latency.kind, latency.source)
        yield Sampled("latency", "ms", quantity, runs, always)
        if latency.cold is not None:
            yield Sampled("the first", "ms", Quantity(latency.cold, latency.kind, latency.source), (), always)
    if board.inferences_per_s is not None:
        yield Sampled("back to back", "1/s", board.inferences_per_s, (), always)
    if board.energy is not None:
        yield from _energies(board.energy, always)


def _energies(energy: MeasuredEnergy, always: bool) -> Iterator[Sampled]:
    def made(name: str, unit: str, quantity: Quantity, windows: int, power: Quantity) -> Sampled:
        return Sampled(
            name,
            unit,
            quantity,
            deterministic=always,
            meter=energy.meter,
            mean_mw=power.value,
            supply_v=energy.supply_v,
            windows=windows,
            doubtful=bool(energy.warnings or energy.partial),
            is_energy=unit == _MICROJOULES,
        )

    active, idle = len(energy.windows), len(energy.idle)
    yield made("energy", _MICROJOULES, energy.uj_per_inference, active, energy.active_mw)
    yield made("energy above idle", _MICROJOULES, energy.net_uj_per_inference, active, energy.active_mw)
    yield made("power", "mW", energy.active_mw, active, energy.active_mw)
    yield made("idle power", "mW", energy.idle_mw, idle, energy.idle_mw)


def _sizes(flash_bytes: int | None, ram_bytes: int | None) -> Iterator[Sampled]:
    for name, size in (("flash", flash_bytes), ("RAM", ram_bytes)):
        if size is not None:
            yield Sampled(name, "B", Quantity(size, EXACT, _LINKED))


def _link(target: str) -> str:
    """What kind of target it is, without the port: boards at two ports are not unlike."""
    return target.partition(":")[0]
