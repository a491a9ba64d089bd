"""Repeated runs as a histogram, with the figures that are quoted of them marked in it."""

from collections.abc import Callable, Iterator, Sequence
from math import ceil

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from edgeopt.report.html.svg import drawing, element, text, ticks, width_px

_WIDTH, _HEIGHT = 720.0, 230.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 48.0, 14.0, 34.0, 40.0
_MOST_BINS = 60
Array = NDArray[np.float64]
Scale = Callable[[float], float]


def bins_of(values: Sequence[float], resolution: float) -> tuple[Array, Array]:
    """Counts and edges. The width is Freedman and Diaconis' (1981), 2 x interquartile range / cube root of n, a
    multiple of `resolution` (the clock's tick, 0: none), and such that there are at most 60 bins.
    """
    low, high = min(values), max(values)
    first, third = np.percentile(values, [25, 75])
    width = max(2 * (third - first) / len(values) ** (1 / 3), (high - low) / _MOST_BINS, resolution)
    if width == 0:
        width = max(abs(high), 1.0) * 1e-3
    if resolution > 0:
        width = resolution * ceil(width / resolution - 1e-9)
    count = int((high - low) / width + 1e-9) + 1
    begin = low - resolution / 2 if resolution > 0 else low - (count * width - (high - low)) / 2
    counts, edges = np.histogram(values, begin + width * np.arange(count + 1))
    return counts.astype(np.float64), edges


def histogram(values: Sequence[float], resolution: float, marks: Sequence[tuple[str, float]], id_: str) -> Markup:
    """`values` in ms; `marks` are names and values of figures, in rising order."""
    counts, edges = bins_of(values, resolution)
    most = int(counts.max())

    def x(value: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * float((value - edges[0]) / (edges[-1] - edges[0]))

    def y(count: float) -> float:
        return _TOP + (_HEIGHT - _TOP - _BOTTOM) * (1 - count / most)

    columns = (
        element(
            "g",
            element("title", f"{edges[i]:.6g} to {edges[i + 1]:.6g} ms: {count}"),
            element("rect", x=x(edges[i]), y=y(count), width=x(edges[i + 1]) - x(edges[i]), height=y(0) - y(count)),
            class_="bin",
        )
        for i, count in enumerate(counts)
        if count
    )
    grid = (_across(y(at), f"{at:g}") for at in ticks(most, 3) if at == int(at))
    drawn = [
        *grid,
        *columns,
        *_below(edges, x, y(0)),
        *_marks(marks, x),
        text(_LEFT - 6, _TOP - 12, "runs", "quiet", "end"),
    ]
    about = f"{len(values)} runs from {min(values):.6g} to {max(values):.6g} ms; " + ", ".join(
        f"{name} {value:.6g} ms" for name, value in marks
    )
    return drawing(id_, (_WIDTH, _HEIGHT), "Distribution of the runs", about, drawn)


def _across(y: float, words: str) -> Markup:
    line = element("path", d=f"M{_LEFT:.2f} {y:.2f} H{_WIDTH - _RIGHT:.2f}")
    return element("g", line, text(_LEFT - 6, y + 4, words, anchor="end"), class_="tick")


def _below(edges: Array, x: Scale, floor: float) -> Iterator[Markup]:
    """The axis: few enough labels to stand beside each other, with as many digits as tell them apart."""
    span = edges[-1] - edges[0]
    for index in range(6):
        value = edges[0] + span * index / 5
        digits = max(0, ceil(-np.log10(span / 5)) + 1)
        anchor = "start" if index == 0 else "end" if index == 5 else "middle"
        yield text(x(value), floor + 15, f"{value:.{min(digits, 9)}f}", "quiet", anchor)
    yield text((_LEFT + _WIDTH - _RIGHT) / 2, floor + 32, "ms", "quiet", "middle")


def _marks(marks: Sequence[tuple[str, float]], x: Scale) -> Iterator[Markup]:
    """A line each; a name only where the one before leaves room."""
    free = 0.0
    for name, value in marks:
        at = x(value)
        yield element("path", class_="here-line", d=f"M{at:.2f} {_TOP - 4:.2f} V{_HEIGHT - _BOTTOM:.2f}")
        half = width_px(name) / 2
        middle = min(max(at, half, free + half), _WIDTH - half)
        if middle - half >= free and abs(middle - at) <= 2 * half:
            yield text(middle, _TOP - 12, name, anchor="middle")
            free = middle + half
