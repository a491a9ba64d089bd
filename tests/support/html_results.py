"""Results as the page shows them: complete, with many layers, with hostile names, and read back from older files."""

from __future__ import annotations

from dataclasses import replace

from support.results import ANALYSIS, DEPLOYMENT

from edgeopt.board import load_board
from edgeopt.energy import Quantity
from edgeopt.report.origin import board_facts, made_with
from edgeopt.report.results import Analysis, ArenaSlot, Deployment, LayerRow

BOARD = load_board("nucleo-l4r5zi")
_FACTS = board_facts(BOARD)
_MADE_WITH = made_with({"goal": "balanced"}, {"compiler": "gcc 12.2.1"})
_ARENA = (
    ArenaSlot(("image",), "input", 0, 784, 0, 0),
    ArenaSlot(("sequential/conv2d/Relu",), "activation", 784, 5_408, 0, 1),
    ArenaSlot(("sequential/conv2d/Relu;sequential/conv2d/BiasAdd",), "scratch", 6_192, 568, 0, 0),
    ArenaSlot(("depthwise",), "activation", 0, 784, 1, 2),
    ArenaSlot(("memory",), "state", 6_720, 40, 0, 3),
    ArenaSlot(("digits",), "output", 784, 10, 2, 3),
)
DEPLOYED = replace(DEPLOYMENT, arena=_ARENA, board_facts=_FACTS, made_with=_MADE_WITH)
ANALYZED = replace(
    ANALYSIS,
    arena=_ARENA,
    board_facts=_FACTS,
    made_with=_MADE_WITH,
    power_mw=Quantity(78.3, "estimated", "supply voltage x active current"),
    energy_uj=Quantity(169.565, "estimated", "latency x power", 150.0, 180.0),
)
OLD = DEPLOYMENT  # as an edgeopt wrote it that kept neither the memory map nor the board's figures

HOSTILE = (
    """</script><script>document.title = "taken"</script>"""
    """<img src=x onerror="document.title='taken'">'"&\x00\x1b[31m"""
)


def many_layers(count: int = 40, name: str = "a_module/with_quite_a_long_name/depthwise_separable_conv2d") -> Analysis:
    """Layers of very different cost whose buffers lie crosswise in the arena."""
    layers = tuple(_layer(index, f"{name}_{index}") for index in range(count))
    arena = tuple(
        ArenaSlot((f"{name}_{index}/Relu;{name}_{index}/BiasAdd",), "activation", index % 3 * 30_000, size, index, last)
        for index in range(count)
        for size, last in [(30_000 // (1 + index // 5), min(count - 1, index + 2))]
    )
    return replace(ANALYZED, layers=layers, arena=arena)


def _layer(index: int, name: str) -> LayerRow:
    cycles = Quantity(1e6 / (1 + index * 7 % 13), "estimated", "kernel costs")
    kernels = ("eo_depthwise_conv2d_3x3_s8", "eo_copy")
    return LayerRow(
        index, name, "depthwise_conv2d", kernels, f"why {index % 3}", (1, 48, 48, 8), 1, 2, 60_000 + index, None, cycles
    )


def hostile(result: Deployment = DEPLOYED) -> Deployment:
    """Every text that a file can bring says HOSTILE."""
    bad = Quantity(1.0, "estimated", HOSTILE)
    layers = tuple(replace(row, name=HOSTILE, op=HOSTILE, kernels=(HOSTILE,), why=HOSTILE) for row in result.layers)
    arena = tuple(replace(slot, names=(HOSTILE, HOSTILE)) for slot in result.arena)
    power = replace(_FACTS.power, active_ma=replace(_FACTS.power.active_ma, source=HOSTILE))
    return replace(
        result,
        model=HOSTILE,
        board=HOSTILE,
        goal=HOSTILE,
        toolchain=HOSTILE,
        build_id=HOSTILE,
        flash_bytes={**result.flash_bytes, HOSTILE: 7},
        energy_uj=bad,
        layers=layers,
        arena=arena,
        warnings=(HOSTILE,),
        board_facts=replace(_FACTS, title=HOSTILE, mcu=HOSTILE, name=HOSTILE, power=power),
        made_with=made_with({HOSTILE: HOSTILE}, {HOSTILE: HOSTILE}),
        validation=replace(result.validation, target=HOSTILE, oracle=HOSTILE),
    )
