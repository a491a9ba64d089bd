"""Compiles the C that edgeopt emits for many graphs into one host executable, under sanitizers, and runs it."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from support.one_unit import files_of_nets
from support.ways import assert_ways_agree, plans_of_all_cores

from edgeopt.ir import Array, Graph, Target
from edgeopt.plan import Plan

DEFAULT_TARGET = Target()
STRICT = ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]
SANITIZE = ["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g"]
FLAGS = ("-std=c99", "-O1", *SANITIZE)


def host_compiler() -> str:
    compiler = shutil.which("gcc") or shutil.which("cc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no host C compiler: apt-get install gcc")
    return compiler


def run_on_host(
    graphs: Sequence[Graph],
    samples: Sequence[Sequence[Sequence[Array]]],
    folder: Path,
    *,
    target: Target = DEFAULT_TARGET,
    flags: Sequence[str] = FLAGS,
) -> list[list[list[Array]]]:
    """Outputs by graph, sample and output index; `samples` are inputs by graph, sample and input index.

    Each graph is computed in every way that there is on any core, not only in those chosen; all must give the same.
    """
    by_graph = [plans_of_all_cores(graph, target) for graph in graphs]
    repeated = [of_graph for plans, of_graph in zip(by_graph, samples, strict=True) for _ in plans]
    found = iter(run_plans_on_host([plan for plans in by_graph for plan in plans], repeated, folder, flags))
    results = []
    for plans in by_graph:
        outputs = [next(found) for _ in plans]
        assert_ways_agree(plans, outputs)
        results.append(outputs[0])
    return results


def run_plans_on_host(
    plans: Sequence[Plan], samples: Sequence[Sequence[Sequence[Array]]], folder: Path, flags: Sequence[str] = FLAGS
) -> list[list[list[Array]]]:
    """Outputs by plan, sample and output index, of one program; `samples` are the inputs, by the same indices."""
    program = build_on_host(plans, folder, flags)
    return [_run(program, index, plan.graph, samples[index]) for index, plan in enumerate(plans)]


def build_on_host(plans: Sequence[Plan], folder: Path, flags: Sequence[str]) -> Path:
    """One executable: argument = index of the plan, inputs of each sample on stdin, outputs on stdout."""
    files, sources = files_of_nets(plans)
    files["main.c"] = _main(plans)
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (folder / name).write_text(text)
    program = folder / "program"
    argv = [host_compiler(), *flags, *STRICT, *sources, "main.c", "-o", program.name]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(argv)}\n{done.stderr[:6000]}"
    return program


def _run(program: Path, index: int, graph: Graph, samples: Sequence[Sequence[Array]]) -> list[list[Array]]:
    sent = b"".join(np.ascontiguousarray(array).tobytes() for sample in samples for array in sample)
    done = subprocess.run([program, str(index)], input=sent, capture_output=True, check=False)
    assert done.returncode == 0, f"{graph}\n{done.stderr.decode(errors='replace')[:6000]}"
    (results,) = outputs_of(done.stdout, [graph], [samples])
    return results


def outputs_of(
    data: bytes, graphs: Sequence[Graph], samples: Sequence[Sequence[Sequence[Array]]]
) -> list[list[list[Array]]]:
    """Outputs by graph, sample and output index: `data` is all of them, one behind the other."""
    results, at = [], 0
    for graph, of_graph in zip(graphs, samples, strict=True):
        results.append([])
        for _ in of_graph:
            outputs = []
            for tensor in graph.output_tensors:
                part = data[at : at + tensor.size_bytes]
                outputs.append(np.frombuffer(part, tensor.dtype).reshape(tensor.shape))
                at += tensor.size_bytes
            results[-1].append(outputs)
    assert at == len(data)
    return results


def _main(plans: Sequence[Plan]) -> str:
    includes = "\n".join(f'#include "net{index}.h"' for index in range(len(plans)))
    cases = "\n".join(_case(index, plan_.graph) for index, plan_ in enumerate(plans))
    return _MAIN.format(includes=includes, cases=cases)


def _case(index: int, graph: Graph) -> str:
    net = f"net{index}"
    reads = " && ".join(
        f"fread({net}_input(net, {i}), 1, {t.size_bytes}, stdin) == {t.size_bytes}"
        for i, t in enumerate(graph.input_tensors)
    )
    writes = "\n            ".join(
        f"fwrite({net}_output(net, {i}), 1, {t.size_bytes}, stdout);" for i, t in enumerate(graph.output_tensors)
    )
    reset = f"{net}_reset(net);\n        " if graph.state_tensors else ""
    return _CASE.format(index=index, net=net, reset=reset, reads=reads, writes=writes)


_MAIN = """#include <stdio.h>
#include <stdlib.h>
{includes}

int main(int argc, char **argv) {{
    switch (argc > 1 ? atoi(argv[1]) : -1) {{
{cases}
    default:
        return 2;
    }}
}}
"""

# the context comes from malloc, so that the address sanitizer sees an access outside of the arena
_CASE = """    case {index}: {{
        {net}_context *net = ({net}_context *)malloc(sizeof *net);
        {reset}while ({reads}) {{
            {net}_invoke(net, NULL, NULL);
            {writes}
        }}
        free(net);
        return 0;
    }}"""
