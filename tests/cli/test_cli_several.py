"""The verbs with several networks in one firmware: generate, build, and which network the others mean."""

import json
from pathlib import Path

import numpy as np
import pytest
from support.cli import assert_refused, edgeopt
from support.small import INPUT_SHAPE
from support.streaming import window


@pytest.fixture
def folder(tmp_path: Path, small_model: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with small.tflite, window.tflite and data.npz for the first in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.tflite").write_bytes(small_model)
    (tmp_path / "window.tflite").write_bytes(window())
    values = np.random.default_rng(5).uniform(0, 5, (12, *INPUT_SHAPE[1:])).astype(np.float32)
    np.savez(tmp_path / "data.npz", x=values, y=np.arange(12) % 3)
    return tmp_path


BOTH = ("generate", "small.tflite", "window.tflite", "-o", "out")


def test_generate(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = edgeopt(capsys, *BOTH, "--json")
    assert (outcome.exit_code, outcome.stderr) == (0, "")
    document = outcome.document
    assert document["schema"] == "edgeopt.models/1"
    assert document["names"] == [model["name"] for model in document["project"]["models"]] == ["small", "window"]
    one, other = document["models"]
    weights = [model["flash_bytes"]["weights"] for model in (one, other)]
    assert document["flash_bytes"]["weights"] == sum(weights) and weights[0] > 0
    assert document["ram_bytes"]["arena"] == max(one["ram_bytes"]["arena"], other["ram_bytes"]["arena"])
    assert document["ram_bytes"]["static"] == 12 + 4
    assert document["ram_bytes"]["total"] == document["ram_bytes"]["arena"] + 16
    kernels = document["flash_bytes"]["kernels"]
    assert max(model["flash_bytes"]["kernels"] for model in (one, other)) <= kernels
    assert document["flash_bytes"]["total"] == sum(weights) + kernels
    manifest = json.loads((folder / "out" / "manifest.json").read_text())
    assert manifest["schema"] == "edgeopt.manifest/2"
    assert {model["name"]: model["model_sha256"] for model in manifest["models"]} == {
        "small": one["model_sha256"],
        "window": other["model_sha256"],
    }
    assert {path.name for path in (folder / "out").glob("*.tflite")} == {"small.tflite", "window.tflite"}
    text = edgeopt(capsys, *BOTH)
    assert text.exit_code == 0 and all(word in text.stdout for word in ("small", "window", "each kernel once"))


def test_the_same_models_give_the_same_bytes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = []
    for out in ("a", "b"):
        assert edgeopt(capsys, *BOTH[:-1], out).exit_code == 0
        files = sorted(path for path in (folder / out).rglob("*") if path.is_file())
        written.append({path.relative_to(folder / out): path.read_bytes() for path in files})
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("options", "names"),
    [((), ("small", "window")), (("--name", "a", "--name", "b"), ("a", "b"))],
    ids=["files", "given"],
)
def test_names(
    options: tuple[str, ...], names: tuple[str, ...], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert edgeopt(capsys, *BOTH, *options, "--json").document["names"] == list(names)
    assert {f"{name}.h" for name in names} <= {path.name for path in (folder / "out" / "model").iterdir()}


def test_files_of_one_name(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "other").mkdir()
    (folder / "other" / "small.tflite").write_bytes(window())
    outcome = edgeopt(capsys, "generate", "small.tflite", "other/small.tflite", "-o", "out", "--json")
    assert outcome.document["names"] == ["small", "small_2"]


def test_a_name_for_one(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = edgeopt(capsys, "generate", "small.tflite", "--name", "listener", "-o", "out", "--json")
    assert [model["name"] for model in outcome.document["project"]["models"]] == ["listener"]
    assert (folder / "out" / "model" / "listener.h").is_file() and (folder / "out" / "listener.tflite").is_file()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((*BOTH, "--name", "a"), ("2 models", "names for 1")),
        ((*BOTH, "--name", "a", "--name", "a"), ("`a` and `a` clash",)),
        ((*BOTH, "--name", "a", "--name", "a_weights"), ("`a` and `a_weights` clash",)),
        ((*BOTH, "--name", "a", "--name", "Big-Ear"), ("`Big-Ear`", "--name big_ear")),
        ((*BOTH, "--name", "a", "--name", "while"), ("`while`", "--name m_while")),
        (("generate", "small.tflite", "--name", "a", "--name", "b", "-o", "out"), ("2 names", "one model")),
        ((*BOTH, "--mlperf", "kws01"), ("`--mlperf` is for one model", "leave --mlperf out")),
        ((*BOTH, "--calibration", "data.npz"), ("`--calibration` is for one model",)),
        ((*BOTH, "--platform", "carray", "--console", "semihosting"), ("plain C array",)),
        (("generate", "-o", "out"), ("MODEL",)),
        (("analyze", "small.tflite", "window.tflite"), ("`edgeopt analyze` takes one model", "edgeopt generate")),
        (("deploy", "small.tflite", "window.tflite"), ("`edgeopt deploy` takes one model", "edgeopt generate")),
    ],
    ids=lambda value: " ".join(value[:1]) if isinstance(value, tuple) else None,
)
def test_refused(
    arguments: tuple[str, ...], words: tuple[str, ...], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_refused(edgeopt(capsys, *arguments), *words)
    assert not (folder / "out").exists()


def test_too_large_together(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A board whose flash the network fits once, but not twice: the error tells the bytes of each."""
    board = (Path(__file__).parents[2] / "boards" / "nucleo-g071rb.toml").read_text()
    least = edgeopt(capsys, "analyze", "small.tflite", "--board", "nucleo-g071rb", "--goal", "flash", "--json").document
    room, weights = least["flash_bytes"]["total"] // 4 * 4 + 100, least["flash_bytes"]["weights"]
    (folder / "tiny.toml").write_text(board.replace("131_072", f"{room}", 1))
    assert edgeopt(capsys, "analyze", "small.tflite", "--board", "tiny.toml").exit_code == 0
    outcome = edgeopt(capsys, "generate", "small.tflite", "small.tflite", "--board", "tiny.toml", "-o", "out")
    each = f"weights: `small` {weights:,} B, `small_2` {weights:,} B; kernels "
    assert_refused(outcome, each, f"nucleo-g071rb has {room:,} B", "B of flash more", exit_code=4)
    assert not (folder / "out").exists()


@pytest.mark.parametrize(
    ("limits", "words"),
    [
        ("flash_bytes = 100", ("flash_bytes is", "above the limit of 100 B")),
        ("ram_bytes = 1_150", ("ram_bytes is 1,160 B", "above the limit of 1,150 B")),
        ("latency_ms = 0.01", ("latency_ms is", "above the limit of 0.01 ms")),
    ],
)
def test_over_budget(limits: str, words: tuple[str, ...], folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "budget.toml").write_text(limits)
    assert_refused(edgeopt(capsys, *BOTH, "--budget", "budget.toml"), *words, exit_code=4)
    assert not (folder / "out").exists()


def test_within_budget(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "budget.toml").write_text("flash_bytes = 100_000\nram_bytes = 1_160\nlatency_ms = 10.0\naccuracy = 0.9\n")
    assert edgeopt(capsys, *BOTH, "--budget", "budget.toml").exit_code == 0


def test_a_budget_of_a_node_at_work(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "budget.toml").write_text("average_mw = 1.0\n[duty_cycle]\nevery_s = 1.0\n")
    assert_refused(edgeopt(capsys, *BOTH, "--budget", "budget.toml"), "`average_mw`", "how often each of 2 networks")


def test_arrays_for_an_interpreter(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = edgeopt(capsys, *BOTH, "--platform", "carray", "--json")
    assert outcome.document["project"] is None
    assert {path.name for path in (folder / "out").iterdir()} == {
        "manifest.json",
        *(f"{name}_tflite.{end}" for name in ("small", "window") for end in "ch"),
    }
    assert_refused(edgeopt(capsys, "build", "out"), "plain C array")


@pytest.mark.usefixtures("any_toolchain")
def test_which_network_runs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("unicorn", reason="pip install unicorn")
    edgeopt(capsys, *BOTH)
    assert edgeopt(capsys, "build", "out").exit_code == 0
    assert_refused(edgeopt(capsys, "run", "out"), "2 networks", "--model small or --model window")
    assert_refused(edgeopt(capsys, "run", "out", "--model", "smal"), "`smal`", "did you mean `small`?")
    assert_refused(edgeopt(capsys, "run", "out", "--model", "kws"), "`kws`", "there are: small, window")
    for name, layers in (("small", 4), ("window", 4)):
        document = edgeopt(capsys, "run", "out", "--model", name, "--outputs", f"{name}.npz", "--json").document
        assert (document["model"], len(document["layers"])) == (name, layers)
        assert document["cycles"]["value"] > 0
        assert (folder / f"{name}.npz").is_file()
    assert "network" in edgeopt(capsys, "run", "out", "--model", "window").stdout


@pytest.mark.usefixtures("any_toolchain")
def test_which_network_is_measured_and_proven(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("unicorn", reason="pip install unicorn")
    pytest.importorskip("tflite_micro", reason="pip install tflite-micro (extra `oracle`)")
    edgeopt(capsys, *BOTH)
    assert edgeopt(capsys, "build", "out").exit_code == 0
    for verb, more in (("measure", ()), ("validate", ("--data", "data.npz"))):
        assert_refused(edgeopt(capsys, verb, "out", *more), "2 networks", "--model small or --model window")
        assert_refused(edgeopt(capsys, verb, "out", *more, "--model", "smal"), "did you mean `small`?")
    latency = [
        edgeopt(capsys, "measure", "out", "--model", name, "--json").document["boards"][0]["latency_ms"]["value"]
        for name in ("small", "window")
    ]
    assert latency[0] > 10 * latency[1] > 0
    proof = edgeopt(capsys, "validate", "out", "--model", "small", "--data", "data.npz", "--json")
    assert (proof.exit_code, proof.document["identical"], proof.document["samples"]) == (0, 12, 12)


@pytest.mark.usefixtures("any_toolchain")
def test_which_network_is_watched(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("unicorn", reason="pip install unicorn")
    edgeopt(capsys, *BOTH)
    assert edgeopt(capsys, "build", "out").exit_code == 0
    watch = ("monitor", "out", "--on", "virtual", "--for", "2s")
    assert_refused(edgeopt(capsys, *watch, "--every", "1s"), "2 networks", "--model small or --model window")
    found = edgeopt(capsys, *watch, "--every", "1s", "--model", "window", "--json")
    assert (found.exit_code, found.document["name"], found.document["inferences"]) == (0, "window", 2), found.stderr
    assert edgeopt(capsys, *watch, "--json").exit_code == 0, "who only listens need not say which"
    board = ("monitor", "--board", "nucleo-l4r5zi", "--on", "virtual", "--for", "1s")
    assert_refused(edgeopt(capsys, *board, "--model", "window"), "names a network of a project")


@pytest.mark.usefixtures("any_toolchain")
def test_a_project_of_one_takes_its_name_too(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("unicorn", reason="pip install unicorn")
    edgeopt(capsys, "generate", "small.tflite", "-o", "out")
    assert edgeopt(capsys, "build", "out").exit_code == 0
    assert edgeopt(capsys, "run", "out", "--model", "small", "--json").document["model"] is None
    assert_refused(edgeopt(capsys, "run", "out", "--model", "window"), "`window`", "there are: small")
    elf = folder / "out" / "build" / "firmware.elf"
    assert_refused(edgeopt(capsys, "run", elf, "--model", "small"), "`--model` is for a project's folder")
