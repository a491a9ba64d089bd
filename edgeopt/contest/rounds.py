"""The comparison itself: outputs against the first contender's, and times that are taken turn by turn.

Two runtimes that are timed one after the other meet different clocks, caches and neighbours. So all run a few
inferences in turn, many rounds, and a ratio is that of the same round: what slows the computer slows both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf, log10
from statistics import median

import numpy as np

from edgeopt.contest.contender import Contender
from edgeopt.convert import Dataset, Judge, Outputs, Score
from edgeopt.errors import EdgeoptError

ROUNDS = 15
_ROUND_MS = 20.0  # of one contender in one round, about
_MOST_REPEATS = 200


@dataclass(frozen=True)
class Found:
    """What one contender did. Agreement is with the first one's outputs, over all outputs and samples."""

    contender: Contender
    max_diff: float  # in the outputs' real values
    snr_db: float  # signal-to-noise ratio; infinite where the outputs are the same
    score: Score | None
    milliseconds: float  # median of all inferences
    ratio: float  # to the first contender, median over the rounds
    inferences: int


def contest(
    contenders: Sequence[Contender],
    data: Dataset,
    classifies: bool,
    progress: Callable[[str], None],
) -> tuple[list[Found], list[str]]:
    """What each did on `data`, and why some did not: those whose outputs cannot be had drop out."""
    ready, answers, absent = _run(contenders, data, progress)
    if not ready:
        return [], absent
    judge = Judge(data, classifies, answers[0])
    rounds = _take_turns(ready, data, progress)
    first = [median(taken) for taken in rounds[0]]
    return [
        Found(
            contender,
            *_agreement(outputs, answers[0]),
            judge.score(outputs) if data.labels is not None or index else None,
            median(time for taken in times for time in taken),
            median(median(taken) / own for taken, own in zip(times, first, strict=True)),
            sum(map(len, times)),
        )
        for index, (contender, outputs, times) in enumerate(zip(ready, answers, rounds, strict=True))
    ], absent


def _run(
    contenders: Sequence[Contender], data: Dataset, progress: Callable[[str], None]
) -> tuple[list[Contender], list[Outputs], list[str]]:
    ready: list[Contender] = []
    answers: list[Outputs] = []
    absent: list[str] = []
    for contender in contenders:
        progress(f"running {contender.runtime} with the {contender.model} model")
        try:
            outputs = contender.outputs(data)
        except EdgeoptError as error:
            absent.append(f"{contender.runtime} is left out: {error.message}")
            continue
        shapes = [values.shape for values in outputs]
        if answers and shapes != [values.shape for values in answers[0]]:
            first = ", ".join(str(list(values.shape[1:])) for values in answers[0])
            absent.append(f"{contender.runtime} is left out: its outputs are not of the first's shapes, {first}")
            continue
        ready.append(contender)
        answers.append(outputs)
    return ready, answers, absent


def _take_turns(
    contenders: Sequence[Contender], data: Dataset, progress: Callable[[str], None]
) -> list[list[list[float]]]:
    """Milliseconds by contender, round and inference."""
    sample = data.first(1)
    once = [median(contender.time(sample, 3)) for contender in contenders]
    repeats = [max(3, min(_MOST_REPEATS, int(_ROUND_MS / max(taken, 1e-6)))) for taken in once]
    rounds: list[list[list[float]]] = [[] for _ in contenders]
    for index in range(ROUNDS):
        progress(f"timing, round {index + 1} of {ROUNDS}")
        for times, contender, count in zip(rounds, contenders, repeats, strict=True):
            times.append(contender.time(sample, count))
    return rounds


def _agreement(outputs: Outputs, wanted: Outputs) -> tuple[float, float]:
    """The largest difference, and the signal-to-noise ratio in dB."""
    pairs = [(a.astype(np.float64).ravel(), b.astype(np.float64).ravel()) for a, b in zip(outputs, wanted, strict=True)]
    largest = max(float(np.abs(a - b).max()) for a, b in pairs)
    signal = sum(float(np.square(b).sum()) for _, b in pairs)
    noise = sum(float(np.square(a - b).sum()) for a, b in pairs)
    if noise == 0:
        return largest, inf
    return largest, 10 * log10(signal / noise) if signal else -inf
