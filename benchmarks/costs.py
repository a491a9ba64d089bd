"""`make costs`: fits edgeopt/costs/tables/<core>.toml, what plans are chosen by and `edgeopt analyze` estimates with.

For each kernel the least-squares fit, over all layers that call it on the virtual board, of cycles = a x MACs +
b x outputs + c x inputs + d x pixels + e, no term negative, relative errors weighted alike; and the bytes of its object
code. Every graph runs once with plain kernels and once with each way that there is for one of its layers.

`--kernels` fits only the kernels that it names, and leaves the rest of the table as it is.
"""

import argparse
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import MISSING, asdict, dataclass, field, fields
from itertools import combinations, repeat
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from elftools.elf.elffile import ELFFile
from support.operator_tests import core_cases

from benchmarks import synthetic, synthetic_binary, synthetic_layers, synthetic_rows
from benchmarks.peers import models
from edgeopt import device, firmware
from edgeopt.board import load_board
from edgeopt.costs import CostTable, KernelCost, Work, cost_table, work_of
from edgeopt.costs.table import TABLES
from edgeopt.device.samples import zero_sample
from edgeopt.emit import Provenance, emit
from edgeopt.ir import Graph, Target
from edgeopt.load import load
from edgeopt.ops import OPS
from edgeopt.ops.ways import PLAIN, offers
from edgeopt.optimize import optimize
from edgeopt.plan import Plan, plan

Row = tuple[Work, float]  # of one call: its work and its cycles
Job = tuple[Graph, str]  # a graph, and the way to compute it

# the cores that the virtual board has a cycle model of; the M0+ one must hold vww's weights
_BOARDS = {"cortex-m4f": "nucleo-l4r5zi", "cortex-m3": "mps2-an385", "cortex-m0plus": "raspberry-pi-pico"}
_PARALLEL = 2

_HEAD = """# Cycles and code bytes of each kernel on {core}, gcc -O2, zero wait states: fitted on the virtual board
# from the reference models and one-operator networks. Written by `make costs MODELS=...`; do not edit.

"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.costs", description=__doc__)
    parser.add_argument("models", type=Path, nargs="?", default=Path("../shared/models"))
    parser.add_argument("--cores", nargs="+", choices=_BOARDS, default=list(_BOARDS))
    parser.add_argument("--kernels", nargs="+", default=[])
    arguments = parser.parse_args()
    graphs = [optimize(load(path)) for path in models(arguments.models)]
    graphs += [*synthetic_layers.graphs(), *synthetic.graphs(), *synthetic_binary.graphs(), *synthetic_rows.graphs()]
    for core in arguments.cores:
        found = _measured(graphs, core, arguments.kernels)
        fitted = {kernel: _cost(rows, found.code[kernel]) for kernel, rows in found.rows.items()}
        shared = {name: found.code[name] for name in found.code.keys() - found.rows.keys()}
        if arguments.kernels:
            known, named = cost_table(core), arguments.kernels
            fitted = {**known.kernels, **{kernel: fitted[kernel] for kernel in named}}
            shared = {**known.shared, **{name: shared[name] for name in shared.keys() - known.kernels.keys()}}
        (TABLES / f"{core}.toml").write_text(_HEAD.format(core=core) + _toml(CostTable(core, fitted, shared)))
        print(f"{core}: {len(found.rows)} kernels from {sum(map(len, found.rows.values()))} layers", flush=True)


@dataclass
class _Found:
    """Rows and bytes of code by kernel."""

    rows: dict[str, list[Row]] = field(default_factory=dict)
    code: dict[str, int] = field(default_factory=dict)

    def add(self, other: "_Found") -> None:
        self.code |= other.code
        for kernel, rows in other.rows.items():
            self.rows.setdefault(kernel, []).extend(rows)


def _measured(graphs: Iterable[Graph], core: str, named: Collection[str]) -> _Found:
    """What the runs of all graphs say, of the kernels in `named` or, where it is empty, of all."""
    found = _Found()
    with ProcessPoolExecutor(_PARALLEL) as pool:
        jobs = [job for job in _jobs(graphs, core) if not named or _kernels(job, core) & set(named)]
        for part in pool.map(_collect, jobs, repeat(core)):
            found.add(part)
        # what no other network calls: the small models of the tests
        others = _calling_others(core, set(found.rows), named)
        for part in pool.map(_collect, others, repeat(core)):
            found.add(part)
    return found


def _jobs(graphs: Iterable[Graph], core: str) -> Iterator[Job]:
    """Each graph with plain kernels, and with each way that there is for it."""
    for graph in graphs:
        offered = [offers(node.op, graph.io(node), Target(core)).ways for node in graph.nodes]
        ways = sorted({way.name for row in offered for way in row} - {PLAIN})
        yield from ((graph, way) for way in (PLAIN, *ways))


def _calling_others(core: str, known: set[str], named: Collection[str]) -> list[Job]:
    """The tests' models of one operator that call kernels which are not in `known`, up to two for each."""
    if named and set(named) <= known:
        return []
    rng = np.random.default_rng(0)
    graphs = [case.graph() for name in OPS.names() for case in core_cases(name, rng)]
    calls, chosen = Counter[str](), []
    for job in _jobs(graphs, core):
        kernels = _kernels(job, core) - known
        if named:
            kernels &= set(named)
        if any(calls[kernel] < 2 for kernel in kernels):
            calls.update(kernels)
            chosen.append(job)
    return chosen


def _plan(job: Job, core: str) -> Plan:
    graph, way = job
    return plan(graph, Target(core, only=way))


def _kernels(job: Job, core: str) -> set[str]:
    """Those that the job is run for."""
    return {call.kernel for step in _plan(job, core).steps if step.way.name == job[1] for call in step.calls}


def _collect(job: Job, core: str) -> _Found:
    """What one inference of a graph says of the kernels of its way."""
    board, made = load_board(_BOARDS[core]), _plan(job, core)
    found = _Found()
    with TemporaryDirectory() as temporary:
        provenance = Provenance("", board.name, "baremetal", {}, {})
        project = emit(
            made, "net", Path(temporary) / "p", provenance, lambda at: firmware.write_platform(at, board) and None
        )
        elf = firmware.build(project.folder, board, "gcc", "-O2").elf
        found.code = {
            path.name[len("kernels-") : -len(".c.o")]: _code_bytes(path) for path in elf.parent.glob("kernels-*.c.o")
        }
        costs = device.run(
            elf, board, "virtual", zero_sample(project.inputs), build_id=project.build_id, repeats=device.Repeats()
        ).costs
    for step, cycles in zip(made.steps, costs.layer_cycles, strict=True):
        if step.way.name == job[1]:
            part, work = 1 / max(1, len(step.calls)), work_of(step.node.op, made.graph.io(step.node))
            rows = {call.kernel: [(work.times(call.surplus * part), cycles * part)] for call in step.calls}
            found.add(_Found(rows))
    return found


def _code_bytes(path: Path) -> int:
    """Code and tables of an object file."""
    with path.open("rb") as file:
        sections = list(ELFFile(file).iter_sections())
    return sum(s["sh_size"] for s in sections if s["sh_flags"] & 2 and s["sh_type"] == "SHT_PROGBITS")


def _toml(table: CostTable) -> str:
    tables = [f"[kernels.{kernel}]\n{_figures(table.kernels[kernel])}" for kernel in sorted(table.kernels)]
    shared = [f"{name} = {table.shared[name]}\n" for name in sorted(table.shared)]
    return "\n".join(["# code that kernels share, bytes\n[shared]\n" + "".join(shared), *tables])


def _figures(cost: KernelCost) -> str:
    digits = {"mac": 4, "output": 3, "input": 3, "pixel": 1, "call": 0}
    digits = {f"cycles_per_{term}": places for term, places in digits.items()} | {"code_bytes": 0}
    optional = {one.name for one in fields(cost) if one.default is not MISSING}
    figures = {name: value for name, value in asdict(cost).items() if value or name not in optional}
    return "".join(f"{name} = {figures[name]:.{places}f}\n" for name, places in digits.items() if name in figures)


def _cost(rows: list[Row], code_bytes: int) -> KernelCost:
    """Non-negative least squares by trying every set of terms; rows are scaled so that relative errors count."""
    design = np.array([(work.macs, work.outputs, 1.0, work.inputs, work.pixels) for work, _ in rows])
    design /= np.array([[cycles] for _, cycles in rows])
    best, least = np.zeros(5), np.inf
    for terms in (terms for size in range(1, 6) for terms in combinations(range(5), size)):
        found = np.linalg.lstsq(design[:, terms], np.ones(len(rows)), rcond=None)[0]
        error = float(((design[:, terms] @ found - 1) ** 2).sum())
        if (found >= 0).all() and error < least - 1e-12:
            best, least = np.zeros(5), error
            best[list(terms)] = found
    per_mac, per_output, per_call, per_input, per_pixel = map(float, best)
    return KernelCost(per_mac, per_output, per_call, code_bytes, per_input, per_pixel)


if __name__ == "__main__":
    main()
