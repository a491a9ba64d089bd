"""The node that a battery feeds: what it draws while it infers and while it sleeps, and the supply that it works at."""

from dataclasses import dataclass
from typing import Protocol

from edgeopt.board import Power
from edgeopt.energy.draw import Draw, draw_of, quantity_of
from edgeopt.energy.duty import DutyCycle
from edgeopt.energy.quantity import ESTIMATED, Quantity, unknown


class Powered(Protocol):
    """A Board, or what a report keeps of one."""

    @property
    def name(self) -> str: ...

    @property
    def power(self) -> Power: ...


@dataclass(frozen=True)
class Node:
    """One inference and the sleep after it. What is unknown stays unknown; `notes` say what was assumed or left out.

    wake_ms: unknown: left out, which a note says.
    min_v, max_v: the supply voltages that it works at; unknown: not checked.
    """

    name: str
    latency_ms: Quantity
    active: Draw
    sleep_ua: Quantity
    wake_ms: Quantity
    min_v: Quantity
    max_v: Quantity
    notes: tuple[str, ...] = ()

    @property
    def needed(self) -> tuple[Quantity, Quantity, Quantity]:
        """Latency, active and sleep current, without which nothing can be told."""
        return self.latency_ms, self.active.milliamps, self.sleep_ua


def node_of(board: Powered | None, latency_ms: Quantity, duty: DutyCycle, active: Draw | None = None) -> Node:
    """The node of a board, with what `duty` and `active` say instead of the board's figures.

    Without a board (`None`) all that is needed must be given; what is not is unknown.
    """
    name = "this node" if board is None else board.name
    power = None if board is None else board.power
    no_board = "there is no board to take it from"
    if active is None:
        missing = Draw("either", unknown(f"the active current is not given, and {no_board}"), 1.0)
        active = missing if power is None else draw_of(power, power.active_ma, name)
        drawn = "" if power is None else _active_note(power.active_ma.kind, power.active_ma.source)
    else:
        drawn = f"running: {active.milliamps.source}"
    sleep, sleep_note = _sleep(board, duty)
    wake, wake_note = _wake(board, duty)
    min_v = max_v = unknown(f"the supply range of {name} is unknown")
    if power is not None:
        min_v = quantity_of(power.supply_min_v, f"the least supply voltage of {name}")
        max_v = quantity_of(power.supply_max_v, f"the highest supply voltage of {name}")
    if duty.min_v is not None:
        min_v = Quantity(duty.min_v, ESTIMATED, "given")
    notes = tuple(note for note in (drawn, sleep_note, wake_note) if note)
    return Node(name, latency_ms, active, sleep, wake, min_v, max_v, notes)


def _active_note(kind: str, source: str) -> str:
    if kind == "measured":
        return f"running: measured ({source})"
    more = "inferences have taken over twice a headline's power"
    return f"running: not measured of an inference, but {kind} ({source}); {more}"


def _sleep(board: Powered | None, duty: DutyCycle) -> tuple[Quantity, str]:
    if duty.sleep_ua is not None:
        return Quantity(duty.sleep_ua, ESTIMATED, "given"), "asleep: as given, of the whole node"
    if board is None:
        return unknown("the sleep current is not given, and there is no board to take it from"), ""
    if duty.board_sleep:
        figure = board.power.board_sleep_ua
        return quantity_of(figure, f"the sleep current of {board.name} as a board"), "asleep: the board as it is bought"
    sleep = quantity_of(board.power.sleep_ua, f"the sleep current of {board.name}")
    return sleep, "asleep: the chip alone, as on a board of your own; a board as it is bought draws more"


def _wake(board: Powered | None, duty: DutyCycle) -> tuple[Quantity, str]:
    if duty.wake_ms is not None:
        return Quantity(duty.wake_ms, ESTIMATED, "given"), ""
    figure = None if board is None else board.power.wake_us
    if figure is None or figure.value is None:
        return unknown("the wake-up time is not given"), "waking up: unknown, left out (--wake-ms adds it)"
    low, high = (None if end is None else end / 1e3 for end in (figure.low, figure.high))
    source = f"{figure.source} ({figure.kind})"
    return Quantity(figure.value / 1e3, ESTIMATED, source, low, high), ""
