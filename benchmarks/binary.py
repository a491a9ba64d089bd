"""Binary layers: instructions a binary multiply-accumulate, packing and output included; and the MNIST example whole.

Cortex-M4 and M0+ are counted on the virtual board, the M55 under QEMU: there, what the layer's functions execute.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from elftools.elf.elffile import ELFFile
from support.arm_programs import qemu_count
from support.lce import LceBuilder, with_ranges
from support.whole import one_inference

from benchmarks.peers import peers
from benchmarks.table import Table
from edgeopt import pipeline
from edgeopt.board import load_board
from edgeopt.report.results import Deployment, RunReport
from edgeopt.schema import Ranges

EXAMPLE = Path("examples/mnist_binary")
_BOARDS = {"cortex-m4f": "nucleo-l4r5zi", "cortex-m0plus": "nucleo-g071rb"}
_M55 = "mps3-an547"
_CORES = (*_BOARDS, "cortex-m55")
_LAYER = ("eo_bits", "eo_binary")  # functions of a binary layer; the rest of the network has others


@dataclass(frozen=True)
class Layer:
    """A network of one binary layer behind a sign; `key` is where its targets stand in peers.toml."""

    title: str
    key: str
    model: bytes
    macs: int


def tables(folder: Path, samples: int) -> list[Table]:
    return [_layers(), _networks()]


def _layers() -> Table:
    table = Table(
        "Instructions a binary multiply-accumulate, gcc -O2, the whole layer: edgeopt / target / CMSIS-NN int8",
        ["layer", *_CORES],
    )
    for layer in (_convolution(64, "conv_64"), _convolution(32, "conv_32"), _dense()):
        figures = peers()["binary"][layer.key]
        cells = []
        for core in _CORES:
            ours = _per_mac(layer, core)
            target, peer = figures[core]["target"], figures[core]["int8"]
            text = f"{ours:.3f} / {target or '-'} / {peer or '-'}"
            cells.append(table.judged(text, not target or ours <= target))
        table.add(layer.title, *cells)
    return table


def _convolution(channels: int, key: str) -> Layer:
    m, size = LceBuilder(), 16
    rng = np.random.default_rng(channels)
    x = m.tensor([1, size, size, channels], "float32")
    filters = m.weights(rng.integers(0, 2, [64, 3, 3, channels]).astype(bool))
    levels = rng.integers(9 * channels // 2 - 20, 9 * channels // 2 + 20, 64)
    y = m.bconv(m.quantize(x, [1, size, size, channels]), filters, [1, size, size, 64], {"channels_in": channels},
                thresholds=levels)  # fmt: skip
    return Layer(f"3x3, {channels} to 64, on 16x16", key, _finished(m, x, y), size * size * 64 * 9 * channels)


def _dense() -> Layer:
    m, features, outputs = LceBuilder(), 2304, 64
    rng = np.random.default_rng(0)
    x = m.tensor([1, features], "float32")
    signs = m.dequantize(m.quantize(x, [1, features]), [1, features])
    weights = np.where(rng.integers(0, 2, [outputs, features]), 1, -1).astype(np.float32)
    sums = m.tensor([1, outputs], "float32")
    m.op("FULLY_CONNECTED", [signs, m.tensor(weights.shape, "float32", data=weights), -1], [sums])
    return Layer("dense, 2304 to 64", "dense", _finished(m, x, m.quantize(sums, [1, outputs])), features * outputs)


def _finished(m: LceBuilder, x: int, y: int) -> bytes:
    return with_ranges(m.finish([x], [y]), Ranges({x: (-1.0, 1.0)}, {x: (1 / 127, 0)}))


def _per_mac(layer: Layer, core: str) -> float:
    with TemporaryDirectory() as temporary:
        path, project = Path(temporary) / "layer.tflite", Path(temporary) / "project"
        path.write_bytes(layer.model)
        if core in _BOARDS:
            pipeline.generate(path, load_board(_BOARDS[core]), project)
            pipeline.build(project, "gcc", "-O2")
            report = pipeline.run(project, "virtual:ideal")
            assert isinstance(report, RunReport)
            return (report.layers[-1].instructions or 0) / layer.macs
        elf = one_inference(path, _M55, project)
        return _in_layer(elf, Path(temporary)) / layer.macs


def _in_layer(elf: Path, folder: Path) -> int:
    """What the functions of the binary layer execute under QEMU."""
    with elf.open("rb") as file:
        functions = [
            (symbol["st_value"] & ~1, symbol["st_size"])
            for symbol in ELFFile(file).get_section_by_name(".symtab").iter_symbols()
            if symbol.name.startswith(_LAYER) and symbol["st_info"]["type"] == "STT_FUNC"
        ]
    counted = qemu_count(elf, _M55, folder)
    assert counted.exit_code == 0
    return sum(
        instructions * executions
        for address, instructions, executions, _ in counted.blocks
        if any(start <= address < start + size for start, size in functions)
    )


def _networks() -> Table:
    table = Table(
        "examples/mnist_binary (26.7 KiB), gcc -O2, without `runtime` and stack: edgeopt / target",
        ["board", "flash, bytes", "RAM, bytes", "instructions, simulated", "accuracy, %"],
    )
    targets = peers()["binary"]["mnist"]
    for core, board in _BOARDS.items():
        found = _deployed(board)
        flash = found.flash_bytes["total"] - found.flash_bytes["runtime"]
        ram = found.ram_bytes["arena"] + found.ram_bytes["static"]
        instructions = int(found.instructions.value or 0)
        assert found.accuracy is not None
        accuracy = 100 * (found.accuracy.device or 0.0)
        limits = targets[core]
        table.add(
            board,
            table.judged(f"{flash:,} / {limits['flash_bytes']:,}", flash <= limits["flash_bytes"]),
            table.judged(f"{ram:,} / {limits['ram_bytes']:,}", ram <= limits["ram_bytes"]),
            table.judged(f"{instructions:,} / {limits['instructions']:,}", instructions <= limits["instructions"]),
            table.judged(f"{accuracy:.1f} / {limits['accuracy']}", accuracy >= limits["accuracy"]),
        )
    return table


def _deployed(board: str) -> Deployment:
    (model,) = EXAMPLE.glob("*.h5")
    mnist = Path("examples/mnist")
    with TemporaryDirectory() as temporary:
        return pipeline.deploy(
            model, load_board(board), mnist / "calibration.npz", mnist / "test.npz", Path(temporary) / "out"
        )
