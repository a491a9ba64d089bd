"""Another board: of those that keep every limit, the one that takes the least energy."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from edgeopt.board import Board, board_names, load_board
from edgeopt.budget.figures import least_energy
from edgeopt.budget.judge import Breach, Figures, keeps
from edgeopt.budget.remedy import REMEDIES, Case, Change

Candidate = tuple[Board, Figures]


@REMEDIES.register("board")
def board(case: Case, breach: Breach) -> Iterator[Change]:
    """Where no board keeps every limit, the one that breaks the fewest of those that keep this one."""
    others = [load_board(name) for name in board_names() if name != case.board.name]
    known = [
        (other, figures)
        for other in others
        if other.link != "qemu"  # a machine that only QEMU has
        if (figures := case.tried(replace(case.design, board=other))) is not None
        and keeps(breach.name, breach.limit, figures[breach.name].value if breach.name in figures else None)
    ]
    if not known:
        return
    best = min(known, key=partial(_rank, case))
    yield Change(f"--board {best[0].name}", best[1], _why(case, best, known))


def _why(case: Case, best: Candidate, known: list[Candidate]) -> str:
    if _broken(case, best):
        return "no board keeps every limit with this network"
    count = sum(not _broken(case, candidate) for candidate in known)
    if count == 1:
        return "no other board keeps every limit"
    least = (
        "of these it takes the least energy" if best[1]["energy_uj"].value is not None else "their energy is unknown"
    )
    return f"{count} boards keep every limit; {least}"


def _rank(case: Case, candidate: Candidate) -> tuple[int, float, float, str]:
    """The fewest broken limits first, then the least energy."""
    figures = candidate[1]
    return _broken(case, candidate), *least_energy(figures["energy_uj"], figures["latency_ms"]), candidate[0].name


def _broken(case: Case, candidate: Candidate) -> int:
    return len(case.broken_by(candidate[1]))
