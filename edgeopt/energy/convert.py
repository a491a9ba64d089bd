"""From cycles and a board's figures to time, power and energy."""

from edgeopt.board import Board
from edgeopt.energy.quantity import ESTIMATED, Quantity, unknown, weakest


def latency_ms(cycles: Quantity, board: Board) -> Quantity:
    """Milliseconds of `cycles` at the board's clock."""
    if cycles.value is None:
        return cycles
    source = f"{cycles.source}, at {board.clock_hz / 1e6:g} MHz"
    return Quantity(cycles.value / board.clock_hz * 1e3, cycles.kind, source)


def power_mw(board: Board) -> Quantity:
    """Active power from the board file's supply voltage and active current; what it lacks makes it unknown."""
    for what, figure in (("supply voltage", board.power.supply_v), ("active current", board.power.active_ma)):
        if figure.value is None:
            return unknown(f"the {what} of {board.name} is unknown")
    assert board.power.supply_v.value is not None and board.power.active_ma.value is not None
    milliwatts = board.power.supply_v.value * board.power.active_ma.value
    return Quantity(milliwatts, ESTIMATED, f"supply voltage x active current ({board.power.active_ma.source})")


def energy_uj(latency: Quantity, power: Quantity) -> Quantity:
    """Microjoules of one inference: milliwatts x milliseconds."""
    for part in (latency, power):
        if part.value is None:
            return part
    assert latency.value is not None and power.value is not None
    kind = weakest(latency.kind, power.kind)
    return Quantity(latency.value * power.value, kind, f"latency ({latency.kind}) x power ({power.kind})")
