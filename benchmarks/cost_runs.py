"""What kernels take on the virtual board, call by call: the rows that benchmarks.costs fits tables to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from elftools.elf.elffile import ELFFile
from support.mlperf_like import MLPERF_LIKE
from support.operator_tests import core_cases

from benchmarks.together import together
from edgeopt import firmware
from edgeopt.board import Board, board_names, load_board
from edgeopt.costs import FREE, O2, Work, memory_of, work_of
from edgeopt.emit import Network, Provenance, emit
from edgeopt.ir import Graph, Target
from edgeopt.load import load_bytes
from edgeopt.ops import OPS
from edgeopt.ops.ways import PLAIN, offers
from edgeopt.optimize import optimize
from edgeopt.plan import Plan, plan
from edgeopt.simulate import VirtualBoard

# a board a core, large enough for every network here; its memory is made as slow as that of others
BOARDS = {
    "cortex-m4f": "nucleo-l4r5zi",
    "cortex-m0plus": "raspberry-pi-pico",
    "cortex-m3": "mps2-an385",
    "cortex-m33f": "nucleo-u575zi-q",
    "cortex-m7f": "nucleo-h743zi",
}
_MAIN = """#include "eo_model.h"
#include "eo_port.h"

void eo_mark_hook(void *user, int layer);

int main(void) {
    int status;
    eo_port_init();
    eo_mark_begin();
    status = eo_model->invoke(eo_mark_hook, 0);
    eo_mark_end();
    return status;
}
"""
_SMALL = ("compact", "packed")  # in the names of ways that need few bytes
_TIMEOUT_S = 600.0


@dataclass(frozen=True)
class Core:
    """What is measured: code for a core, by a level of the compiler, on boards whose memories differ."""

    name: str
    level: str
    memories: Mapping[str, Board]  # by Memory.key; beside memory that answers at once

    @classmethod
    def of(cls, name: str, level: str, boards: Collection[str] = ()) -> Core:
        """The memories of `boards` that have this core; of all boards where there are none."""
        memories: dict[str, Board] = {}
        for board in map(load_board, boards or board_names()):
            if board.core == name and memory_of(board).waits:
                memories.setdefault(memory_of(board).key, board)
        return cls(name, level, memories)

    def takes(self, way: str) -> bool:
        """Whether a plan may take `way` when it is compiled so: for the fewest bytes, only what is small."""
        return self.level == O2 or way == PLAIN or any(word in way for word in _SMALL)

    def board(self, memory: str | None) -> Board:
        """The board that runs everything, with one of the memories."""
        board = firmware.with_console(load_board(BOARDS[self.name]), "semihosting")
        like = board if memory is None else self.memories[memory]
        ram = replace(board.ram, wait_states=like.ram.wait_states if memory else 0, cached=like.ram.cached)
        return replace(board, ram=ram, flash_timing=like.flash_timing if memory else None)


@dataclass(frozen=True)
class Row:
    """One call: its work, its cycles with memory that answers at once, and what each memory adds, by Memory.key."""

    work: Work
    cycles: float
    stalls: Mapping[str, float]


@dataclass(frozen=True)
class Job:
    """A graph, and the way to compute it; where there is none for a layer, the plain one."""

    graph: Graph
    way: str


@dataclass
class Found:
    """Rows, and bytes of code, by kernel."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    code: dict[str, int] = field(default_factory=dict)

    def add(self, other: Found) -> None:
        self.code |= other.code
        for kernel, rows in other.rows.items():
            self.rows.setdefault(kernel, []).extend(rows)


def measured(graphs: Sequence[Graph], core: Core, named: Collection[str], pool: Executor) -> Found:
    """What the runs of all graphs say of the kernels in `named` or, where it is empty, of all."""
    found = Found()
    jobs = [job for job in _jobs(graphs, core.name) if core.takes(job.way)]
    jobs = [job for job in jobs if not named or _kernels(job, core.name) & set(named)]
    for part in pool.map(_collect, jobs, [core] * len(jobs)):
        found.add(part)
    # what no other network calls: the small models of the tests
    others = [job for job in _calling_others(core.name, set(found.rows), named) if core.takes(job.way)]
    for part in pool.map(_collect, others, [core] * len(others)):
        found.add(part)
    return found


def probe(core: Core) -> dict[str, int]:
    """Cycles of one small network on each memory, by Memory.key: a simulation with other figures is another one."""
    graph = optimize(load_bytes(MLPERF_LIKE["ad_like"](), "ad_like"))
    with TemporaryDirectory() as temporary:
        elf = _built(_plan(Job(graph, ""), core.name), core, Path(temporary) / "p")
        return {memory or FREE.key: sum(_layer_cycles(elf, core.board(memory))) for memory in (None, *core.memories)}


def _jobs(graphs: Sequence[Graph], core: str) -> Iterator[Job]:
    """Each graph with plain kernels, and with each way that there is for it; small graphs with the same ways as one."""
    groups: dict[tuple[str, ...], list[Graph]] = {}
    for graph in graphs:
        offered = [offers(node.op, graph.io(node), Target(core)).ways for node in graph.nodes]
        ways = sorted({way.name for row in offered for way in row} - {PLAIN})
        groups.setdefault((PLAIN, *ways), []).append(graph)
    for ways, members in groups.items():
        yield from (Job(graph, way) for graph in together(members) for way in ways)


def _calling_others(core: str, known: set[str], named: Collection[str]) -> list[Job]:
    """The tests' models of one operator that call kernels which are not in `known`, up to two for each."""
    if named and set(named) <= known:
        return []
    rng = np.random.default_rng(0)
    graphs = [case.graph() for name in OPS.names() for case in core_cases(name, rng)]
    calls, chosen = Counter[str](), []
    for job in (job for graph in graphs for job in _jobs([graph], core)):
        kernels = _kernels(job, core) - known
        if named:
            kernels &= set(named)
        if any(calls[kernel] < 2 for kernel in kernels):
            calls.update(kernels)
            chosen.append(job)
    return chosen


def _plan(job: Job, core: str) -> Plan:
    return plan(job.graph, Target(core, only=job.way))


def _kernels(job: Job, core: str) -> set[str]:
    """Those that the job is run for."""
    return {call.kernel for step in _plan(job, core).steps if step.way.name == job.way for call in step.calls}


def _collect(job: Job, core: Core) -> Found:
    """What one inference of a graph on each memory says of the kernels of its way."""
    made, found = _plan(job, core.name), Found()
    with TemporaryDirectory() as temporary:
        elf = _built(made, core, Path(temporary) / "p")
        found.code = {
            path.name[len("kernels-") : -len(".c.o")]: _code_bytes(path) for path in elf.parent.glob("kernels-*.c.o")
        }
        at_once = _layer_cycles(elf, core.board(None))
        slower = {memory: _layer_cycles(elf, core.board(memory)) for memory in core.memories}
    for index, step in enumerate(made.steps):
        if step.way.name == job.way and step.calls:
            part = 1 / len(step.calls)
            work = work_of(step.node.op, made.graph.io(step.node), step.calls)
            stalls = {memory: (taken[index] - at_once[index]) * part for memory, taken in slower.items()}
            cycles = at_once[index] * part
            rows = {call.kernel: [Row(work.times(call.surplus * part), cycles, stalls)] for call in step.calls}
            found.add(Found(rows))
    return found


def _built(made: Plan, core: Core, folder: Path) -> Path:
    """An ELF that computes once, with its inputs zero."""
    board = core.board(None)
    provenance = Provenance(board.name, "baremetal", {}, {})
    project = emit([Network(made, "net")], folder, provenance, lambda at: firmware.write_platform(at, board) and None)
    (project.folder / "main.c").write_text(_MAIN)
    return firmware.build(project.folder, board, "gcc", core.level).elf


def _layer_cycles(elf: Path, board: Board) -> list[int]:
    virtual = VirtualBoard(elf, board)
    while not virtual.has_ended:
        virtual.read(_TIMEOUT_S)
    (run,) = virtual.runs
    return [layer.profile.total.cycles or 0 for layer in run.layers]


def _code_bytes(path: Path) -> int:
    """Code and tables of an object file."""
    with path.open("rb") as file:
        sections = list(ELFFile(file).iter_sections())
    return sum(s["sh_size"] for s in sections if s["sh_flags"] & 2 and s["sh_type"] == "SHT_PROGBITS")
