"""What the reference models take: each goal beside its target and the peers, every core beside what it took before."""

from pathlib import Path

from benchmarks.measured import M4, QEMU, VIRTUAL, Figures, board_cycles_of, figures_of, instructions_of, start_up_of
from benchmarks.peers import models, peers
from benchmarks.table import Table
from edgeopt.board import load_board

GOALS = ("latency", "balanced", "flash", "ram")
_BEFORE = "before these kernels"


def tables(folder: Path, samples: int) -> list[Table]:
    """`samples` is not used: a count is the same every time."""
    paths = models(folder)
    cores = [_core(paths, core) for core in (*VIRTUAL, *QEMU)]
    return [_targets(paths), _on_the_board(paths), _goals(paths), _ways(paths), *cores, _start_up(paths)]


def _targets(paths: list[Path]) -> Table:
    """A row a figure, so that the peers' figures have room beside it."""
    title = "Cortex-M4 (NUCLEO-L4R5ZI), gcc, each figure with the goal of its name; memory without `runtime` and stack"
    columns = ["model", "figure", "edgeopt", "target", _BEFORE, "best closed engine, published", "TFLM + CMSIS-NN"]
    table = Table(title, columns)
    for path in paths:
        ours = {
            "instructions": figures_of(path, "latency").instructions,
            "m4_cycles": figures_of(path, "latency").cycles,
            "flash_bytes": figures_of(path, "flash").flash_bytes,
            "ram_bytes": figures_of(path, "ram").ram_bytes,
        }
        target, before, peer = peers()["targets"][path.stem], peers()["before"][path.stem], peers()[path.stem]
        for name, value in ours.items():
            closed = peer.get(f"closed_{name}")
            table.add(
                path.stem,
                _TITLES[name],
                table.judged(f"{value:,}", value <= target[name]),
                f"{target[name]:,}",
                f"{_on_m4(before[name]):,}",
                "" if closed is None else f"{closed:,}",
                f"{_on_m4(peer[name]):,}",
            )
    return table


def _on_the_board(paths: list[Path]) -> Table:
    """What the whole cycle model and the board's flash make of it, beside what others measured on that board."""
    title = (
        "NUCLEO-L4R5ZI at 120 MHz, goal latency: simulated with the board's flash, beside measurements of other engines"
    )
    columns = ["model", "cycles, simulated", "of these waiting", "ms, simulated", "best closed engine, ms, measured"]
    table = Table(title, columns)
    hz = load_board(M4).clock_hz
    for path in paths:
        cycles, waiting = board_cycles_of(path, "latency")
        closed = peers()[path.stem].get("closed_m4_cycles")
        measured = "" if closed is None else f"{closed / hz * 1e3:.2f}"
        share = f"{100 * waiting / cycles:.1f} %"
        table.add(path.stem, f"{cycles:,}", share, f"{cycles / hz * 1e3:.2f}", measured)
    return table


def _on_m4(figure: int | dict[str, int]) -> int:
    return figure if isinstance(figure, int) else figure["cortex-m4f"]


_TITLES = {
    "instructions": "instructions, goal latency",
    "m4_cycles": "est. cycles, goal latency",
    "flash_bytes": "flash, bytes, goal flash",
    "ram_bytes": "RAM, bytes, goal ram",
}


def _goals(paths: list[Path]) -> Table:
    """All four figures by every goal."""
    title = "Cortex-M4, every goal: flash / RAM in bytes, instructions / est. cycles of an inference"
    table = Table(title, ["model", *(f"{goal} (the default)" if goal == "balanced" else goal for goal in GOALS)])
    for path in paths:
        table.add(path.stem, *(_four(figures_of(path, goal)) for goal in GOALS))
    return table


def _four(figures: Figures) -> str:
    memory = f"{figures.flash_bytes:,} / {figures.ram_bytes:,}"
    return f"{memory}; {figures.instructions:,} / {figures.cycles:,}"


def _ways(paths: list[Path]) -> Table:
    """Where the instructions go."""
    title = "Cortex-M4, goal latency: instructions by the way that computes a layer"
    table = Table(title, ["model", "way", "layers", "instructions", "share"])
    for path in paths:
        found = figures_of(path, "latency")
        for way in dict.fromkeys(layer.way for layer in found.layers):
            counts = [layer.instructions for layer in found.layers if layer.way == way]
            share = f"{100 * sum(counts) / found.instructions:.1f} %"
            table.add(path.stem, way, str(len(counts)), f"{sum(counts):,}", share)
    return table


def _core(paths: list[Path], core: str) -> Table:
    emulator = f"virtual {VIRTUAL[core]}" if core in VIRTUAL else f"QEMU {QEMU[core]}"
    title = f"{core} ({emulator}), goal balanced: instructions of an inference; none may be more than before"
    table = Table(title, ["model", "edgeopt", _BEFORE, "TFLM + CMSIS-NN", "ratio to it"])
    for path in paths:
        count, before = instructions_of(path, core), peers()["before"][path.stem]["instructions"][core]
        peer = peers()[path.stem]["instructions"].get(core)
        beside = ("", "") if peer is None else (f"{peer:,}", f"{count / peer:.2f}")
        table.add(path.stem, table.judged(f"{count:,}", count <= before), f"{before:,}", *beside)
    return table


def _start_up(paths: list[Path]) -> Table:
    columns = ["model", "edgeopt", "words of .data and .bss", "TFLM + CMSIS-NN, its start-up"]
    table = Table("Cortex-M4, goal balanced: instructions from reset to main", columns)
    for path in paths:
        instructions, words = start_up_of(path)
        table.add(path.stem, f"{instructions:,}", f"{words:,}", f"{peers()[path.stem]['start_up_instructions']:,}")
    return table
