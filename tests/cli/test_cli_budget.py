"""Budgets and --all-boards on the command line: what is printed, what is written, and the exit codes."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from support.budgets import image_model
from support.cli import edgeopt

from edgeopt.board import board_names
from edgeopt.report.document import load
from edgeopt.report.results import Deployment
from edgeopt.resources import boards_dir

NODE = '[duty_cycle]\nevery_s = 10\ncell = "2xAA"\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with image.tflite and data.npz in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "image.tflite").write_bytes(image_model(12))
    values = np.random.default_rng(5).uniform(-6, 6, (4, 12, 12, 3)).astype(np.float32)
    np.savez(tmp_path / "data.npz", x=values)
    np.savez(tmp_path / "labelled.npz", x=values, y=np.arange(4))
    return tmp_path


def test_every_limit_is_shown_and_a_budget_that_is_kept_ends_well(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "budget.toml").write_text(f"ram_bytes = 100_000\nbattery_days = 1\naccuracy = 0.9\n{NODE}")
    outcome = edgeopt(capsys, "analyze", "image.tflite", "--budget", "budget.toml")
    assert (outcome.exit_code, outcome.stderr) == (0, "")
    lines = {line.split()[0]: line for line in outcome.stdout.splitlines() if line.strip()}
    assert "at most 100,000 B" in lines["ram_bytes"] and lines["ram_bytes"].endswith("kept")
    assert "at least 1 days" in lines["battery_days"]
    assert lines["accuracy"].endswith("judged by `edgeopt deploy`")
    assert "average, mW, every 10 s" in outcome.stdout and "What would mend it" not in outcome.stdout


def test_broken_limits_are_objects_with_remedies(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "budget.toml").write_text(f"ram_bytes = 3_000\nbattery_days = 30_000\nlatency_ms = 1e6\n{NODE}")
    outcome = edgeopt(capsys, "analyze", "image.tflite", "--budget", "budget.toml", "--json")
    document = outcome.document
    assert outcome.exit_code == 4 and document["schema"] == "edgeopt.analysis/2"
    assert [broken["name"] for broken in document["broken_limits"]] == ["ram_bytes", "battery_days"]
    for broken in document["broken_limits"]:
        assert set(broken) == {"name", "limit", "actual", "excess", "unit", "kind", "source", "remedies"}
        assert (
            broken["excess"] == pytest.approx(abs(broken["actual"] - broken["limit"])) and broken["kind"] == "estimated"
        )
        for remedy in broken["remedies"]:
            assert remedy["text"] and isinstance(remedy["keeps"], bool)
    ram = document["broken_limits"][0]["remedies"]
    assert any(remedy["name"] == "goal" and "--goal ram" in remedy["text"] for remedy in ram)
    assert [limit["state"] for limit in document["limits"]] == ["broken", "kept", "broken"]
    assert document["average_mw"]["value"] > 0 and document["peak_mw"]["kind"] == "estimated"
    assert document["battery_days"]["value"] == document["broken_limits"][1]["actual"]
    assert document["duty_cycle"]["every_s"] == 10


def test_the_error_names_each_limit_and_the_best_remedy(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "budget.toml").write_text("ram_bytes = 3_000\nenergy_uj = 0.001\n")
    outcome = edgeopt(capsys, "analyze", "image.tflite", "--budget", "budget.toml")
    error, hint = outcome.stderr.splitlines()
    assert outcome.exit_code == 4
    assert "ram_bytes is" in error and "energy_uj is" in error and "above the limit of 3,000 B" in error
    assert "ram_bytes: " in hint


def test_a_board_without_current_gives_latency_and_says_what_to_add(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "budget.toml").write_text("energy_uj = 100\n")
    outcome = edgeopt(
        capsys, "analyze", "image.tflite", "--board", "nucleo-f446re", "--budget", "budget.toml", "--json"
    )
    document = outcome.document
    assert document["latency_ms"]["value"] > 0 and document["energy_uj"]["kind"] == "unknown"
    (broken,) = document["broken_limits"]
    assert (outcome.exit_code, broken["actual"], broken["kind"]) == (4, None, "unknown")
    assert any("`active_ma`" in remedy["text"] for remedy in broken["remedies"])


@pytest.mark.parametrize("verb", ["analyze", "generate", "deploy"])
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("latency = 1", ("bad.toml", "`latency`", "latency_ms")),
        ("average_mw = 1", ("bad.toml", "`average_mw`", "`every_s`", "[duty_cycle]")),
        ("ram_bytes = -1", ("bad.toml", "`ram_bytes`", "-1")),
        ("[duty_cycle]\nevery_s = 1\ncell = 'CR2023'", ("bad.toml", "CR2023", "CR2032")),
        ("[duty_cycle]\nevery_s = -1", ("bad.toml", "`every_s`", "-1")),
    ],
)
def test_a_wrong_budget_is_told_before_anything_else(
    verb: str, text: str, words: tuple[str, ...], folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "bad.toml").write_text(text)
    more = {"analyze": [], "generate": ["-o", "out"], "deploy": ["-o", "out", "--data", "data.npz"]}[verb]
    outcome = edgeopt(capsys, verb, "image.tflite", "--budget", "bad.toml", *more)
    assert outcome.exit_code == 2 and len(outcome.stderr.splitlines()) == 2
    assert all(word in outcome.stderr for word in words), outcome.stderr
    assert not (folder / "out").exists()


def test_generate_refuses_before_it_writes(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "tight.toml").write_text("ram_bytes = 3_000\n")
    outcome = edgeopt(capsys, "generate", "image.tflite", "-o", "out", "--budget", "tight.toml")
    assert outcome.exit_code == 4 and "ram_bytes" in outcome.stderr and outcome.stdout == ""
    assert sorted(path.name for path in folder.iterdir()) == ["data.npz", "image.tflite", "labelled.npz", "tight.toml"]


@pytest.mark.parametrize("verb", ["analyze", "generate"])
def test_a_board_that_is_too_small_is_told_with_what_would_fit(
    verb: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = (boards_dir() / "nucleo-g071rb.toml").read_text()
    (tiny,) = {source.replace("size_bytes = 36_864", "size_bytes = 8_192")} - {source}
    reserved = int(re.findall(r"reserve_bytes = ([\d_]+)", tiny)[-1].replace("_", ""))
    (folder / "tiny.toml").write_text(tiny.replace("size_bytes = 8_192", f"size_bytes = {reserved + 4_096}"))
    (folder / "budget.toml").write_text("flash_bytes = 100_000\n")
    more = ["-o", "out"] if verb == "generate" else []
    outcome = edgeopt(capsys, verb, "image.tflite", "-b", "tiny.toml", "--budget", "budget.toml", *more)
    assert outcome.exit_code == 4 and not (folder / "out").exists()
    assert "the activations need" in outcome.stderr and "--all-boards" in outcome.stderr
    assert "hint:  ram_bytes: " in outcome.stderr and "keeps the limit" in outcome.stderr


def test_generate_leaves_what_was_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert edgeopt(capsys, "generate", "image.tflite", "-o", "out").exit_code == 0
    before = {path: path.read_bytes() for path in (folder / "out").rglob("*") if path.is_file()}
    (folder / "tight.toml").write_text("ram_bytes = 3_000\n")
    assert edgeopt(capsys, "generate", "image.tflite", "-o", "out", "--budget", "tight.toml").exit_code == 4
    assert {path: path.read_bytes() for path in (folder / "out").rglob("*") if path.is_file()} == before


def test_what_generate_refuses_the_remedy_makes_possible(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arena = edgeopt(capsys, "analyze", "image.tflite", "--goal", "ram", "--json").document["ram_bytes"]["total"]
    (folder / "tight.toml").write_text(f"ram_bytes = {arena}\n")
    assert edgeopt(capsys, "generate", "image.tflite", "-o", "out", "--budget", "tight.toml").exit_code == 4
    outcome = edgeopt(
        capsys, "generate", "image.tflite", "-o", "out", "--budget", "tight.toml", "--goal", "ram", "--json"
    )
    assert outcome.exit_code == 0 and outcome.document["schema"] == "edgeopt.project/3"
    assert [limit["state"] for limit in outcome.document["analysis"]["limits"]] == ["kept"]


def test_the_default_budget_may_stand_in_edgeopt_toml(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "tight.toml").write_text("ram_bytes = 3_000\n")
    (folder / "edgeopt.toml").write_text('budget = "tight.toml"\n')
    assert edgeopt(capsys, "analyze", "image.tflite").exit_code == 4
    assert edgeopt(capsys, "generate", "image.tflite", "-o", "out").exit_code == 4
    assert not (folder / "out").exists()


@pytest.mark.usefixtures("any_toolchain")
def test_deploy_judges_what_was_linked_and_run_and_keeps_its_report(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("tflite_micro", reason="pip install tflite-micro (extra `oracle`)")
    (folder / "tight.toml").write_text(
        f"flash_bytes = 20_000\nlatency_ms = 0.1\nbattery_days = 1\naccuracy = 1.0\n{NODE}"
    )
    outcome = edgeopt(
        capsys, "deploy", "image.tflite", "--data", "labelled.npz", "-o", "out", "--budget", "tight.toml", "--json"
    )
    document = outcome.document
    assert outcome.exit_code == 4, outcome.stderr
    assert json.loads((folder / "out" / "report.json").read_text()) == document
    assert document["validation"]["identical"] == 4
    broken = {one["name"]: one for one in document["broken_limits"]}
    assert list(broken) == ["flash_bytes", "latency_ms", "accuracy"]
    assert broken["flash_bytes"]["actual"] == document["flash_bytes"]["total"]
    assert broken["latency_ms"]["actual"] == document["latency_ms"]["value"]
    assert broken["latency_ms"]["kind"] == "simulated"
    assert broken["accuracy"]["actual"] == document["accuracy"]["device"]
    assert document["battery_days"]["value"] > 1
    found = load(folder / "out" / "report.json", Deployment, "edgeopt.deployment/1")
    assert [breach.name for breach in found.broken_limits] == list(broken)
    shown = edgeopt(capsys, "report", "out")
    assert shown.exit_code == 4 and "What would mend it" in shown.stdout


@pytest.mark.usefixtures("any_toolchain")
def test_deploy_without_labels_cannot_keep_an_accuracy(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("tflite_micro", reason="pip install tflite-micro (extra `oracle`)")
    (folder / "budget.toml").write_text("ram_bytes = 200_000\naccuracy = 0.1\n")
    outcome = edgeopt(capsys, "deploy", "image.tflite", "--data", "data.npz", "-o", "out", "--budget", "budget.toml")
    assert outcome.exit_code == 4
    assert "accuracy is unknown" in outcome.stderr and "--data" in outcome.stderr


def test_all_boards(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = edgeopt(capsys, "analyze", "image.tflite", "--all-boards", "--json")
    document = outcome.document
    assert outcome.exit_code == 0 and document["schema"] == "edgeopt.boards_analysis/1"
    rows = {row["board"]: row for row in document["boards"]}
    assert sorted(rows) == sorted(board_names())
    energies = [row["energy_uj"]["value"] for row in document["boards"] if row["fits"]]
    known = [energy for energy in energies if energy is not None]
    assert known == sorted(known) and energies[: len(known)] == known, "least energy first, unknown last"
    assert rows["mps3-an547"]["latency_ms"]["kind"] == "unknown"
    assert rows["esp32-devkit"]["latency_ms"]["kind"] == "unknown"
    text = edgeopt(capsys, "analyze", "image.tflite", "--all-boards").stdout
    assert all(name in text for name in board_names()) and "All boards, estimated" in text


@pytest.mark.parametrize("goal", ["balanced", "flash", "ram"])
def test_a_line_says_what_the_board_alone_says(goal: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = edgeopt(capsys, "analyze", "image.tflite", "--all-boards", "--goal", goal, "--json").document
    for row in document["boards"][:6] + document["boards"][-2:]:
        alone = edgeopt(capsys, "analyze", "image.tflite", "-b", row["board"], "--goal", goal, "--json").document
        assert row["ram_bytes"]["value"] == alone["ram_bytes"]["total"]
        assert row["flash_bytes"]["value"] == alone["flash_bytes"]["total"]
        assert row["latency_ms"]["value"] == alone["latency_ms"]["value"]
        assert row["energy_uj"]["value"] == alone["energy_uj"]["value"]


def test_all_boards_with_a_budget(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "budget.toml").write_text(f"peak_mw = 15\nbattery_days = 30\n{NODE}")
    outcome = edgeopt(capsys, "analyze", "image.tflite", "--all-boards", "--budget", "budget.toml", "--json")
    rows = outcome.document["boards"]
    kept = [row["fits"] and not row["broken_limits"] for row in rows]
    assert outcome.exit_code == 0 and kept == sorted(kept, reverse=True) and any(kept) and not all(kept)
    for row in rows:
        over = row["peak_mw"]["value"] is None or row["peak_mw"]["value"] > 15
        assert ("peak_mw" in row["broken_limits"]) == (over and row["fits"])
    text = edgeopt(capsys, "analyze", "image.tflite", "--all-boards", "--budget", "budget.toml").stdout
    assert "breaks peak_mw" in text and "days" in text


def test_a_board_on_the_command_line_goes_before_all_of_the_configuration(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "edgeopt.toml").write_text("[analyze]\nall_boards = true\n")
    assert "All boards" in edgeopt(capsys, "analyze", "image.tflite").stdout
    assert "Analysis for nrf52840-dk" in edgeopt(capsys, "analyze", "image.tflite", "-b", "nrf52840-dk").stdout


def test_all_boards_where_none_will_do(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "budget.toml").write_text("latency_ms = 0.001\n")
    outcome = edgeopt(capsys, "analyze", "image.tflite", "--all-boards", "--budget", "budget.toml")
    assert outcome.exit_code == 4 and "breaks a limit on each" in outcome.stderr
    assert "breaks latency_ms" in outcome.stdout


def test_one_board_and_all_contradict_each_other(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = edgeopt(capsys, "analyze", "image.tflite", "--all-boards", "--board", "nucleo-f446re")
    assert outcome.exit_code == 2 and "contradict" in outcome.stderr
    (folder / "edgeopt.toml").write_text('board = "nucleo-f446re"\n')  # a default steps back
    assert edgeopt(capsys, "analyze", "image.tflite", "--all-boards").exit_code == 0
