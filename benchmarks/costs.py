"""`make costs`: fits edgeopt/costs/tables/<core>.toml, what plans are chosen by and `edgeopt analyze` estimates with.

For each kernel the least-squares fit (benchmarks.cost_fit), over all layers that call it on the virtual board, of the
cycles that it takes where memory answers at once, and of what each memory of the boards' files adds to them; and the
bytes of its object code. Every layer is built with its plain kernels and with each way that there is for it, and runs
once on each memory.

`--kernels` fits only the kernels that it names, and leaves the rest of the table as it is.
"""

import argparse
from collections.abc import Collection, Mapping
from concurrent.futures import Executor, ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

from benchmarks import synthetic, synthetic_binary, synthetic_layers, synthetic_rows
from benchmarks.cost_fit import fit
from benchmarks.cost_runs import BOARDS, Core, Row, measured, probe
from benchmarks.peers import models
from benchmarks.together import layers_of
from edgeopt.costs import TERMS, Cost, CostTable, KernelCost, cost_table, kernel_digest, table_path
from edgeopt.ir import Graph
from edgeopt.load import load
from edgeopt.optimize import optimize

LEVELS = ("-O2", "-Os")
_PARALLEL = 2
_MOST = {"calls": 5_000.0, "channels": 1_000.0, "constant_bytes": 20.0}  # cycles, where memory answers at once
_DIGITS = {"macs": 4, "gathered": 4, "constant_bytes": 4, "outputs": 3, "inputs": 3, "lines": 2, "channels": 2}

_HEAD = """# Cycles and code bytes of each kernel on {core}, gcc {level}: fitted on the virtual board from the
# reference models and one-operator networks. Written by `make costs MODELS=...`; do not edit.

"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.costs", description=__doc__)
    parser.add_argument("models", type=Path, nargs="?", default=Path("../shared/models"))
    parser.add_argument("--cores", nargs="+", choices=BOARDS, default=list(BOARDS))
    parser.add_argument("--levels", nargs="+", choices=LEVELS, default=list(LEVELS), help="as --levels=-Os")
    parser.add_argument("--kernels", nargs="+", default=[])
    arguments = parser.parse_args()
    several = [*(optimize(load(path)) for path in models(arguments.models)), *synthetic_layers.graphs()]
    several += [*synthetic.graphs(), *synthetic_binary.graphs(), *synthetic_rows.graphs()]
    graphs = list(layers_of(several))
    with ProcessPoolExecutor(_PARALLEL) as pool:
        for level in arguments.levels:
            for name in arguments.cores:
                made = _table(graphs, Core.of(name, level), arguments.kernels, pool)
                table_path(name, level).write_text(_HEAD.format(core=name, level=level) + _toml(made))


def _table(graphs: list[Graph], core: Core, named: Collection[str], pool: Executor) -> CostTable:
    """The core's table, measured anew, or that which there is with the `named` kernels measured anew."""
    found = measured(graphs, core, named, pool)
    fitted = {kernel: _cost(kernel, rows, found.code[kernel]) for kernel, rows in found.rows.items()}
    shared = {name: found.code[name] for name in found.code.keys() - found.rows.keys()}
    print(
        f"{core.name} {core.level}: {len(found.rows)} kernels, {sum(map(len, found.rows.values()))} layers", flush=True
    )
    if not named:
        return CostTable(core.name, fitted, shared, core.level, probe(core))
    known = cost_table(core.name, core.level)
    fitted = {**known.kernels, **{kernel: fitted[kernel] for kernel in named}}
    shared = {**known.shared, **{name: shared[name] for name in shared.keys() - known.kernels.keys()}}
    return replace(known, kernels=fitted, shared=shared)


def _cost(kernel: str, rows: list[Row], code_bytes: int) -> KernelCost:
    cycles = fit([(row.work, row.cycles, row.cycles) for row in rows], ["macs"], _MOST)
    stalls = {
        memory: fit([(row.work, row.stalls[memory], row.cycles + row.stalls[memory]) for row in rows])
        for memory in rows[0].stalls
    }
    return KernelCost(cycles, code_bytes, stalls, kernel_digest(kernel))


def _toml(table: CostTable) -> str:
    parts = ["# cycles of one network on each memory: the simulator that the figures are of\n[probe]\n"]
    parts += [f"{memory} = {cycles}\n" for memory, cycles in table.probe.items()]
    parts += ["\n# code that kernels share, bytes\n[shared]\n"]
    parts += [f"{name} = {table.shared[name]}\n" for name in sorted(table.shared)]
    return "".join([*parts, *(_kernel(kernel, table.kernels[kernel]) for kernel in sorted(table.kernels))])


def _kernel(name: str, cost: KernelCost) -> str:
    text = f'\n[kernels.{name}]\nsources = "{cost.sources}"\ncode_bytes = {cost.code_bytes}\n'
    text += f"cycles = {_pieces(cost.cycles)}\n"
    return text + "".join(f"stalls.{memory} = {_pieces(one)}\n" for memory, one in cost.stalls.items())


def _pieces(cost: Cost) -> str:
    tables = []
    for index, piece in enumerate(cost.pieces):
        limit = [f"up_to = {{{cost.by} = {cost.limit:g}}}"] if cost.by and index == 0 else []
        figures: Mapping[str, float] = vars(piece)
        terms = [f"{term} = {figures[term]:.{_DIGITS.get(term, 1)}f}" for term in TERMS if figures[term]]
        tables.append(f"{{{', '.join([*limit, *terms])}}}")
    return f"[{', '.join(tables)}]"


if __name__ == "__main__":
    main()
