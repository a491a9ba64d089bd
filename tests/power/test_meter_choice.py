"""What `--meter` means for a board: its supply voltage, where the meter feeds it and was not told one."""

from collections.abc import Mapping
from dataclasses import replace

import pytest

from edgeopt.board import Board, load_board
from edgeopt.errors import UsageError
from edgeopt.power.lpm01a.setup import setup_of
from edgeopt.power.meter import MeterSpec, parse_meter
from edgeopt.power.meters.ppk2 import settings_of

BOARD = load_board("nucleo-l4r5zi")
VOLTS = BOARD.power.supply_v.value
SETTINGS: Mapping[str, object] = {"ppk2": settings_of, "lpm01a": setup_of}


def spec_for(text: str, board: Board = BOARD) -> MeterSpec:
    return replace(parse_meter(text), board_v=board.power.supply_v.value)


@pytest.mark.parametrize("text", ["ppk2:auto", "lpm01a:auto"])
def test_a_meter_that_feeds_the_board_takes_the_board_file_s_voltage(text: str) -> None:
    spec = spec_for(text)
    assert VOLTS is not None
    assert SETTINGS[spec.kind](spec).volts == VOLTS  # type: ignore[operator]
    told = spec_for(f"{text},volts=1.9")
    assert SETTINGS[spec.kind](told).volts == 1.9  # type: ignore[operator]


def test_a_supply_of_the_board_s_own_is_not_guessed() -> None:
    with pytest.raises(UsageError, match="the volts of the board's supply"):
        settings_of(spec_for("ppk2:auto,mode=ampere"))


@pytest.mark.parametrize("board_v", [None, 5.5, 0.7])
def test_an_unknown_voltage_or_one_that_it_cannot_give_is_asked_for(board_v: float | None) -> None:
    with pytest.raises(UsageError, match="how many volts"):
        settings_of(replace(parse_meter("ppk2:auto"), board_v=board_v))
