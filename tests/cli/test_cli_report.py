"""`edgeopt report`: shows, writes the page and the drawings, and says in a line what it cannot read or write."""

import json
from pathlib import Path

import numpy as np
import pytest
from support.cli import assert_refused, edgeopt
from support.html_results import ANALYZED, DEPLOYED
from support.small import INPUT_SHAPE

from edgeopt.report import dumps
from edgeopt.report.html import drawings, html_report


@pytest.fixture
def folder(tmp_path: Path, small_model: bytes, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with small.tflite, an analysis and a deployment's folder in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.tflite").write_bytes(small_model)
    (tmp_path / "a.json").write_text(dumps(ANALYZED))
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "report.json").write_text(dumps(DEPLOYED))
    return tmp_path


def test_a_page_of_a_deployment_and_of_an_analysis(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for run, result in (("run", DEPLOYED), ("run/report.json", DEPLOYED), ("a.json", ANALYZED)):
        outcome = edgeopt(capsys, "report", run, "-o", "page.html")
        assert (outcome.exit_code, outcome.stderr) == (0, "")
        assert "page.html" in outcome.stdout
        assert (folder / "page.html").read_text(encoding="utf-8") == html_report(result)
    assert [path.name for path in folder.iterdir() if path.name.startswith(".")] == [], "nothing half-written is left"


def test_the_drawings_are_files(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = edgeopt(capsys, "report", "a.json", "--svg", "plots/of/it", "--json")
    written = {path.name: path.read_text(encoding="utf-8") for path in (folder / "plots" / "of" / "it").iterdir()}
    assert written == drawings(ANALYZED)
    assert outcome.document["schema"] == "edgeopt.written_report/1"
    assert outcome.document["files"] == [f"plots/of/it/{name}" for name in sorted(written)]


def test_without_a_file_it_is_shown(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert edgeopt(capsys, "report", "a.json").stdout.startswith("Analysis for nucleo-l4r5zi")
    assert edgeopt(capsys, "report", "a.json", "--json").document == json.loads(dumps(ANALYZED))
    assert "bit-exact" in edgeopt(capsys, "report", "run").stdout


def test_what_analyze_prints_can_be_read(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    printed = edgeopt(capsys, "analyze", "small.tflite", "--json")
    (folder / "small.json").write_text(printed.stdout)
    assert edgeopt(capsys, "report", "small.json", "--json").document == printed.document
    assert edgeopt(capsys, "report", "small.json", "-o", "small.html").exit_code == 0
    page = (folder / "small.html").read_text(encoding="utf-8")
    assert all(layer["name"] in page for layer in printed.document["layers"]) and 'id="arena"' in page


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "is not JSON"),
        ("{}", "is not a document of schema `edgeopt.deployment/1` or `edgeopt.analysis/"),
        ('{"schema": "edgeopt.run/1"}', "edgeopt analyze --json"),
        ('{"schema": ["edgeopt.deployment/1"]}', "is not a document"),
        (dumps(DEPLOYED).replace('"offset_bytes": 784', '"offset_bytes": "x"', 1), "`arena[1].offset_bytes`"),
        (dumps(DEPLOYED).replace('"regulator": "ldo"', '"regulator": "odd"', 1), "`board_facts.power.regulator`"),
        (dumps(DEPLOYED)[:-40], "is not JSON"),
    ],
)
def test_a_wrong_document_is_refused(
    content: str, words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "wrong.json").write_text(content)
    assert_refused(edgeopt(capsys, "report", "wrong.json", "-o", "page.html", "--svg", "plots"), "wrong.json", words)
    assert not (folder / "page.html").exists() and not (folder / "plots").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("nowhere",), "nowhere"),
        ((".",), "report.json` cannot be read"),
        (("run", "-o", "run"), "`run` is a folder"),
        (("run", "-o", "no/such/page.html"), "there is no folder `no/such`"),
        (("run", "--svg", "a.json"), "`a.json` is a file, not a folder"),
    ],
)
def test_a_wrong_place_is_refused(
    arguments: tuple[str, ...], words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert_refused(edgeopt(capsys, "report", *arguments), words)


@pytest.mark.usefixtures("any_toolchain")
def test_deploy_writes_the_page_and_the_same_inputs_give_the_same(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tflite_micro", reason="pip install tflite-micro (extra `oracle`)")
    values = np.random.default_rng(5).uniform(0, 5, (3, *INPUT_SHAPE[1:])).astype(np.float32)
    np.savez(folder / "data.npz", x=values)
    for out in ("one", "the/other"):
        (folder / out).parent.mkdir(exist_ok=True)
        outcome = edgeopt(capsys, "deploy", "small.tflite", "--data", "data.npz", "-o", out)
        assert outcome.exit_code == 0, outcome.stderr
    first, second = (folder / out / "report.html" for out in ("one", "the/other"))
    assert first.read_bytes() == second.read_bytes()
    assert edgeopt(capsys, "report", "one", "-o", "again.html").exit_code == 0
    assert (folder / "again.html").read_bytes() == first.read_bytes()
    assert edgeopt(capsys, "build", "one").exit_code == 0, "the folder is still a project"
