"""The first layer that differs, on the virtual board and QEMU: broken kernels, constants and memory."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from elftools.elf.elffile import ELFFile
from support.binarized import BINARIZED
from support.breaking import flip_after, generated, last_element, random_samples
from support.networks import NETWORKS, every_operator, several_inputs_and_outputs
from support.streaming import STREAMS
from support.whole import need_toolchain

from edgeopt import pipeline
from edgeopt.board import load_board
from edgeopt.emit import CProject
from edgeopt.emit.layout import read_layout
from edgeopt.report.proof import DifferingLayer, Validation

pytest.importorskip("unicorn", reason="pip install unicorn")

CORES = {"cortex-m0plus": "nucleo-g071rb", "cortex-m4f": "nucleo-l4r5zi", "cortex-m33": "mps2-an505"}
WHOLE_WINDOW = "for (int32_t y = 0; y < rows; y++) {"


def validated(project: CProject, rng: np.random.Generator, target: str = "virtual", samples: int = 2) -> Validation:
    """`validate` of the project as it was built."""
    file = project.folder.parent / "samples.npz"
    columns = zip(*random_samples(project, samples, rng), strict=True)
    arrays = {t.name: np.concatenate(column) for t, column in zip(project.inputs, columns, strict=True)}
    np.savez(file, **arrays)
    return pipeline.validate(project.folder, load_board(project.board), target, file)


def culprit(found: Validation) -> DifferingLayer:
    assert found.identical < found.samples
    assert found.diagnosis is not None and found.diagnosis.layer is not None, found.diagnosis
    return found.diagnosis.layer


@pytest.mark.parametrize(
    ("core", "goal"),
    [
        *(("cortex-m4f", goal) for goal in ("latency", "flash", "ram", "balanced")),
        ("cortex-m0plus", "ram"),
        ("cortex-m33", "latency"),
    ],
)
def test_a_kernel_that_is_one_off(core: str, goal: str, rng: np.random.Generator, tmp_path: Path) -> None:
    """A pooling that leaves out the last row of its windows, in the middle of all operators."""
    need_toolchain("gcc")
    project = generated(every_operator(), tmp_path, "network", goal, CORES[core])
    kernel = project.folder / "model" / "eo_max_pool_2d_s8.c"
    assert kernel.read_text().count(WHOLE_WINDOW) == 1
    kernel.write_text(kernel.read_text().replace("y < rows; y++", "y + 1 < rows; y++"))
    pipeline.build(project.folder, "gcc")
    layer = culprit(validated(project, rng))
    layers = read_layout(project.folder, "network").layers
    wanted = next(i for i, one in enumerate(layers) if "max_pool_2d" in (one.op, *one.inside))
    assert (layer.index, layer.fault, layer.inputs_right) == (wanted, "kernel", True)
    assert layer.differing > 10 and layer.compared == int(np.prod(layer.shape))


@pytest.mark.parametrize(
    ("core", "name", "make"),
    [
        ("cortex-m0plus", "geometry", BINARIZED["geometry"]),
        ("cortex-m4f", "binary_residual", BINARIZED["residual"]),
        ("cortex-m33", "thresholds", BINARIZED["thresholds_only"]),
        ("cortex-m0plus", "recurrent", STREAMS["recurrent"]),
        ("cortex-m4f", "window", STREAMS["window"]),
        ("cortex-m33", "several", several_inputs_and_outputs),
    ],
)
def test_a_bit_of_the_last_layer(
    core: str, name: str, make: Callable[[], bytes], rng: np.random.Generator, tmp_path: Path
) -> None:
    """Networks of bits, with memory, of several outputs."""
    need_toolchain("gcc")
    project = generated(make(), tmp_path, name, "balanced", CORES[core])
    layout = read_layout(project.folder, name)
    index = max(i for i, layer in enumerate(layout.layers) if set(layer.writes) & set(layout.outputs))
    region = layout.layers[index].writes[0]
    flip_after(project, index, last_element(region))
    pipeline.build(project.folder, "gcc")
    layer = culprit(validated(project, rng, samples=4))
    assert (layer.sample, layer.index, layer.fault, layer.tensor) == (0, index, "kernel", region.tensor)
    assert (layer.differing, layer.position) == (1, tuple(size - 1 for size in region.shape))


def test_a_bit_of_the_weights_in_flash(rng: np.random.Generator, tmp_path: Path) -> None:
    need_toolchain("gcc")
    project = generated(NETWORKS["residual"](), tmp_path, "network", "flash")
    elf = pipeline.build(project.folder, "gcc").elf
    assert culprit_free(validated(project, rng))
    with elf.open("rb") as file:
        binary = ELFFile(file)
        names = {symbol.name: symbol for symbol in binary.get_section_by_name(".symtab").iter_symbols()}
        symbol = names["network_layer5_weights"]
        section = binary.get_section(symbol["st_shndx"])
        at = section["sh_offset"] + symbol["st_value"] - section["sh_addr"] + symbol["st_size"] // 2
    content = bytearray(elf.read_bytes())
    content[at] ^= 0x40
    elf.write_bytes(content)
    layer = culprit(validated(project, rng))
    assert (layer.index, layer.fault) == (5, "kernel")


def culprit_free(found: Validation) -> bool:
    return found.identical == found.samples and found.diagnosis is None


def test_on_qemu(rng: np.random.Generator, tmp_path: Path) -> None:
    need_toolchain("gcc")
    project = generated(every_operator(), tmp_path, "network", "ram", "mps2-an386")
    kernel = project.folder / "model" / "eo_max_pool_2d_s8.c"
    kernel.write_text(kernel.read_text().replace("y < rows; y++", "y + 1 < rows; y++"))
    pipeline.build(project.folder, "gcc")
    assert "max_pool_2d" in (layer := culprit(validated(project, rng, "qemu"))).op or "max_pool_2d" in layer.inside
