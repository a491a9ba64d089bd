"""Flash, RAM, instructions and estimated cycles of the reference models, beside TFLM with CMSIS-NN."""

from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.peers import models, peers
from benchmarks.table import Table
from edgeopt import pipeline
from edgeopt.board import load_board
from edgeopt.firmware import Sizes
from edgeopt.report.results import RunReport

# a board a core: the M0+ one must hold vww's weights
BOARDS = {"cortex-m4f": "nucleo-l4r5zi", "cortex-m3": "mps2-an385", "cortex-m0plus": "raspberry-pi-pico"}


def tables(folder: Path, samples: int) -> list[Table]:
    return [_memory_and_time(folder), *(_cores(folder, core) for core in ("cortex-m3", "cortex-m0plus"))]


def _memory_and_time(folder: Path) -> Table:
    table = Table(
        "NUCLEO-L4R5ZI (Cortex-M4), gcc -O2: edgeopt / target / TFLM + CMSIS-NN; memory without `runtime` and stack",
        [
            "model",
            "flash, bytes",
            "RAM, bytes",
            "instructions, simulated",
            "cycles, simulated",
            "latency, ms, simulated",
        ],
    )
    for model in models(folder):
        peer, target = peers()[model.stem], peers()["targets"][model.stem]
        sizes, report = _run(model, "cortex-m4f")
        flash = sizes.flash_bytes.total - sizes.flash_bytes.runtime
        ram = sizes.ram_bytes.arena + sizes.ram_bytes.static
        instructions, cycles = _whole(report.instructions.value), _whole(report.cycles.value)
        latency = report.latency_ms.value if report.latency_ms else float("nan")
        table.add(
            model.stem,
            _cell(table, flash, target["flash_bytes"], peer["flash_bytes"]),
            _cell(table, ram, target["ram_bytes"], peer["ram_bytes"]),
            _cell(table, instructions, target["instructions"], peer["instructions"]["cortex-m4f"]),
            f"{cycles:,} / - / {peer['m4_cycles']:,}",
            f"{latency:.2f}",
        )
    return table


def _cores(folder: Path, core: str) -> Table:
    table = Table(f"{core} ({BOARDS[core]}), gcc -O2", ["model", "instructions, simulated", "TFLM + CMSIS-NN", "ratio"])
    for model in models(folder):
        count = _whole(_run(model, core)[1].instructions.value)
        peer = peers()[model.stem]["instructions"][core]
        table.add(model.stem, f"{count:,}", f"{peer:,}", f"{count / peer:.2f}")
    return table


def _run(model: Path, core: str) -> tuple[Sizes, RunReport]:
    with TemporaryDirectory() as temporary:
        folder = Path(temporary) / "project"
        pipeline.generate(model, load_board(BOARDS[core]), folder)
        sizes = pipeline.build(folder, "gcc", "-O2").sizes
        report = pipeline.run(folder, "virtual")
    assert isinstance(report, RunReport)
    return sizes, report


def _cell(table: Table, ours: int, target: int, peer: int) -> str:
    return table.judged(f"{ours:,} / {target:,} / {peer:,}", ours <= target)


def _whole(value: float | None) -> int:
    assert value is not None
    return int(value)
