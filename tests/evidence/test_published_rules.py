"""The flat model of the Cortex-M4 counts as the field's figures were counted, within 2 % on whole networks.

The rules are applied a second time, to the disassembly; the virtual board says how often each block ran.
"""

import importlib.util
from pathlib import Path

import pytest
from support.arm_programs import need
from support.published_m4_rules import PublishedRules, cycles_of, disassembly, is_access

from benchmarks.peers import models
from benchmarks.published_rules import PublishedM4
from edgeopt import pipeline
from edgeopt.board import load_board
from edgeopt.simulate import run_foreign

M4 = "nucleo-l4r5zi"
REFERENCE = ("kws_dscnn_int8", "ic_resnet8_int8", "vww_mobilenet_int8", "ad_autoencoder_int8")
_MAIN = """#include "eo_model.h"
#include "eo_port.h"

int main(void) {
    eo_port_init();
    return eo_model->invoke(0, 0);
}
"""


@pytest.fixture(autouse=True)
def objdump() -> None:
    need("arm-none-eabi-objdump", "binutils-arm-none-eabi")
    need("arm-none-eabi-gcc", "gcc-arm-none-eabi")


def firmware(model: Path, folder: Path) -> Path:
    """An ELF that runs one inference of zeros and ends."""
    pipeline.generate(model, load_board(M4), folder, goal="latency", console="semihosting")
    (folder / "main.c").write_text(_MAIN)
    return pipeline.build(folder, "gcc").elf


def whole_run(elf: Path, model: object) -> int:
    """Cycles from reset to the end."""
    found = run_foreign(elf, load_board(M4), ideal_memory=True, model=model)
    assert found.exit_code == 0, found.ending
    assert found.profile.total.cycles is not None
    return found.profile.total.cycles


def test_a_small_network(tmp_path: Path, small_model: bytes) -> None:
    (tmp_path / "small.tflite").write_bytes(small_model)
    elf = firmware(tmp_path / "small.tflite", tmp_path / "project")
    published = whole_run(elf, PublishedRules(elf))
    assert published > 1000
    assert whole_run(elf, PublishedM4()) == pytest.approx(published, rel=0.02)


@pytest.mark.parametrize("name", REFERENCE)
def test_the_reference_models(name: str, tmp_path: Path, shared_models: Path) -> None:
    (path,) = (path for path in models(shared_models) if path.stem == name)
    elf = firmware(path, tmp_path / "project")
    assert whole_run(elf, PublishedM4()) == pytest.approx(whole_run(elf, PublishedRules(elf)), rel=0.02)


def test_the_rules_are_those_of_the_tool_that_counted(project: Path, tmp_path: Path, small_model: bytes) -> None:
    tool = project.parent / "shared" / "tools" / "m4_cycles.py"
    if not tool.is_file():
        pytest.skip(f"put the tool by which the peers were counted at {tool}")
    spec = importlib.util.spec_from_file_location("m4_cycles", tool)
    assert spec is not None and spec.loader is not None
    counted = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(counted)
    (tmp_path / "small.tflite").write_bytes(small_model)
    code = disassembly(firmware(tmp_path / "small.tflite", tmp_path / "project"))
    assert len(code) > 500
    for mnemonic, operands in set(code.values()):
        for before, behind in ((None, False), ("load1", True), ("store1", True), ("alu", False)):
            expected = counted.cost_m4(mnemonic, operands, before)
            assert cycles_of(mnemonic, operands, behind) == expected, (mnemonic, operands, before)
        if not mnemonic.startswith(("v", "ldm", "pop", "stm", "push", "ldrd", "strd")):
            single = counted.classify(mnemonic, operands) in ("load", "store")
            assert is_access(mnemonic, operands) == single, (mnemonic, operands)
