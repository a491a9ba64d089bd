"""Runs the C of graphs on QEMU and counts what it executes: cores that no other emulator has, and vector paths."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from support.arm_programs import QemuCount, compile_arm, qemu_count
from support.host import outputs_of
from support.one_unit import files_of_nets

from edgeopt.board import load_board
from edgeopt.ir import Array, Graph, Target
from edgeopt.plan import Plan, plan

BOARDS = {
    "cortex-m3": "mps2-an385",
    "cortex-m4f": "mps2-an386",
    "cortex-m7f": "mps2-an500",
    "cortex-m33f": "mps2-an505",
    "cortex-m55": "mps3-an547",
}
_M55 = Target(core="cortex-m55")


def run_on_m55(
    graphs: Sequence[Graph],
    samples: Sequence[Sequence[Sequence[Array]]],
    folder: Path,
    optimization: str = "-O2",
) -> list[list[list[Array]]]:
    """What is chosen for the Cortex-M55, by graph, sample and output index; `samples` as `run_plans_on_qemu`."""
    return run_plans_on_qemu([plan(graph, _M55) for graph in graphs], samples, folder, optimization)


def run_plans_on_qemu(
    plans: Sequence[Plan],
    samples: Sequence[Sequence[Sequence[Array]]],
    folder: Path,
    optimization: str = "-O2",
) -> list[list[list[Array]]]:
    """Outputs by plan, sample and output index, in one program for the core of the plans.

    `samples` are inputs by plan, sample and input index.
    """
    ran = _execute(plans, samples, folder, optimization)
    return outputs_of(ran.output, [made.graph for made in plans], samples)


def instructions_on_m55(graph: Graph, sample: Sequence[Array], folder: Path, optimization: str = "-O2") -> int:
    """Of one inference."""
    return instructions_on_qemu(plan(graph, _M55), sample, folder, optimization)


def instructions_on_qemu(plan_: Plan, sample: Sequence[Array], folder: Path, optimization: str = "-O2") -> int:
    """Of one inference, all of it: what a program executes more that computes twice."""
    once, twice = (
        _execute([plan_], [[sample] * count], folder / str(count), optimization).instructions for count in (1, 2)
    )
    return twice - once


def _execute(
    plans: Sequence[Plan], samples: Sequence[Sequence[Sequence[Array]]], folder: Path, optimization: str
) -> QemuCount:
    board = load_board(BOARDS[plans[0].target.core])
    files, names = files_of_nets(plans)
    nets = [_Net(index, plan_.graph, samples[index]) for index, plan_ in enumerate(plans)]
    files["main.c"] = _MAIN.format(
        includes="\n".join(f'#include "net{net.index}.h"' for net in nets),
        contexts="\n".join(f"    net{net.index}_context net{net.index};" for net in nets),
        functions="\n".join(net.function() for net in nets),
        calls="\n".join(f"    run{net.index}();" for net in nets),
    )
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    sources = [str(folder / name) for name in names]
    options = [optimization, "-std=c99", "-fdata-sections", "-Wl,--gc-sections", f"-I{folder}"]
    options += [f"-Wl,--defsym=FLASH_BYTES={board.flash.size_bytes},--defsym=RAM_BYTES={board.ram.size_bytes}"]
    elf = compile_arm(folder / "main.c", board, folder / "net.elf", *options, *sources)
    assert board.qemu is not None
    ran = qemu_count(elf, board.qemu.machine, folder)
    assert ran.exit_code == 0, ran
    return ran


class _Net:
    """One graph in the program, with its samples."""

    def __init__(self, index: int, graph: Graph, samples: Sequence[Sequence[Array]]) -> None:
        self.index, self._graph, self._samples = index, graph, samples

    def function(self) -> str:
        """C that computes all samples and sends what comes out."""
        net = f"net{self.index}"
        sent = b"".join(np.ascontiguousarray(array).tobytes() for sample in self._samples for array in sample)
        reads = "\n".join(
            f"        from = copy({net}_input(net, {i}), from, {t.size_bytes});"
            for i, t in enumerate(self._graph.input_tensors)
        )
        writes = "\n".join(
            f"        send({net}_output(net, {i}), {t.size_bytes});" for i, t in enumerate(self._graph.output_tensors)
        )
        return _FUNCTION.format(
            index=self.index,
            sent=",".join(map(str, sent)),
            samples=len(self._samples),
            reads=reads,
            writes=writes,
        )


_FUNCTION = """static const unsigned char sent{index}[] = {{{sent}}};
static void run{index}(void) {{
    net{index}_context *net = &context.net{index};
    const unsigned char *from = sent{index};
    for (int i = 0; i < {samples}; i++) {{
{reads}
        net{index}_invoke(net, NULL, NULL);
{writes}
    }}
}}
"""

_MAIN = """#include <stddef.h>
#include <stdint.h>
{includes}

static union {{
{contexts}
}} context;

extern const uint32_t stack_top[];
void Reset_Handler(void);
void run(void);
__attribute__((section(".vectors"), used))
static const void *const vectors[] = {{stack_top, (const void *)Reset_Handler}};

static uint32_t call_host(uint32_t operation, const void *argument) {{
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}}

/* what gcc calls even in freestanding code */
void *memcpy(void *to, const void *from, size_t n) {{
    for (size_t i = 0; i < n; i++) {{ ((volatile char *)to)[i] = ((const char *)from)[i]; }}
    return to;
}}
void *memset(void *to, int value, size_t n) {{
    for (size_t i = 0; i < n; i++) {{ ((volatile char *)to)[i] = (char)value; }}
    return to;
}}

static const unsigned char *copy(void *to, const unsigned char *from, size_t n) {{
    memcpy(to, from, n);
    return from + n;
}}

static uint32_t console;
static void send(const void *data, uint32_t n) {{
    const uint32_t write[3] = {{console, (uint32_t)data, n}};
    call_host(5, write);
}}

{functions}

__attribute__((used)) void run(void) {{
    const uint32_t open[3] = {{(uint32_t)":tt", 4, 3}};
    console = call_host(1, open);
{calls}
    call_host(0x18, (const void *)0x20026);
}}

/* full access to the coprocessors 10 and 11: the vector unit */
__attribute__((naked)) void Reset_Handler(void) {{
    __asm__("movw r0, #0xED88\\n movt r0, #0xE000\\n ldr r1, [r0]\\n"
            "orr r1, r1, #0xF00000\\n str r1, [r0]\\n dsb\\n isb\\n b run\\n");
}}
"""
