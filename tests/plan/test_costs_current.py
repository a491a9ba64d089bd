"""The cost tables are of today's kernels, simulator and boards: what has changed since has to be measured anew."""

from pathlib import Path

import pytest
from support.arm_programs import need

from benchmarks.cost_runs import Core, probe
from edgeopt.board import board_names, load_board
from edgeopt.costs import CostTable, cost_table, kernel_digest, memory_of
from edgeopt.costs.sources import plain_c
from edgeopt.costs.table import TABLES
from edgeopt.resources import kernel_files

LEVELS = ("-O2", "-Os")
NEAR = 0.01  # of the cycles of the probe: other versions of the compiler move some instructions
SLOW, NEAR_SLOW = "ws39-", 0.15  # the Pico's flash, 40 cycles for half a line: 0.4 kB more of firmware moved it by 12 %
TABLES_OF = [(path.stem.partition("-O")[0], level) for path in sorted(TABLES.glob("*.toml")) for level in LEVELS]
PAIRS = sorted({(core, level) for core, level in TABLES_OF if cost_table(core, level).kernels})


def command(core: str, level: str, kernels: str = "") -> str:
    return f"python -m benchmarks.costs --cores {core} --levels={level}" + (f" --kernels {kernels}" if kernels else "")


@pytest.mark.parametrize(("core", "level"), PAIRS)
def test_kernels_are_those_that_were_measured(core: str, level: str) -> None:
    kernels = cost_table(core, level).kernels
    changed = sorted(kernel for kernel, cost in kernels.items() if cost.sources != kernel_digest(kernel))
    assert not changed, f"the C of {', '.join(changed)} has changed: {command(core, level, ' '.join(changed))}"


@pytest.mark.parametrize(("core", "level"), PAIRS)
def test_every_memory_of_a_board_was_measured(core: str, level: str) -> None:
    table = cost_table(core, level)
    for board in map(load_board, board_names()):
        memory = memory_of(board)
        if board.core == core and memory.waits:
            lacking = [kernel for kernel, cost in table.kernels.items() if memory.share_of(cost.stalls) is None]
            assert not lacking, f"{board.name}: {command(core, level)}"


@pytest.mark.parametrize(("core", "level"), PAIRS)
def test_the_simulator_is_the_one_that_measured(core: str, level: str) -> None:
    """The cycles of one network, with every memory, are those that the table's figures were fitted beside.

    Flash that takes long for a part of a cache line costs by where the firmware puts the weights.
    """
    need("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    pytest.importorskip("unicorn", reason="pip install unicorn")
    recorded, now = cost_table(core, level).probe, probe(Core.of(core, level))
    for memory, cycles in now.items():
        near = NEAR_SLOW if memory.startswith(SLOW) else NEAR
        assert recorded.get(memory) == pytest.approx(cycles, rel=near), f"{memory}: {command(core, level)}"


def test_a_kernel_digest_knows_code_from_words(tmp_path: Path) -> None:
    code = 'int f(void) { return g("a // b", \'"\'); } /* one */\n'
    same = ['int f(void) {\treturn g("a // b", \'"\'); }\n\n', "// two\n" + code, code.replace("one", "a 'word\" more")]
    for text in same:
        assert plain_c(text) == plain_c(code)
    for text in (code.replace("a // b", "a // c"), code.replace("return", "return 1 +")):
        assert plain_c(text) != plain_c(code)


def test_a_kernel_digest_covers_what_it_includes() -> None:
    assert len({path.stem for path in kernel_files({"eo_dense_s8"})}) > 1
    assert kernel_digest("eo_dense_s8") != kernel_digest("eo_dense_s16")
    assert kernel_digest("eo_dense_s8") == kernel_digest("eo_dense_s8")


def test_a_table_of_no_core_is_empty() -> None:
    assert cost_table("cortex-m55") == CostTable("cortex-m55", {}, {})
