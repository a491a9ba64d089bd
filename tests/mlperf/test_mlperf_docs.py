"""docs/mlperf_tiny.md: its commands print what it says, its device entry fits the board, its options exist."""

import re
from pathlib import Path

import pytest
from support.cli import edgeopt
from support.mlperf_boards import write_dataset
from support.mlperf_like import MLPERF_LIKE

from edgeopt.board import load_board
from edgeopt.cli._app import VERBS
from edgeopt.firmware import find_toolchain, with_baud

PAGE = (Path(__file__).parents[2] / "docs" / "mlperf_tiny.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def test_commands_print_what_the_page_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    find_toolchain()
    monkeypatch.chdir(tmp_path)
    Path("ad.tflite").write_bytes(MLPERF_LIKE["ad_like"]())
    write_dataset(tmp_path / "datasets", "ad01", files=4, segments=1)
    (block,) = blocks("console")
    shown = [part.partition("\n") for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    assert len(shown) == 7
    for line, _, output in shown:
        outcome = edgeopt(capsys, *line.split()[1:])
        assert outcome.exit_code == 0, outcome.stderr
        pattern = re.escape(output.rstrip()).replace(re.escape("..."), ".*")
        assert re.fullmatch(pattern, outcome.stdout.rstrip(), re.DOTALL), outcome.stdout
    place = Path("submission") / "results" / "nucleo-l4r5zi" / "ad"
    for mode in ("accuracy", "performance", "energy"):
        assert (place / mode / "results.txt").read_text().startswith("SIMULATED: not valid for submission.\n")


def test_commands_that_need_a_board_have_options_that_exist() -> None:
    for text in blocks("text"):
        for line in text.replace("\\\n", "").splitlines():
            program, verb, *words = line.split()
            assert program == "edgeopt"
            known = {name for parameter in VERBS.get(verb).params for name in parameter.opts}
            assert {word for word in words if word.startswith("-")} <= known


def test_options_of_the_table_exist() -> None:
    told = set(re.findall(r"^\| `(--[a-z]+)", PAGE, re.MULTILINE))
    assert len(told) == 8
    assert told <= {name for parameter in VERBS.get("measure").params for name in parameter.opts}


def test_the_device_entry_fits_the_board() -> None:
    yaml = pytest.importorskip("yaml")
    (text,) = blocks("yaml")
    (entry,) = yaml.safe_load(text)
    board = load_board(entry["name"])
    assert entry["type"] == "dut" and board.usb is not None
    assert f"{0x0483:04x}:{entry['usb'][0x0483]:04x}" in {one.lower() for one in board.usb.ids}
    for baud in entry["baud"].values():
        assert with_baud(board, baud).console.baud == baud
