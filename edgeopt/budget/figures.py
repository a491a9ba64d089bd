"""Cycles, bytes and a board's figures -> the figures that a budget may limit."""

from __future__ import annotations

import math
from dataclasses import replace

from edgeopt.board import Board
from edgeopt.energy import Draw, Quantity, draw_mw, energy_uj, latency_ms, power_mw, unknown
from edgeopt.energy.battery import average_mw, battery_life, peak_mw, too_slow, wrong_voltage
from edgeopt.energy.node import Node, node_of
from edgeopt.energy.supply import Feed
from edgeopt.energy.use import Use

_NO_USAGE = "the budget has no [duty_cycle]"
_NO_CELL = "the [duty_cycle] of the budget has no cell"


def figures_of(cycles: Quantity, flash: Quantity, ram: Quantity, board: Board, use: Use | None) -> dict[str, Quantity]:
    """The figures by the names of the limits; accuracy, which only data can tell, is not among them.

    `energy_uj` is of one inference at the supply voltage of the board's figures, as everywhere; `average_mw`,
    `peak_mw` and `battery_days` are those of the node on its cells, where there are any.
    """
    latency, power = latency_ms(cycles, board), power_mw(board)
    return {
        "flash_bytes": flash,
        "ram_bytes": ram,
        "latency_ms": latency,
        "energy_uj": energy_uj(latency, power),
        **at_work(latency, board, use),
    }


def least_energy(energy_uj: Quantity, latency_ms: Quantity) -> tuple[float, float]:
    """To sort by: the least energy first, then the least latency; what is unknown comes last."""
    energy, latency = (math.inf if one.value is None else one.value for one in (energy_uj, latency_ms))
    return energy, latency


def at_work(
    latency: Quantity, board: Board, use: Use | None, active: Draw | None = None, peak: Draw | None = None
) -> dict[str, Quantity]:
    """`average_mw`, `peak_mw` and `battery_days` of a node that is used so.

    A period that is too short for the network, or cells that do not suit the board, are no fault of the budget: another
    network or board may go with them. What they would tell is unknown then, and says why.

    `active`: what it draws while it infers, where that was measured, and `peak` at most; None: the board's figure.
    """
    most = peak or active
    power = power_mw(board) if most is None else draw_mw(most, most.at_v)
    if use is None:
        return {"average_mw": unknown(_NO_USAGE), "peak_mw": power, "battery_days": unknown(_NO_USAGE)}
    node, duty, supply = node_of(board, latency, use.duty, active), use.duty, use.supply
    peaking = node if peak is None else replace(node, active=peak)
    if why := _impossible(node, use):
        return {"average_mw": unknown(why), "peak_mw": power, "battery_days": unknown(why)}
    if supply is None:
        rail_v = node.active.at_v
        return {
            "average_mw": average_mw(node, duty, Feed(), rail_v),
            "peak_mw": peak_mw(peaking, duty, rail_v),
            "battery_days": unknown(_NO_CELL),
        }
    life = battery_life(node, duty, supply)
    most_mw = life.peak_mw if peak is None else battery_life(peaking, duty, supply).peak_mw
    return {"average_mw": life.average_mw, "peak_mw": most_mw, "battery_days": life.days}


def warnings_of(latency: Quantity, board: Board, use: Use | None, active: Draw | None = None) -> tuple[str, ...]:
    """What the figures of `at_work` do not say themselves: whence the current is, and what the cells cannot give."""
    if use is None:
        return ()
    node, known = node_of(board, latency, use.duty, active), board.power.active_ma
    found = node.notes[:1] if active is None and known.value is not None and known.kind != "measured" else ()
    if use.supply is None or _impossible(node, use):
        return found
    return (*found, *battery_life(node, use.duty, use.supply).warnings)


def _impossible(node: Node, use: Use) -> str:
    """Why nothing can be told of this node, or it cannot work so; empty where it can."""
    for figure in node.needed:
        if figure.value is None:
            return figure.source
    if slow := too_slow(node, use.duty):
        return slow
    return wrong_voltage(node, use.supply) if use.supply is not None else ""
