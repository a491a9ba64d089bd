"""`edgeopt boards`: every board in a line, or one with the source of each figure; text and JSON."""

from pathlib import Path

import pytest
from support.cli import edgeopt

from edgeopt.board import board_names, load_board
from edgeopt.report.views.boards import runs_on


def test_the_list_has_every_board(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    outcome = edgeopt(capsys, "boards")
    lines = {line.split()[0]: line for line in outcome.stdout.splitlines() if line}
    assert set(board_names()) <= set(lines)
    assert " 24.6 mA  " in lines["nucleo-l4r5zi"]  # an LDO part draws the same current at any supply
    assert " 23.22 mW  " in lines["nucleo-u575zi-q"]  # an SMPS part the same power
    assert lines["teensy-4-1"].endswith("virtual")
    assert lines["nucleo-u575zi-q"].endswith("virtual, serial, rtt")
    assert lines["nucleo-l4r5zi"].endswith("virtual, serial, rtt")
    assert lines["esp32-devkit"].rstrip().endswith("-")
    assert " 105 mA d  " in lines["nucleo-h743zi"] and "  1,400 d  " in lines["nucleo-h743zi"]
    assert "  2.57 ?  " in lines["nucleo-l4r5zi"]
    assert "unknown" in lines["mps2-an386"]
    assert outcome.stdout.endswith("active, sleep without a mark: measured; d: datasheet, ?: unverified\n")


def test_the_list_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    document = edgeopt(capsys, "boards", "--json").document
    assert document["schema"] == "edgeopt.boards/1"
    assert [board["name"] for board in document["boards"]] == list(board_names())
    assert all(tuple(board["runs_on"]) == runs_on(load_board(board["name"])) for board in document["boards"])


@pytest.mark.parametrize("name", board_names())
def test_one_board_shows_every_source(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "4000")
    board, shown = load_board(name), edgeopt(capsys, "boards", name).stdout
    sources = [board.clock_source, board.flash.source, board.ram.source]
    figures = [board.power.supply_v, board.power.active_ma, board.power.sleep_ua, board.power.board_sleep_ua]
    sources += [figure.source for figure in (*figures, board.power.wake_us)]
    sources += [text for setting in board.clock_settings for text in (setting.source, setting.active_ma.source)]
    sources += [board.flash_timing.source] if board.flash_timing else []
    assert [source for source in sources if source not in shown] == []


def test_one_board_in_full(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    shown = edgeopt(capsys, "boards", "nucleo-h743zi").stdout
    for text in (
        "524.3 kB at 0x24000000, 8.2 kB of it reserved, 1 wait state, behind the data cache",
        "16.4 kB of instructions and 16.4 kB of data, lines of 32 B, 2 ways",
        "virtual, serial",
        "verified on the virtual board",
        "an LDO: the same current at any supply",
        "71 to 105",
    ):
        assert text in shown
    assert "nothing sets up" not in shown
    rows = [line.split() for line in shown.splitlines()]
    assert ["300", "5", "50", "50", "to", "56", "datasheet"] in [row[:7] for row in rows]


def test_a_board_without_a_set_up_says_so(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    shown = edgeopt(capsys, "boards", "teensy-4-1").stdout
    assert "nothing sets up its clock and pins yet: for analysis and the virtual board" in shown


def test_what_nothing_sets_up_says_so(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    shown = edgeopt(capsys, "boards", "teensy-4-1").stdout
    assert "nothing sets up its clock and pins yet: for analysis and the virtual board" in shown
    assert "  pin          none" in shown
    assert "  USB          unknown" in shown
    assert "by `--console rtt` without times" in edgeopt(capsys, "boards", "nrf5340-dk").stdout


def test_one_board_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    document = edgeopt(capsys, "boards", "nucleo-l4r5zi", "--json").document
    assert document["schema"] == "edgeopt.board/1"
    active = document["power"]["active_ma"]
    assert (active["low"], active["value"], active["high"], active["kind"]) == (19.4, 24.6, 27.1, "measured")
    assert document["runs_on"] == ["virtual", "serial", "rtt"]
    assert document["verified"] == "virtual"
    assert document["console"]["irq"] == 70
    assert document["pin"]["kind"] == "stm32_gpio"
    assert document["watchdog"] == {"kind": "stm32_iwdg", "base": 0x4000_3000, "source": document["watchdog"]["source"]}
    assert document["usb"]["ids"] == ["0483:374b", "0483:3752"]
    assert [flasher["tool"] for flasher in document["flashers"]] == ["openocd", "pyocd"]
    assert [setting["wait_states"] for setting in document["clock_settings"]] == [3, 3, 2]
    assert document["flash_timing"]["access_bytes"] == 8
    assert "file" not in document


def test_a_board_without_cache_or_model_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    text = load_board("nucleo-g071rb").file.read_text()
    plain = text.replace("cache_line_bytes = 8", "cache_line_bytes = 0").replace(
        "icache_bytes = 16", "icache_bytes = 0"
    )
    assert plain != text
    file = tmp_path / "plain.toml"
    file.write_text(plain)
    assert "  cache        none" in edgeopt(capsys, "boards", file).stdout
    shown = edgeopt(capsys, "boards", "mps3-an547").stdout
    assert "cortex-m55, which has no cycle model: latency is unknown" in shown
    assert "wait states  unknown" in shown
