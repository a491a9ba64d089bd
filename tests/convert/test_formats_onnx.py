"""ONNX files: translated without a network, held to ONNX Runtime, refused in one line where they cannot be."""

import importlib.util
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeopt.convert import Dataset, LiteRt, make_dataset
from edgeopt.convert.api import convert
from edgeopt.convert.formats import detect
from edgeopt.convert.layout import Layout, arrange
from edgeopt.convert.safety.external import check_external_data
from edgeopt.errors import EdgeoptError, MalformedModel, UnsupportedModel, UsageError

needs_onnx = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("onnx", "onnx2tf", "onnxruntime", "tensorflow")),
    reason="pip install 'edgeopt[onnx,quantize]'",
)


def images(channels: int = 3, side: int = 8, samples: int = 64) -> Any:
    return np.random.default_rng(4).standard_normal((samples, channels, side, side)).astype(np.float32)


@pytest.fixture
def eavesdropper(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """Whoever wants to fetch or tell something is sent to a proxy of ours, which notes it and hangs up.

    onnx2tf would fetch images, and ONNX Runtime would tell its makers that it is used.
    """
    from edgeopt.convert.onnx_reference import import_onnxruntime

    import_onnxruntime()  # in this process it is told, and what the worker is told is for the worker to do
    monkeypatch.delenv("ORT_DISABLE_TELEMETRY")
    asked: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.2)
        done = threading.Event()

        def listen() -> None:
            while not done.is_set():
                try:
                    connection, _ = server.accept()
                except TimeoutError:
                    continue
                with connection:
                    asked.append(connection.recv(200).decode(errors="replace"))

        thread = threading.Thread(target=listen)
        thread.start()
        for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{server.getsockname()[1]}")
        monkeypatch.setenv("no_proxy", "")
        monkeypatch.setenv("NO_PROXY", "")
        yield asked
        done.set()
        thread.join()


@needs_onnx
@pytest.mark.parametrize("batch", [1, "N"])
def test_a_network_converts_offline_and_computes_what_onnx_runtime_does(
    batch: int | str, tmp_path: Path, eavesdropper: list[str]
) -> None:
    import onnxruntime
    from support.onnx_models import classifier, write

    path = write(classifier(batch=batch), tmp_path / "m.onnx")
    before = path.read_bytes()
    assert detect(path).name == "onnx"
    given = images()
    done = convert(path, tmp_path / "m.tflite", make_dataset({"input:0": given}))
    assert eavesdropper == []
    assert path.read_bytes() == before and sorted(entry.name for entry in tmp_path.iterdir()) == [
        "m.onnx",
        "m.tflite",
        "m.tflite.json",
    ]
    assert done.inputs == ("input__0 int8[1, 8, 8, 3]",) and done.outputs == ("probs int8[1, 5]",)
    assert done.warnings[0].startswith(
        "the channels are last now: input `input__0` [1, 3, 8, 8] became [1, 8, 8, 3]; data may have either order"
    )
    assert done.float_model is not None
    session = onnxruntime.InferenceSession(before, providers=["CPUExecutionProvider"])
    wanted = np.stack([session.run(None, {"input:0": sample[None]})[0] for sample in given])
    (found,) = LiteRt(done.float_model).run(make_dataset({"input__0": given.transpose(0, 2, 3, 1)})).values()
    np.testing.assert_allclose(found, wanted, atol=1e-5)


@needs_onnx
def test_data_in_either_order_gives_the_same_model(tmp_path: Path) -> None:
    from support.onnx_models import classifier, write

    path = write(classifier(), tmp_path / "m.onnx")
    first, last = images(), np.ascontiguousarray(images().transpose(0, 2, 3, 1))
    done = [
        convert(path, tmp_path / f"{number}.tflite", make_dataset({key: values}))
        for number, (key, values) in enumerate((("x", first), ("input__0", last)))
    ]
    assert done[0].sha256 == done[1].sha256
    with pytest.raises(UsageError, match=r"needs \[samples, 8, 8, 3\]"):
        convert(path, tmp_path / "n.tflite", make_dataset({"x": first[:, :, :7]}))


def test_arrays_are_put_in_order_by_their_layout() -> None:
    layout = Layout("input:0", "input__0", (1, 3, 4, 5), (0, 2, 3, 1))
    values = np.arange(2 * 60).reshape(2, 3, 4, 5)

    def arranged(key: str, array: Any, *layouts: Layout) -> Dataset:
        return arrange(make_dataset({key: array, "y": np.array([0, 1])}), layouts or (layout,))

    for key in ("input:0", "input__0", "x"):
        data = arranged(key, values)
        assert list(data.inputs) == ["input__0"] and data.labels is not None
        np.testing.assert_array_equal(data.inputs["input__0"], values.transpose(0, 2, 3, 1))
    last = values.transpose(0, 2, 3, 1)
    np.testing.assert_array_equal(arranged("x", last).inputs["input__0"], last)
    assert arranged("other", values).inputs["other"] is values  # which is no input: told when it is matched
    assert list(arranged("x", values, layout, layout).inputs) == ["x"]  # of two inputs, `x` is none
    # both orders have this shape: the one of the model's own file is meant
    square = Layout("i", "i", (1, 4, 4, 4), (0, 2, 3, 1))
    cube = np.arange(64).reshape(1, 4, 4, 4)
    np.testing.assert_array_equal(arrange(make_dataset({"i": cube}), (square,)).inputs["i"], cube.transpose(0, 2, 3, 1))


@needs_onnx
def test_a_network_of_several_inputs_and_an_image_as_output(tmp_path: Path) -> None:
    from onnx import helper
    from support.onnx_models import network, write

    nodes = [
        helper.make_node("Add", ["a", "b"], ["sum"], "add"),
        helper.make_node("Relu", ["sum"], ["image"], "relu"),
        helper.make_node("GlobalAveragePool", ["image"], ["mean"], "mean"),
    ]
    shapes = {"a": (1, 3, 6, 5), "b": (1, 3, 6, 5)}
    path = write(network(nodes, shapes, {"image": (1, 3, 6, 5), "mean": (1, 3, 1, 1)}), tmp_path / "m.onnx")
    rng = np.random.default_rng(1)
    data = {name: rng.standard_normal((40, 3, 6, 5)).astype(np.float32) for name in shapes}
    done = convert(path, tmp_path / "m.tflite", make_dataset(data))
    assert [text.split()[0] for text in done.inputs] == ["a", "b"]
    assert done.outputs == ("image int8[1, 6, 5, 3]", "mean int8[1, 1, 1, 3]")
    assert "the channels are last now: output `image` [1, 3, 6, 5] became [1, 6, 5, 3]" in done.warnings[1]


def refusal(model: Any, folder: Path) -> EdgeoptError:
    from support.onnx_models import write

    with pytest.raises(EdgeoptError) as caught:
        convert(write(model, folder / "m.onnx"), folder / "m.tflite", make_dataset({"x": images()}))
    assert "\n" not in caught.value.message and not (folder / "m.tflite").exists()
    return caught.value


@needs_onnx
def test_what_cannot_be_translated_is_named(tmp_path: Path) -> None:
    from onnx import helper
    from support.onnx_models import classifier, network

    error = refusal(classifier(opset=99), tmp_path)
    assert isinstance(error, UnsupportedModel) and "is of ONNX opset 99, opsets up to " in error.message
    assert "opset_version" in error.hint
    shapes: dict[str, tuple[int | str, ...]] = {"x": (1, 3, 8, 8)}
    strange = [helper.make_node("Halve", ["x"], ["h"], domain="mine"), helper.make_node("NoSuch", ["h"], ["y"])]
    assert (
        "does not translate: NoSuch, mine.Halve"
        in refusal(network(strange, shapes, {"y": (1, 3, 8, 8)}), tmp_path).message
    )
    relu = [helper.make_node("Relu", ["x"], ["y"])]
    for shape, told in (
        ((1, 3, "h", "w"), r"open dimensions: [1, 3, h, w]"),
        ((4, 3, 8, 8), "takes 4 samples at a time"),
    ):
        assert told in refusal(network(relu, {"x": shape}, {"y": shape}), tmp_path).message
    wrong = [helper.make_node("Conv", ["x"], ["y"])]
    error = refusal(network(wrong, shapes, {"y": (1, 3, 8, 8)}), tmp_path)
    assert isinstance(error, MalformedModel) and "breaks the rules of ONNX" in error.message


@needs_onnx
def test_damaged_files_are_one_line(tmp_path: Path) -> None:
    """Read in this process: what the worker does first."""
    from support.onnx_models import classifier

    from edgeopt.convert.onnx_file import read_onnx

    data = classifier().SerializeToString()
    rng = np.random.default_rng(9)
    refused = 0
    for _ in range(300):
        damaged = bytearray(data[: int(rng.integers(3, len(data)))] if rng.random() < 0.3 else data)
        damaged[int(rng.integers(len(damaged)))] ^= 1 << int(rng.integers(8))
        (tmp_path / "d.onnx").write_bytes(damaged)
        try:
            read_onnx(tmp_path / "d.onnx", "d")
        except (MalformedModel, UnsupportedModel) as error:
            refused += 1
            assert "\n" not in error.message
    assert refused > 80


@needs_onnx
def test_data_in_other_files_stays_in_the_models_folder(tmp_path: Path) -> None:
    import onnx
    from support.onnx_models import classifier

    from edgeopt.convert.onnx_file import read_onnx

    folder = tmp_path / "model"
    folder.mkdir()
    path = folder / "m.onnx"
    onnx.save(classifier(), path, save_as_external_data=True, location="w.bin", size_threshold=100)
    assert (folder / "w.bin").stat().st_size > 1000
    model, _ = read_onnx(path, "m")
    assert all(tensor.raw_data for tensor in model.graph.initializer if tensor.name.startswith("w"))
    (tmp_path / "secret").write_bytes(bytes(100_000))
    (folder / "link").symlink_to("../secret")

    def refused(key: str, value: str, told: str) -> None:
        model = onnx.load(path, load_external_data=False)
        tensor = next(tensor for tensor in model.graph.initializer if tensor.external_data)
        kept = [entry for entry in tensor.external_data if entry.key != key]
        del tensor.external_data[:]
        tensor.external_data.extend(kept)
        tensor.external_data.add(key=key, value=value)
        with pytest.raises(MalformedModel, match=told):
            check_external_data(model, folder, "m")

    for place in ("../secret", str(tmp_path / "secret"), "link", "a/../../secret", "", "/etc/passwd"):
        refused("location", place, "lie outside its folder")
    refused("location", "none", "its file `none` is missing")
    refused("length", str(2**50), "is too short")
    refused("offset", "-5", "is too short")
    refused("offset", "five", "is no number")


@needs_onnx
def test_a_translation_that_computes_something_else_is_refused(tmp_path: Path) -> None:
    """With the model of other weights for a translation: what onnx2tf would give if it made a mistake."""
    from support.onnx_models import classifier, write

    from edgeopt.convert.onnx_file import read_onnx
    from edgeopt.convert.onnx_reference import check_same
    from edgeopt.convert.process import ConversionFailed

    done = convert(write(classifier(), tmp_path / "m.onnx"), tmp_path / "m.tflite", make_dataset({"x": images()}))
    assert done.float_model is not None
    (tmp_path / "float.tflite").write_bytes(done.float_model)
    right, _ = read_onnx(tmp_path / "m.onnx", "m")
    assert check_same(right, tmp_path / "float.tflite", done.layouts, "m") == ()
    with pytest.raises(ConversionFailed, match="output `probs` is not what ONNX Runtime gives"):
        check_same(classifier(seed=1), tmp_path / "float.tflite", done.layouts, "m")
