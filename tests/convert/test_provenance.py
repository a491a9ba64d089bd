"""What a conversion and a deployment were made from; the same inputs give the same bytes, anywhere."""

import hashlib
import json
import subprocess
import sys
from collections.abc import Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edgeopt.convert import Choices, Trust, hash_of, load_dataset, make_dataset, provenance_file
from edgeopt.convert.provenance import provenance
from edgeopt.pipeline import convert

MNIST = Path(__file__).parents[2] / "examples" / "mnist"


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a float model, a few samples to calibrate with and a few to judge by."""
    pytest.importorskip("ai_edge_litert", reason="pip install 'edgeopt[quantize]'")
    folder = tmp_path_factory.mktemp("inputs")
    (folder / "m.tflite").write_bytes((MNIST / "mnist_float.tflite").read_bytes())
    for name, source, step in (("calibration", "calibration", 5), ("test", "test", 40)):
        arrays = np.load(MNIST / f"{source}.npz")
        np.savez(folder / f"{name}.npz", **{key: arrays[key][::step] for key in arrays.files})
    return folder


def in_another_process(arguments: Sequence[object], cwd: Path) -> None:
    """With another working folder, home, hash seed and locale than this one."""
    environment = {
        "PATH": "/usr/local/bin:/usr/bin:/bin",
        "HOME": str(cwd),
        "PYTHONHASHSEED": "123",
        "LC_ALL": "C",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    command = [sys.executable, "-m", "edgeopt", *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def elsewhere(inputs: Path, folder: Path) -> Path:
    """The same files under other names in another place."""
    copies = folder / "a place of its own"
    copies.mkdir()
    for name in ("m.tflite", "calibration.npz", "test.npz"):
        (copies / name).write_bytes((inputs / name).read_bytes())
    return copies


def test_a_conversion_gives_the_same_bytes_on_another_path_and_in_another_process(inputs: Path, tmp_path: Path) -> None:
    one, other = tmp_path / "one.tflite", tmp_path / "other.tflite"
    convert(inputs / "m.tflite", one, inputs / "calibration.npz", evaluation=inputs / "test.npz")
    copies = elsewhere(inputs, tmp_path)
    in_another_process(
        ["convert", "m.tflite", "-o", other, "--calibration", "calibration.npz", "--data", "test.npz"], copies
    )
    assert one.read_bytes() == other.read_bytes()
    assert provenance_file(one).read_bytes() == provenance_file(other).read_bytes()


@pytest.mark.usefixtures("any_toolchain")
def test_a_deployment_gives_the_same_bytes_on_another_path_and_in_another_process(inputs: Path, tmp_path: Path) -> None:
    pytest.importorskip("unicorn", reason="pip install unicorn")
    data = ["--calibration", "calibration.npz", "--data", "test.npz"]
    copies = elsewhere(inputs, tmp_path)
    (tmp_path / "b").mkdir()
    folders = [tmp_path / "out", tmp_path / "b" / "another"]
    in_another_process(["deploy", "m.tflite", *data, "-o", folders[0]], inputs)
    in_another_process(["deploy", "m.tflite", *data, "-o", folders[1]], copies)
    contents = [
        {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
        for folder in folders
    ]
    for content in contents:  # what is found out names the folder, and the log of the compiler its calls
        for name in ("report.json", "build/build.log"):
            content.pop(Path(name))
    assert contents[0] == contents[1]
    assert Path("build/firmware.elf") in contents[0]
    check_manifest(folders[0], inputs)


def check_manifest(project: Path, inputs: Path) -> None:
    manifest = json.loads((project / "manifest.json").read_text())
    made_from = manifest["conversion"]
    (model,) = manifest["models"]
    assert model["model_sha256"] == made_from["sha256"] == sha256(project / "m.tflite")
    assert made_from["source"] == {"format": "tflite", "sha256": sha256(inputs / "m.tflite")}
    assert made_from["calibration_sha256"] == sha256(inputs / "calibration.npz")
    assert made_from["evaluation_sha256"] == sha256(inputs / "test.npz")
    assert made_from["choices"]["activations"] == "int8" and made_from["trust"]["model"] is False
    for package in ("edgeopt", "numpy", "ai-edge-litert"):
        assert made_from["tools"][package] == metadata.version(package)
    for name, digest in manifest["files"].items():
        assert sha256(project / name) == digest
    written = {path.relative_to(project).as_posix() for path in project.rglob("*") if path.is_file()}
    late = {name for name in written if name.startswith("build/")} | {"manifest.json", "report.json", "report.html"}
    assert set(manifest["files"]) == written - late


def test_the_file_beside_the_model_says_what_it_was_made_from(inputs: Path, tmp_path: Path) -> None:
    output = tmp_path / "m.tflite"
    done = convert(inputs / "m.tflite", output, inputs / "calibration.npz", choices=Choices(method="min-max"))
    record = json.loads(provenance_file(output).read_text())
    assert provenance_file(output).name == "m.tflite.json"
    assert record == {"schema": "edgeopt.provenance/1", "sha256": sha256(output), **done.provenance}
    assert record["choices"]["method"] == "min-max" and record["evaluation_sha256"] is None
    assert str(tmp_path) not in provenance_file(output).read_text()


def record(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "source_format": "tflite",
        "model_sha256": "0" * 64,
        "calibration": MNIST / "calibration.npz",
        "evaluation": None,
        "choices": Choices(),
        "trust": Trust(),
        "action": "quantized",
        "tools_used": {"tensorflow": "2.21.0"},
    }
    return provenance(**(given | changes))


def test_every_input_shows_in_the_record(tmp_path: Path) -> None:
    layers = tmp_path / "layers.py"
    layers.write_text("x = 1\n")
    changes: list[dict[str, Any]] = [
        {"model_sha256": "1" * 64},
        {"calibration": MNIST / "test.npz"},
        {"evaluation": MNIST / "test.npz"},
        {"choices": Choices(float_layers=("a",))},
        {"trust": Trust(model=True)},
        {"trust": Trust(modules=(layers,))},
        {"tools_used": {"tensorflow": "2.20.0"}},
    ]
    records = [json.dumps(record(**change), sort_keys=True) for change in [{}, *changes]]
    assert len(set(records)) == len(records)


def test_a_folder_is_hashed_by_the_names_and_contents_in_it(tmp_path: Path) -> None:
    def folder(name: str, files: dict[str, str]) -> Path:
        for file, text in files.items():
            path = tmp_path / name / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path / name

    first = hash_of(folder("a", {"saved_model.pb": "x", "variables/v": "y"}))
    assert hash_of(folder("b", {"variables/v": "y", "saved_model.pb": "x"})) == first
    assert hash_of(folder("c", {"saved_model.pb": "x", "variables/w": "y"})) != first
    assert hash_of(folder("d", {"saved_model.pb": "x", "variables/v": "z"})) != first
    assert hash_of(folder("e", {"saved_model.pb": "y", "variables/v": "x"})) != first


def test_arrays_in_memory_are_hashed_by_name_type_and_value() -> None:
    x, y = np.arange(6, dtype=np.float32).reshape(2, 3), np.array([0, 1])
    first = hash_of(make_dataset({"x": x, "y": y}))
    assert hash_of(make_dataset({"y": y, "x": x.copy()}, "elsewhere")) == first
    assert hash_of(load_dataset(MNIST / "test.npz")) == hash_of(load_dataset(MNIST / "test.npz"))
    for other in ({"x": x}, {"z": x, "y": y}, {"x": x.astype(np.float64), "y": y}, {"x": x.reshape(2, 1, 3), "y": y}):
        assert hash_of(make_dataset(other)) != first
