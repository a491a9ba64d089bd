"""The generated C as a program of this computer: its outputs, its clock, and what goes wrong."""

import sys
from pathlib import Path

import numpy as np
import pytest

from edgeopt.convert import make_dataset
from edgeopt.errors import DeviceError, ToolchainError
from edgeopt.firmware.host import HostCompiler, HostProgram, build_for_host, find_host_compiler
from edgeopt.ir import Array, Graph, Target, Tensor, evaluate
from edgeopt.load import load_bytes
from edgeopt.pipeline.conversion import generated_c
from edgeopt.plan import plan

SAMPLES = 7


@pytest.fixture(scope="module")
def graph() -> Graph:
    from support.small import small_classifier

    return load_bytes(small_classifier(), "small")


@pytest.fixture(scope="module")
def program(graph: Graph, tmp_path_factory: pytest.TempPathFactory) -> HostProgram:
    try:
        find_host_compiler()
    except ToolchainError as error:
        pytest.skip(f"install it: {error.hint}")
    return build_for_host(plan(graph, Target()), tmp_path_factory.mktemp("host"))


def samples(graph: Graph, rng: np.random.Generator) -> list[list[Array]]:
    return [
        [rng.integers(-128, 128, tensor.shape).astype(np.int8) for tensor in graph.input_tensors]
        for _ in range(SAMPLES)
    ]


def test_outputs_equal_the_references(program: HostProgram, graph: Graph, rng: np.random.Generator) -> None:
    given = samples(graph, rng)
    for sample, (output,) in zip(given, program.run(given), strict=True):
        values = evaluate(graph, dict(zip(graph.inputs, sample, strict=True)))
        np.testing.assert_array_equal(output, values[graph.outputs[0]])
        assert output.dtype == np.int8
    assert program.run([]) == []


def test_it_times_itself(program: HostProgram, graph: Graph, rng: np.random.Generator) -> None:
    (sample, *_) = samples(graph, rng)
    taken = program.time(sample, 50)
    assert len(taken) == 50 and all(0 < milliseconds < 1000 for milliseconds in taken)
    # the network is small: starting a process takes far longer than one inference, and is not in it
    assert np.median(taken) < 1.0


def test_code_bytes_are_those_of_the_network_and_its_kernels(program: HostProgram) -> None:
    assert program.code_bytes is not None and 500 < program.code_bytes < 100_000


def broken(folder: Path, body: str) -> HostProgram:
    path = folder / "program"
    path.write_text(f"#!{sys.executable}\n{body}\n")
    path.chmod(0o755)
    tensor = Tensor("x", (1, 4), "int8")
    return HostProgram(path, HostCompiler(("cc",), "cc 1"), (tensor,), (tensor,), None)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("import time; time.sleep(60)", "did not end within 0.5 s"),
        ("raise SystemExit(3)", "ended with exit code 3"),
        ("import os; os.kill(os.getpid(), 11)", "ended by SIGSEGV"),
        ("print('abc', end='')", "gave 3 bytes for 1 samples"),
    ],
)
def test_a_program_that_misbehaves(body: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match=message) as caught:
        broken(tmp_path, body).run([[np.zeros((1, 4), np.int8)]], timeout_s=0.5 if "sleep" in body else 20)
    assert caught.value.exit_code == 6 and caught.value.hint


def test_a_program_that_is_not_there(tmp_path: Path) -> None:
    program = broken(tmp_path, "")
    program.path.unlink()
    with pytest.raises(DeviceError, match="cannot be run"):
        program.run([])


@pytest.fixture
def no_compiler(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A computer without gcc, cc, clang and the ziglang wheel."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "ziglang", None)


@pytest.mark.usefixtures("no_compiler")
def test_a_missing_compiler_is_told_with_how_to_install_it() -> None:
    with pytest.raises(ToolchainError) as caught:
        find_host_compiler()
    assert caught.value.exit_code == 7 and "sudo apt-get install gcc" in caught.value.hint


@pytest.mark.usefixtures("no_compiler")
def test_without_a_compiler_the_reference_stands_in_and_says_so(small_model: bytes, graph: Graph) -> None:
    shape = graph.input_tensors[0].shape
    data = make_dataset({"x": np.random.default_rng(1).integers(-128, 128, (3, *shape[1:])).astype(np.int8)})
    (outputs,), how = generated_c(small_model, data)
    assert how == "edgeopt's numpy reference: no C compiler for this computer is installed"
    (tensor,) = graph.output_tensors
    for sample, output in zip(data.inputs["x"], outputs, strict=True):
        values = evaluate(graph, {graph.inputs[0]: sample.reshape(shape)})[tensor.name]
        np.testing.assert_allclose(output, tensor.q.scale * (values.astype(float) - tensor.q.zero_point), rtol=1e-6)


def test_the_c_and_the_reference_give_the_same(small_model: bytes, graph: Graph, program: HostProgram) -> None:
    shape = graph.input_tensors[0].shape
    data = make_dataset({"x": np.random.default_rng(1).integers(-128, 128, (3, *shape[1:])).astype(np.int8)})
    (outputs,), how = generated_c(small_model, data)
    assert how == f"{program.compiler} on this computer"
    expected = program.run([[sample.reshape(shape)] for sample in data.inputs["x"]])
    (tensor,) = graph.output_tensors
    for output, (q,) in zip(outputs, expected, strict=True):
        np.testing.assert_allclose(output, tensor.q.scale * (q.astype(float) - tensor.q.zero_point), rtol=1e-6)


def test_a_network_that_remembers_sees_the_samples_in_their_order(tmp_path: Path, rng: np.random.Generator) -> None:
    from ops.test_svdf import svdf_stream

    stream = svdf_stream(rng, "int8")
    remembering = stream.graph()
    try:
        program = build_for_host(plan(remembering, Target()), tmp_path)
    except ToolchainError as error:
        pytest.skip(f"install it: {error.hint}")
    values = None
    for sample, (output,) in zip(stream.samples, program.run(stream.samples), strict=True):
        values = evaluate(remembering, dict(zip(remembering.inputs, sample, strict=True)), values)
        np.testing.assert_array_equal(output, values[remembering.outputs[0]])
