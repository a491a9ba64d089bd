"""edgeopt.toml: defaults of options, and what is wrong with it is said with file and key."""

from pathlib import Path

import pytest
from support.cli import Outcome, edgeopt

from edgeopt import pipeline
from edgeopt.board import load_board


@pytest.fixture
def analyze(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], small_model: bytes):
    """Analyzes the small model in a folder with the given edgeopt.toml."""
    (tmp_path / "small.tflite").write_bytes(small_model)
    monkeypatch.chdir(tmp_path)

    def call(toml: str, *arguments: str) -> Outcome:
        (tmp_path / "edgeopt.toml").write_text(toml)
        return edgeopt(capsys, "analyze", "small.tflite", *arguments)

    return call


def project() -> str:
    """A project folder in the working folder, not built."""
    pipeline.generate(Path("small.tflite"), load_board("mps2-an386"), Path("out"))
    return "out"


def test_defaults_of_all_verbs_and_of_one(analyze) -> None:
    outcome = analyze('board = "nrf52840-dk"\n[analyze]\njson = true\ngoal = "ram"\n')
    assert outcome.document["board"] == "nrf52840-dk"
    assert outcome.document["goal"] == "ram"


def test_a_verbs_own_default_goes_before_the_common_one_and_the_command_line_before_both(analyze) -> None:
    toml = 'board = "nrf52840-dk"\njson = true\n[analyze]\nboard = "nucleo-f446re"\n'
    assert analyze(toml).document["board"] == "nucleo-f446re"
    assert analyze(toml, "-b", "nucleo-g071rb").document["board"] == "nucleo-g071rb"


def test_one_common_value_is_a_list_of_one_where_a_verb_takes_several(analyze, capsys) -> None:
    assert analyze('on = "qemu"\nboard = "nrf52840-dk"').exit_code == 0
    assert "QEMU's time" in edgeopt(capsys, "measure", project(), "--arrivals", "poisson:5/s").stderr


@pytest.mark.parametrize(
    ("toml", "error"),
    [
        ('bord = "nrf52840-dk"', "edgeopt.toml: `bord` is unknown"),
        ('[analyse]\ngoal = "ram"', "edgeopt.toml: `analyse` is unknown"),
        ('[analyze]\ntoolchain = "gcc"', "edgeopt.toml: `analyze.toolchain` is unknown"),
        ('[analyze]\ngoal = "speed"', "edgeopt.toml: `analyze.goal`: 'speed' is not one of"),
        ("json = 1", "edgeopt.toml: `json` must be true or false, not 1"),
        ("board = true", "edgeopt.toml: `board` must be one value, not True"),
        ('board = ["nrf52840-dk"]', "edgeopt.toml: `board` must be one value"),
        ("[analyze]\nbudget = 1", "edgeopt.toml: `analyze.budget`: File '1' does not exist"),
        ('board = "nrf52840"', "edgeopt.toml: `board`: no board is called `nrf52840`"),
        ('[convert]\nkeep_float = "a"', "edgeopt.toml: `convert.keep_float` must be a list, not 'a'"),
        (
            "[convert]\nkeep_float = [true]",
            "edgeopt.toml: each value of `convert.keep_float` must be one value, not True",
        ),
        ('[deploy]\ncustom_objects = ["no.py"]', "edgeopt.toml: `deploy.custom_objects`: File 'no.py' does not exist"),
        ("[convert]\nmax_accuracy_drop = 101", "edgeopt.toml: `convert.max_accuracy_drop`: 101.0 is not in the range"),
        ('[convert]\nactivations = "int4"', "edgeopt.toml: `convert.activations`: 'int4' is not one of"),
        ("[deploy]\ntrust_model = 1", "edgeopt.toml: `deploy.trust_model` must be true or false, not 1"),
        ('board = "a\\u0000b"', "edgeopt.toml: `board` cannot be 'a\\x00b'"),
        ('[analyze]\nbudget = "a\\u0000b"', "edgeopt.toml: `analyze.budget` cannot be 'a\\x00b'"),
        ("board = 0x" + "f" * 9_000, "edgeopt.toml: `board` cannot be a number of thousands of digits"),
        ("[convert]\nkeep_float = 0x" + "f" * 9_000, "edgeopt.toml: `convert.keep_float` must be a list, not a number"),
        ("board = 1979-05-27", "edgeopt.toml: `board` must be one value, not datetime.date"),
        ("board = ", "edgeopt.toml: not a TOML file: Invalid value (at end of document)"),
    ],
)
def test_what_is_wrong_is_named(toml: str, error: str, analyze) -> None:
    outcome = analyze(toml)
    assert outcome.exit_code == 2
    assert outcome.stderr.startswith(f"error: {error}")
    assert len(outcome.stderr.splitlines()) == 2


def test_it_is_looked_for_in_the_working_folder_only(analyze, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "below").mkdir()
    monkeypatch.chdir(tmp_path / "below")
    (tmp_path / "below" / "small.tflite").write_bytes((tmp_path / "small.tflite").read_bytes())
    assert analyze("nonsense = 1").exit_code == 0


def test_options_of_a_conversion_and_lists(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], small_model: bytes
) -> None:
    (tmp_path / "small.tflite").write_bytes(small_model)
    (tmp_path / "layers.py").write_text("")
    (tmp_path / "edgeopt.toml").write_text(
        """json = true
[convert]
activations = "int16"
weights = "int8"
per_tensor = true
keep_float = ["first", "second"]
mixed = "auto"
method = "percentile"
max_accuracy_drop = 1.5
trust_model = true
custom_objects = ["layers.py"]
"""
    )
    monkeypatch.chdir(tmp_path)
    made_from = edgeopt(capsys, "convert", "small.tflite", "-o", "out.tflite").document["provenance"]
    assert made_from["choices"] == {
        "activations": "int16",
        "weights": "int8",
        "per_tensor": True,
        "float_layers": ["first", "second"],
        "mixed": "auto",
        "method": "percentile",
        "max_accuracy_drop": 1.5,
    }
    assert made_from["trust"]["model"] is True and len(made_from["trust"]["modules_sha256"]) == 1
    given = edgeopt(capsys, "convert", "small.tflite", "-o", "out.tflite", "--keep-float", "third")
    assert given.document["provenance"]["choices"]["float_layers"] == ["third"]


def test_json_by_default_holds_for_wrong_arguments_too(analyze) -> None:
    outcome = analyze("json = true", "-b", "nowhere")
    assert (outcome.exit_code, outcome.document["schema"]) == (2, "edgeopt.error/1")
