"""Damaged files: 10,000 with flipped bits and 1,000 cut short, of whole networks; as many of the operators' models."""

import sys
import time
import zlib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

import numpy as np
from support.binarized import BINARIZED
from support.fuzzing import MEMORY_BYTES, SECONDS, FragileOracle, Tally, flipped, truncated, try_file
from support.graph_case import GraphCase
from support.networks import NETWORKS
from support.operator_tests import core_cases

from benchmarks.fuzz_convert import conversion_table
from benchmarks.peers import models
from benchmarks.table import Table
from edgeopt.ops import OPS

FLIPPED, TRUNCATED = 10_000, 1_000
SEED = 20261122
_PARALLEL = 2


def tables(folder: Path, samples: int) -> list[Table]:
    """A row a network, and one for all operators; `samples` is not used: the counts are those of the target."""
    networks = {path.stem: [path.read_bytes()] for path in models(folder)}
    networks |= {name: [network()] for name, network in (NETWORKS | BINARIZED).items()}
    rng = np.random.default_rng(SEED)
    cases = [case for name in OPS.names() for case in core_cases(name, rng)]
    operators = [case.model() for case in cases if not isinstance(case, GraphCase)]
    every = f"{len(operators)} models of one operator"
    corpus = {**networks, every: operators}
    shares = {name: _share(len(operators if name == every else networks)) for name in corpus}
    files = [sum(shares[name][kind] * len(group) for name, group in corpus.items()) for kind in (0, 1)]
    title = (
        f"{files[0]:,} files with flipped bits and {files[1]:,} cut short (seed {SEED}): each is refused in one line "
        f"or computes what tflite-micro does, within {SECONDS} s and {MEMORY_BYTES // 10**9} GB"
    )
    columns = [
        "model",
        "files",
        "refused",
        "equal to tflite-micro",
        "tflite-micro is no judge, refuses or dies",
        "too large to run",
    ]
    table = Table(title, [*columns, "different", "traceback", "most seconds", "peak MB"])
    jobs = [(name, group, *shares[name]) for name, group in corpus.items()]
    with ProcessPoolExecutor(_PARALLEL, max_tasks_per_child=1) as pool:
        for (name, *_), (tally, raised, slowest_s, peak_bytes) in zip(jobs, pool.map(_fuzz, jobs), strict=True):
            table.add(
                name,
                *(f"{n:,}" for n in (tally.files + len(raised), tally.refused + tally.constant, tally.equal)),
                *(f"{n:,}" for n in (tally.not_by_oracle, tally.large)),
                table.judged(str(len(tally.wrong)), not tally.wrong),
                table.judged(str(len(raised)), not raised),
                table.judged(f"{slowest_s:.1f}", slowest_s < SECONDS),
                table.judged(f"{peak_bytes / 1e6:.0f}", peak_bytes < MEMORY_BYTES),
            )
            for line in (*raised, *tally.wrong):
                print(f"{name}: {line}", file=sys.stderr)
    return [table, conversion_table(folder)]


def _share(count: int) -> tuple[int, int]:
    """Flipped and truncated files of one of `count` models."""
    return -(-FLIPPED // count), -(-TRUNCATED // count)


def _fuzz(job: tuple[str, list[bytes], int, int]) -> tuple[Tally, list[str], float, int]:
    """The tally of a row, what was raised, the slowest file's seconds and the process's peak memory in bytes."""
    name, group, flips, cuts = job
    rng = np.random.default_rng([SEED, zlib.crc32(name.encode())])
    tally, raised, slowest_s, oracle = Tally(), [], 0.0, FragileOracle()
    for data in (one for model in group for one in (*flipped(model, rng, flips), *truncated(model, rng, cuts))):
        start = time.monotonic()
        try:
            try_file(data, oracle, rng, tally)
        except Exception as error:
            raised.append(f"{type(error).__name__}: {error}")
        slowest_s = max(slowest_s, time.monotonic() - start)
    oracle.close()
    return tally, raised, slowest_s, getrusage(RUSAGE_SELF).ru_maxrss * 1024
