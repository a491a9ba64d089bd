"""Signal-to-noise ratio of edgeopt's int8 models against TensorFlow's own converter's, from the same samples."""

import os
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.samples import SAMPLES, Samples
from benchmarks.table import Table
from edgeopt.convert import LiteRt, Worker, load_dataset, make_dataset
from edgeopt.convert.api import Converted, convert
from edgeopt.convert.calibrate.fidelity import snr_db
from edgeopt.convert.calibrate.run import outputs_of

CALIBRATION_SAMPLES, CALIBRATION_SEED = 200, 20261122
TEST_SAMPLES, TEST_SEED = 1000, 20261123
MNIST = Path(__file__).parents[1] / "examples" / "mnist"
_MOST_SECONDS = {"ic_resnet8.h5": 60.0}


@dataclass(frozen=True)
class Source:
    """A float model; `twin` is what TensorFlow's converter gets where it cannot read the file itself."""

    path: Path
    samples: Callable[[int, int], Samples]
    twin: Path | None = None


def sources(folder: Path) -> list[Source]:
    saved_model = folder / "kws_dscnn_savedmodel"
    return [
        Source(folder / "ic_resnet8.h5", SAMPLES["ic_resnet8"]),
        Source(folder / "vww_mobilenet.h5", SAMPLES["vww_mobilenet"]),
        Source(folder / "ad_autoencoder.h5", SAMPLES["ad_autoencoder"]),
        Source(saved_model, SAMPLES["kws_dscnn"]),
        Source(folder / "kws_dscnn_float.tflite", SAMPLES["kws_dscnn"], saved_model),
        Source(MNIST / "mnist.keras", _digits),
    ]


def _digits(count: int, seed: int) -> Samples:
    name = "calibration" if seed == CALIBRATION_SEED else "test"
    images: Samples = load_dataset(MNIST / f"{name}.npz").inputs["image"][:count]
    return images


def tables(folder: Path, samples: int) -> list[Table]:
    del samples  # the issue asks for 200
    table = Table(
        f"int8 against the float model, signal-to-noise ratio of the output in dB: {CALIBRATION_SAMPLES} samples of "
        f"calibration (seed {CALIBRATION_SEED}), {TEST_SAMPLES:,} new ones (seed {TEST_SEED}); images are crops of "
        "photographs, sounds are made (benchmarks/samples.py), digits are MNIST",
        ["model", "TensorFlow, calibration", "edgeopt", "TensorFlow, new", "edgeopt ", "by", "seconds", "TensorFlow's"],
    )
    for source in sources(folder):
        with TemporaryDirectory() as temporary:
            table.add(*_row(table, source, Path(temporary)))
    return [table]


def _row(table: Table, source: Source, folder: Path) -> list[str]:
    calibration = source.samples(CALIBRATION_SAMPLES, CALIBRATION_SEED)
    tests = source.samples(TEST_SAMPLES, TEST_SEED)
    start = time.perf_counter()
    ours = convert(source.path, folder / "ours.tflite", make_dataset({"x": calibration}), worker=Worker())
    seconds = time.perf_counter() - start
    theirs, their_seconds = _tensorflow(source.twin or source.path, calibration, folder)
    cells = []
    for columns in (calibration, tests):
        peer, mine = _snr_db(ours, theirs, columns), _snr_db(ours, ours.path.read_bytes(), columns)
        cells += [f"{peer:.2f}", table.judged(f"{mine:.2f}", mine >= peer)]
    assert ours.findings is not None
    best = ours.findings.methods[0]
    how = f"{best.method}, biases corrected" if best.bias_correction else best.method
    limit = _MOST_SECONDS.get(source.path.name, float("inf"))
    return [source.path.name, *cells, how, table.judged(f"{seconds:.1f}", seconds <= limit), f"{their_seconds:.1f}"]


def _tensorflow(model: Path, calibration: Samples, folder: Path) -> tuple[bytes, float]:
    """(TensorFlow's int8 model, seconds)."""
    samples, output = folder / "samples.npy", folder / "theirs.tflite"
    np.save(samples, calibration)
    command = [sys.executable, "-m", "benchmarks.tensorflow_baseline", str(model), str(samples), str(output)]
    environment = {**os.environ, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "2"}
    start = time.perf_counter()
    subprocess.run(command, check=True, env=environment, capture_output=True)
    return output.read_bytes(), time.perf_counter() - start


def _snr_db(ours: Converted, model: bytes, columns: Samples) -> float:
    assert ours.float_model is not None
    shape = LiteRt(ours.float_model).inputs[0].shape
    batches = [columns.reshape(-1, *shape)]
    (wanted, *_), (found, *_) = (outputs_of(data, batches, len(columns)) for data in (ours.float_model, model))
    return snr_db(wanted, found)
