"""Damaged files through `edgeopt.convert`: float and integer .tflite, Keras files, calibration data."""

import sys
import zlib
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from support.converting import (
    TIME_S,
    Outcomes,
    flipped_inside,
    import_ahead,
    try_to_convert,
    with_flips,
)
from support.float_networks import OPERATORS
from support.fuzzing import MEMORY_BYTES, flipped, truncated
from support.networks import NETWORKS

from benchmarks.table import Table
from edgeopt.convert import Dataset, make_dataset

SEED = 20261122
MNIST = Path(__file__).parents[1] / "examples" / "mnist"
_SAMPLES = 16
_PARALLEL = 2


@dataclass(frozen=True)
class Corpus:
    """Files of one kind: of each, so many with flipped bits and so many cut short."""

    name: str
    suffix: str
    files: tuple[bytes, ...]
    flips: int
    cuts: int
    sample_shape: tuple[int, ...] | None = None  # where a file does not say it in a way that is read here

    def damaged(self, rng: np.random.Generator) -> Iterator[bytes]:
        for file in self.files:
            if self.suffix == ".tflite":
                yield from flipped(file, rng, self.flips)
            elif self.suffix == ".h5":
                yield from with_flips(file, rng, self.flips)
            else:
                yield from with_flips(file, rng, self.flips // 4)
                yield from flipped_inside(file, rng, self.flips - self.flips // 4)
            yield from truncated(file, rng, self.cuts)


def conversion_table(folder: Path) -> Table:
    """A row a kind of file; in all, a few minutes."""
    corpora = _corpora(folder)
    columns = ["file", "files", "refused in one line", "the worker died or hung, in one line", "converted, and loads"]
    table = Table(
        f"Damaged files through `edgeopt convert` (seed {SEED}): each is refused in one line or gives a model that "
        f"loads; no process of the worker takes {TIME_S:g} s or {MEMORY_BYTES // 10**9} GB more than its imports",
        [*columns, "unexplained", "traceback, hang or bad result", "most seconds", "peak MB"],
    )
    with ProcessPoolExecutor(_PARALLEL, max_tasks_per_child=1) as pool:
        for corpus, found in zip(corpora, pool.map(_fuzz, corpora), strict=True):
            table.add(
                corpus.name,
                *(f"{n:,}" for n in (found.files, found.refused, found.died + found.slow, found.converted)),
                table.judged(str(found.unexplained), not found.unexplained),
                table.judged(str(len(found.wrong)), not found.wrong),
                table.judged(f"{found.slowest_s:.1f}", not found.slow),
                table.judged(f"{found.peak_bytes / 1e6:.0f}", found.peak_bytes < MEMORY_BYTES),
            )
            for line in found.wrong:
                print(f"{corpus.name}: {line}", file=sys.stderr)
    return table


def _corpora(folder: Path) -> list[Corpus]:
    rng = np.random.default_rng(SEED)
    operators = tuple(operator.build(rng) for operator in OPERATORS)
    networks = tuple(network() for network in NETWORKS.values())
    corpora = [
        Corpus("mnist, float .tflite", ".tflite", ((MNIST / "mnist_float.tflite").read_bytes(),), 120, 20),
        Corpus(f"{len(operators)} float .tflite of one operator", ".tflite", operators, 2, 1),
        Corpus(f"{len(networks)} integer .tflite", ".tflite", networks, 10, 2),
        Corpus("mnist, calibration .npz", ".npz", ((MNIST / "calibration.npz").read_bytes(),), 90, 10),
        Corpus("mnist.keras", ".keras", ((MNIST / "mnist.keras").read_bytes(),), 24, 4, (28, 28, 1)),
    ]
    for name, file, shape in (
        ("kws_dscnn, float .tflite", "kws_dscnn_float.tflite", None),
        ("ad_autoencoder.h5", "ad_autoencoder.h5", (640,)),
    ):
        if (folder / file).is_file():
            content = (folder / file).read_bytes()
            corpora.append(Corpus(name, Path(file).suffix, (content,), 30, 5, shape))
    return corpora


def _fuzz(corpus: Corpus) -> Outcomes:
    import_ahead(keras=corpus.suffix in (".keras", ".h5"))
    rng = np.random.default_rng([SEED, zlib.crc32(corpus.name.encode())])
    outcomes = Outcomes()
    with TemporaryDirectory(prefix="edgeopt-fuzz-") as name:
        folder = Path(name)
        file = folder / f"damaged{corpus.suffix}"
        for content in corpus.damaged(rng):
            file.write_bytes(content)
            if corpus.suffix == ".npz":
                try_to_convert(MNIST / "mnist_float.tflite", file, folder / "made", outcomes)
            else:
                try_to_convert(file, _samples(corpus, rng), folder / "made", outcomes)
    return outcomes


def _samples(corpus: Corpus, rng: np.random.Generator) -> Dataset | None:
    if corpus.sample_shape is None:
        return None
    return make_dataset({"x": rng.normal(size=(_SAMPLES, *corpus.sample_shape)).astype(np.float32)})
