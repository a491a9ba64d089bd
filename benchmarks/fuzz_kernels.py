"""Random layers with extreme constants: a million outputs of all ways, C on this computer against numpy."""

import os
import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from support.fuzzed_layers import SEED, fuzz_layer
from support.kernel_library import KernelLibrary

from benchmarks.table import Table

OUTPUTS = 1_000_000
_PARALLEL = 2
_LAYERS_A_JOB = 1000


def tables(folder: Path, samples: int) -> list[Table]:
    """A row a way; neither the models nor `samples` are used: the number of outputs is that of the target."""
    layers: Counter[str] = Counter()
    wrong: list[str] = []
    outputs, numbers = 0, 0
    with TemporaryDirectory() as logs, ProcessPoolExecutor(_PARALLEL, get_context("spawn"), _log_to, (logs,)) as pool:
        while outputs < OUTPUTS:
            firsts = range(numbers, numbers + _PARALLEL * 4 * _LAYERS_A_JOB, _LAYERS_A_JOB)
            numbers = firsts.stop
            for of_way, compared, found in pool.map(_fuzz, firsts):
                layers += of_way
                outputs += compared
                wrong += found
        complaints = sorted({line for log in Path(logs).iterdir() for line in log.read_text().splitlines() if line})
    title = f"{outputs:,} outputs of {numbers:,} random layers (seed {SEED}), C against numpy, under UBSan"
    table = Table(title, ["way", "layers", "different"])
    for way, count in sorted(layers.items()):
        bad = sum(f": {way} " in line for line in wrong)
        table.add(way, f"{count:,}", table.judged(f"{bad:,}", not bad))
    table.add("undefined behaviour", "", table.judged(f"{len(complaints):,}", not complaints))
    print("\n".join([*wrong, *complaints]), file=sys.stderr)
    return [table]


_libraries: list[KernelLibrary] = []


def _log_to(folder: str) -> None:
    """In a new process: where the sanitizer writes; the library without the instructions' C forms, and with them."""
    os.environ["UBSAN_OPTIONS"] = f"log_path={folder}/complaints"
    with TemporaryDirectory() as libraries:  # what is loaded may be deleted
        _libraries.extend(KernelLibrary(Path(libraries), dsp) for dsp in (0, 1))


def _fuzz(first: int) -> tuple[Counter[str], int, list[str]]:
    layers: Counter[str] = Counter()
    outputs, wrong = 0, []
    for number in range(first, first + _LAYERS_A_JOB):
        done = fuzz_layer(number, _libraries[number % 2])
        layers.update(done.ways)
        outputs += done.compared
        if done.wrong:
            wrong.append(done.wrong)
    return layers, outputs, wrong
