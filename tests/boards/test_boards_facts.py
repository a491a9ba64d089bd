"""The board files say what the project's collected facts say, and where each figure comes from."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from edgeopt.board import Board, Figure, board_names, load_board

# How facts/boards.md calls our boards; the others are QEMU's.
NAMES = {
    "NUCLEO-L4R5ZI": "nucleo-l4r5zi",
    "NUCLEO-F446RE": "nucleo-f446re",
    "NUCLEO-H743ZI/ZI2": "nucleo-h743zi",
    "NUCLEO-U575ZI-Q": "nucleo-u575zi-q",
    "NUCLEO-G071RB": "nucleo-g071rb",
    "STM32F746G-DISCO": "stm32f746g-disco",
    "Arduino Nano 33 BLE Sense": "arduino-nano-33-ble-sense",
    "nRF52840-DK": "nrf52840-dk",
    "nRF5340-DK": "nrf5340-dk",
    "Raspberry Pi Pico": "raspberry-pi-pico",
    "Raspberry Pi Pico 2": "raspberry-pi-pico-2",
    "ESP32 DevKit": "esp32-devkit",
    "ESP32-S3 DevKitC-1": "esp32-s3-devkitc-1",
    "ESP32-C3 DevKitM-1": "esp32-c3-devkitm-1",
    "SparkFun Edge (Apollo3 Blue)": "sparkfun-edge",
    "Ambiq Apollo4 Plus EVB": "apollo4-plus-evb",
    "Corstone-300 (AN547/FVP)": "mps3-an547",
    "EFR32xG24-DK2601B": "efr32xg24-dk2601b",
    "Teensy 4.1 (RT1062)": "teensy-4-1",
    "micro:bit v2 (nRF52833)": "microbit-v2",
}


@pytest.fixture(scope="module")
def facts() -> dict[str, list[str]]:
    """The cells of each board's row: core, MHz, flash, RAM, supply, active current, sleep ..."""
    file = Path(__file__).resolve().parents[3] / "shared" / "facts" / "boards.md"
    if not file.is_file():
        pytest.skip(f"{file} is not there")
    rows = [line.strip("|\n ").split("|") for line in file.read_text().splitlines() if line.startswith("| ")]
    return {name.strip(): [cell.strip() for cell in cells] for name, *cells in rows if name.strip() != "board"}


def numbers(text: str) -> set[float]:
    return {float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)}


def test_every_board_of_the_facts_is_there(facts: dict[str, list[str]]) -> None:
    assert set(facts) == set(NAMES)
    assert set(NAMES.values()) <= set(board_names())


@pytest.mark.parametrize(("title", "name"), NAMES.items(), ids=NAMES.values())
def test_clock_and_memory_are_those_of_the_facts(title: str, name: str, facts: dict[str, list[str]]) -> None:
    board = load_board(name)
    _, mhz, flash_kib, ram_kib, *_ = facts[title]
    assert board.clock_hz / 1e6 in numbers(mhz)
    assert board.ram.size_bytes / 1024 in numbers(ram_kib)
    if flash_kib != "n/a":
        assert {board.flash.size_bytes / 1024, board.flash.usable_bytes / 1024} & numbers(flash_kib)


@pytest.mark.parametrize(("title", "name"), NAMES.items(), ids=NAMES.values())
def test_a_measured_current_is_one_of_the_facts(title: str, name: str, facts: dict[str, list[str]]) -> None:
    """Those of the NUCLEO-L4R5ZI are computed anew from the result files."""
    active = load_board(name).power.active_ma
    if active.kind != "measured" or name == "nucleo-l4r5zi":
        return
    ends = {active.low, active.high} - {None} or {active.value}
    assert ends <= numbers(facts[title][5])


def figures_of(board: Board) -> dict[str, Figure]:
    power = {field.name: getattr(board.power, field.name) for field in fields(board.power) if field.name != "regulator"}
    return power | {f"active_ma at {setting.hz} Hz": setting.active_ma for setting in board.clock_settings}


@pytest.mark.parametrize("name", board_names())
def test_only_an_inference_on_that_board_is_a_measured_current(name: str) -> None:
    """Reports take such a current without a word of doubt: an idle loop, or a sister board's, is `unverified`."""
    currents = {key: figure for key, figure in figures_of(load_board(name)).items() if key.startswith("active_ma")}
    sources = {key: figure.source for key, figure in currents.items() if figure.kind == "measured"}
    assert [key for key, source in sources.items() if "inference" not in source or "sister" in source] == []


@pytest.mark.parametrize("name", board_names())
def test_what_is_remembered_is_unverified(name: str) -> None:
    board = load_board(name)
    for what, figure in figures_of(board).items():
        assert figure.source, what
        if figure.kind in ("measured", "datasheet"):
            assert "remembered" not in figure.source, what
        if figure.kind == "unverified":
            assert re.search("remembered|quote|DERIVED|supply of|sister|shares", figure.source), what
    if board.flash_timing is not None and board.flash_timing.kind == "datasheet":
        assert "remembered" not in board.flash_timing.source


@pytest.mark.parametrize("name", board_names())
def test_a_headline_is_no_current_of_an_inference(name: str) -> None:
    """A figure in uA/MHz may be quoted, never multiplied by the clock."""
    board = load_board(name)
    headlines = numbers(" ".join(re.findall(r"(\d+(?:\.\d+)?) uA/MHz", board.file.read_text())))
    for headline in headlines:
        for hz, active in (
            (board.clock_hz, board.power.active_ma),
            *((s.hz, s.active_ma) for s in board.clock_settings),
        ):
            assert active.value is None or abs(active.value - headline * hz / 1e9) > 0.05 * active.value


@pytest.mark.parametrize("name", board_names())
def test_missing_flash_timing_is_explained(name: str) -> None:
    board = load_board(name)
    assert (board.flash_timing is None) == ("# No [flash_timing]: " in board.file.read_text())


def test_no_two_boards_share_a_title() -> None:
    titles = [load_board(name).title for name in board_names()]
    assert len(set(titles)) == len(titles)


@pytest.mark.parametrize("name", board_names())
def test_a_faster_clock_draws_more_and_waits_no_less(name: str) -> None:
    board = load_board(name)
    settings = sorted(board.clock_settings, key=lambda setting: setting.hz)
    known = [setting.active_ma.value for setting in settings if setting.active_ma.value is not None]
    assert known == sorted(known)
    waits = [setting.wait_states for setting in settings]
    assert waits == sorted(waits)
    if board.flash_timing is not None and waits and settings[-1].hz < board.clock_hz:
        assert waits[-1] <= board.flash_timing.wait_states
