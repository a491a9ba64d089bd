"""`make costs`: fits edgeopt/costs/tables/<core>.toml, what `edgeopt analyze` estimates with, on the virtual board.

For each kernel the least-squares fit, over all layers that call it, of cycles = a x MACs + b x outputs + c, no term
negative, relative errors weighted alike; and the bytes of its object code.
"""

import argparse
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import combinations, repeat
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from elftools.elf.elffile import ELFFile
from support.operator_tests import core_cases

from benchmarks import synthetic, synthetic_binary
from benchmarks.figures import BOARDS
from benchmarks.peers import models
from edgeopt import device, firmware
from edgeopt.board import load_board
from edgeopt.device.samples import zero_sample
from edgeopt.emit import Provenance, emit
from edgeopt.ir import Graph, Target
from edgeopt.load import load
from edgeopt.ops import OPS
from edgeopt.optimize import optimize
from edgeopt.plan import plan

OUTPUT = Path("edgeopt/costs/tables")
Row = tuple[float, float, float]  # MACs, outputs, cycles of one call

_PARALLEL = 2

_HEAD = """# Cycles and code bytes of each kernel on {core}, gcc -O2, zero wait states: fitted on the virtual board
# from the reference models and one-operator networks. Written by `make costs MODELS=...`; do not edit.

"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.costs", description=__doc__)
    parser.add_argument("models", type=Path, nargs="?", default=Path("../shared/models"))
    folder = parser.parse_args().models
    graphs = [optimize(load(path)) for path in models(folder)] + [*synthetic.graphs(), *synthetic_binary.graphs()]
    OUTPUT.mkdir(exist_ok=True)
    with ProcessPoolExecutor(_PARALLEL) as pool:
        for core in BOARDS:
            found = _Found()
            for part in pool.map(_collect, graphs, repeat(core)):
                found.add(part)
            # what no other network calls: the small models of the tests
            for part in pool.map(_collect, _calling_others(core, set(found.rows)), repeat(core)):
                found.add(part)
            (OUTPUT / f"{core}.toml").write_text(_HEAD.format(core=core) + _toml(found.rows, found.code))
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


def _calling_others(core: str, known: set[str]) -> list[Graph]:
    """The tests' models of one operator that call kernels which are not in `known`, up to two for each."""
    rng = np.random.default_rng(0)
    graphs = [case.graph() for name in OPS.names() for case in core_cases(name, rng)]
    calls, chosen = Counter[str](), []
    for graph in graphs:
        kernels = _kernels(graph, core) - known
        if any(calls[kernel] < 2 for kernel in kernels):
            calls.update(kernels)
            chosen.append(graph)
    return chosen


def _kernels(graph: Graph, core: str) -> set[str]:
    return {call.kernel for node in graph.nodes for call in node.op.c_calls(graph.io(node), Target(core))}


def _collect(graph: Graph, core: str) -> _Found:
    """What one inference of a graph says."""
    board = load_board(BOARDS[core])
    made = plan(graph, Target(core))
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
        io = graph.io(step.node)
        outputs = sum(tensor.elements for tensor in io.outputs)
        macs = step.node.op.macs(io) + step.node.op.binary_macs(io)
        for call in step.calls:
            parts = len(step.calls)
            found.add(_Found({call.kernel: [(macs / parts, outputs / parts, cycles / parts)]}))
    return found


def _code_bytes(path: Path) -> int:
    """Code and tables of an object file."""
    with path.open("rb") as file:
        sections = list(ELFFile(file).iter_sections())
    return sum(s["sh_size"] for s in sections if s["sh_flags"] & 2 and s["sh_type"] == "SHT_PROGBITS")


def _toml(rows: dict[str, list[Row]], code: dict[str, int]) -> str:
    tables = []
    for kernel in sorted(rows):
        per_mac, per_output, per_call = _fit(np.array(rows[kernel]))
        tables.append(
            f"[kernels.{kernel}]\ncycles_per_mac = {per_mac:.4f}\ncycles_per_output = {per_output:.3f}\n"
            f"cycles_per_call = {per_call:.0f}\ncode_bytes = {code[kernel]}\n"
        )
    shared = [f"{name} = {code[name]}\n" for name in sorted(code.keys() - rows.keys())]
    return "\n".join(["# code that kernels share, bytes\n[shared]\n" + "".join(shared), *tables])


def _fit(rows: np.ndarray) -> np.ndarray:
    """Non-negative least squares by trying every set of terms; rows are scaled so that relative errors count."""
    design = np.column_stack([rows[:, 0], rows[:, 1], np.ones(len(rows))]) / rows[:, 2:]
    best, least = np.zeros(3), np.inf
    for size in (1, 2, 3):
        for terms in combinations(range(3), size):
            found = np.linalg.lstsq(design[:, terms], np.ones(len(rows)), rcond=None)[0]
            error = float(((design[:, terms] @ found - 1) ** 2).sum())
            if (found >= 0).all() and error < least - 1e-12:
                best, least = np.zeros(3), error
                best[list(terms)] = found
    return best


if __name__ == "__main__":
    main()
