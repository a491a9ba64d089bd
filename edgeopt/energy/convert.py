"""From cycles and a board's figures to time, power and energy; the spread of the sources goes through every formula."""

from edgeopt.board import Board
from edgeopt.energy.draw import Draw, draw_of
from edgeopt.energy.quantity import ENDS, ESTIMATED, End, Quantity, spread, unknown, weakest


def latency_ms(cycles: Quantity, board: Board) -> Quantity:
    """Milliseconds of `cycles` at the board's clock."""
    return latency_at(cycles, board.clock_hz)


def latency_at(cycles: Quantity, clock_hz: float) -> Quantity:
    """Milliseconds of `cycles` at a clock."""
    if cycles.value is None:
        return cycles
    source = f"{cycles.source}, at {clock_hz / 1e6:g} MHz"
    return spread((cycles.at(end) / clock_hz * 1e3 for end in ENDS), cycles.kind, source)


def power_mw(board: Board, supply_v: float | None = None) -> Quantity:
    """Power while an inference runs; what the board file lacks makes it unknown.

    At another supply voltage than the figures' a part with an LDO inside draws the same current, one with a switching
    regulator the same power; where it is not known which, the spread covers both.
    """
    if board.power.supply_v.value is None:
        return unknown(f"the supply voltage of {board.name} is unknown")
    draw = draw_of(board.power, board.power.active_ma, board.name)
    return draw_mw(draw, draw.at_v if supply_v is None else supply_v)


def draw_mw(draw: Draw, supply_v: float, low_v: float | None = None, high_v: float | None = None) -> Quantity:
    """Power of a load at a supply voltage, whose spread is `low_v` to `high_v`."""
    if draw.milliamps.value is None:
        return draw.milliamps
    volts: dict[End, float | None] = {"low": low_v, "value": supply_v, "high": high_v}
    source = f"supply voltage x active current ({draw.milliamps.source})"
    if draw.given:
        source = draw.milliamps.source + (f" x {supply_v:.3g} V" if draw.law == "current" else "")
    elif supply_v != draw.at_v:
        same = {"current": "current", "power": "power", "either": "current or power"}[draw.law]
        source = f"at {supply_v:.3g} V the same {same} as at {draw.at_v:g} V: {draw.milliamps.source}"
    # rises with the voltage, or stays, whatever the law is
    powers = (draw.ma(volts[end] or supply_v, end) * (volts[end] or supply_v) for end in ENDS)
    return spread(powers, weakest(ESTIMATED, draw.milliamps.kind), source)


def energy_uj(latency: Quantity, power: Quantity) -> Quantity:
    """Microjoules of one inference: milliwatts x milliseconds."""
    for part in (latency, power):
        if part.value is None:
            return part
    source = f"latency ({latency.kind}) x power ({power.kind})"
    return spread((latency.at(end) * power.at(end) for end in ENDS), weakest(latency.kind, power.kind), source)
