"""Models that are run in the worker: the outputs are those of this process, and who crashes is told by name."""

import sys
from pathlib import Path

import numpy as np
import pytest
from support.tflite_writer import ModelBuilder

from edgeopt.convert import Limits, LiteRt, Run, Worker, load_dataset, make_dataset, run_apart
from edgeopt.convert.process import WorkerDied
from edgeopt.errors import MalformedModel, ModelError

pytest.importorskip("ai_edge_litert", reason="pip install 'edgeopt[quantize]'")

MNIST = Path(__file__).parents[2] / "examples" / "mnist"
FLOAT = (MNIST / "mnist_float.tflite").read_bytes()
DATA = load_dataset(MNIST / "test.npz").first(7)


def test_the_outputs_are_those_of_this_process() -> None:
    worker = Worker()
    runs = [Run(FLOAT, "a"), Run(FLOAT, "b", "optimized")]
    for run, (found,) in zip(runs, run_apart(runs, DATA, worker), strict=True):
        (wanted,) = LiteRt(FLOAT, run.kernels).run_real(DATA).values()
        assert np.array_equal(found, wanted)
    assert worker.tools == {}, "judging a model has no part in making it"


@pytest.mark.parametrize("second", ["os.abort()", "time.sleep(60)"])
def test_the_model_that_ends_litert_is_named(second: str, tmp_path: Path) -> None:
    code = f"""
import os, time
from edgeopt.convert import run_job, worker
real, done = run_job.run_real, []
def run(*args):
    if done:
        {second}
    done.append(1)
    return real(*args)
run_job.run_real = run
worker.main()
"""
    worker = Worker((sys.executable, "-c", code), Limits(4.0), tmp_path / "log")
    with pytest.raises(WorkerDied) as caught:
        run_apart([Run(FLOAT, "first.tflite"), Run(FLOAT, "second.tflite"), Run(FLOAT, "third")], DATA, worker)
    how = "ended by SIGABRT and gave no answer" if "abort" in second else "took longer than 4 s and was stopped"
    assert caught.value.message == f"second.tflite: LiteRT {how}"


def gather() -> bytes:
    m = ModelBuilder()
    x, at, y = m.tensor((4,), "float32", name="x"), m.tensor((2,), "int32", name="at"), m.tensor((2,), "float32")
    m.op("GATHER", [x, at], [y], {"axis": 0})
    return m.finish([x, at], [y])


def test_what_litert_refuses_is_one_line() -> None:
    with pytest.raises(MalformedModel, match=r"^damaged: LiteRT cannot load it: "):
        run_apart([Run(FLOAT[:9000], "damaged")], DATA, Worker())
    outside = make_dataset({"x": np.zeros((1, 4), np.float32), "at": np.array([[0, 9]], np.int32)})
    with pytest.raises(ModelError, match=r"^look-up: LiteRT cannot run it: ") as caught:
        run_apart([Run(gather(), "look-up")], outside, Worker())
    assert "\n" not in caught.value.message


def test_an_output_that_litert_finds_to_be_empty_is_refused() -> None:
    """The file says [1, 2]; what comes out of the slice is nothing."""
    m = ModelBuilder()
    x, y = m.tensor((1, 4), "float32", name="x"), m.tensor((1, 2), "float32", name="y")
    numbers = [m.tensor((2,), "int32", data=np.array(values)) for values in ((0, 2), (1, 2), (1, 1))]
    m.op("STRIDED_SLICE", [x, *numbers], [y])
    data = make_dataset({"x": np.zeros((3, 4), np.float32)})
    with pytest.raises(MalformedModel, match=r"^sliced: `y` is empty: \[1, 0\]"):
        run_apart([Run(m.finish([x], [y]), "sliced")], data, Worker())
