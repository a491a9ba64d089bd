"""The trace of a power meter: a drawing of all of it, and for the script the pyramid that it zooms in."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from edgeopt.power.trace import SATURATED, SUSPECT
from edgeopt.report.html.svg import drawing, element, fitting, text, ticks
from edgeopt.report.powering import MeasuredEnergy
from edgeopt.report.pyramid import LOST, Level, Pyramid
from edgeopt.report.text import number

WIDTH = 1040.0
_LEFT, _RIGHT, _TOP, _HEIGHT = 64.0, 12.0, 40.0, 240.0
_ROW, _AXIS = 18.0, 40.0  # of a strip under the trace, and of the axis under those
_GAP = 8.0  # above the strips
_COLUMNS = 480
_MARKS = ((LOST, "lost"), (SATURATED, "saturated"), (SUSPECT, "doubtful"))  # the classes of charts.css
_PREFIXES = ((1.0, ""), (1e-3, "m"), (1e-6, "\N{MICRO SIGN}"))


@dataclass(frozen=True)
class Stretch:
    """A part of the trace that has a name; `kind` is window or idle, as in charts.css."""

    name: str
    kind: str
    begin_s: float
    end_s: float


@dataclass(frozen=True)
class Strip:
    """A row under the trace: stretches where a flag is set, or the level of a digital line."""

    name: str
    flag: int  # of `Level.flags`; 0: a digital line
    line: int


def stretches_of(energy: MeasuredEnergy) -> tuple[Stretch, ...]:
    named = [("window", one) for one in energy.windows] + [("idle", one) for one in energy.idle]
    found = (Stretch(one.name, kind, one.begin_s, one.end_s) for kind, one in named)
    return tuple(sorted(found, key=lambda stretch: stretch.begin_s))


def strips_of(pyramid: Pyramid) -> tuple[Strip, ...]:
    """What occurs anywhere in the trace, and the digital lines that change."""
    whole = pyramid.whole
    flags, low, high = (int(np.bitwise_or.reduce(one)) for one in (whole.flags, whole.low, whole.high))
    marks = [Strip(name, flag, 0) for flag, name in _MARKS if flags & flag]
    lines = [line for line in range(8) if low & high & 1 << line]
    return (*marks, *_line_strips(pyramid.whole, lines))


def _line_strips(whole: Level, lines: Sequence[int]) -> Iterator[Strip]:
    """A strip for those lines that do the same, as of a meter whose inputs are wired together."""
    alike: dict[bytes, list[int]] = {}
    for line in lines:
        alike.setdefault(b"".join((one >> line & 1).tobytes() for one in (whole.low, whole.high)), []).append(line)
    for group in alike.values():
        first, last = group[0], group[-1]
        ends = f"{first}-{last}" if last - first == len(group) - 1 else f"{first} +{len(group) - 1}"
        yield Strip(f"lines {ends}" if len(group) > 1 else f"line {first}", 0, first)


def unit_of(pyramid: Pyramid) -> tuple[str, float]:
    """Unit of the axis, and how many amperes or watts it is."""
    peak = _peak(pyramid.whole)
    size, prefix = next((one for one in _PREFIXES if peak >= one[0]), _PREFIXES[-1])
    return f"{prefix}{'A' if pyramid.is_current else 'W'}", size


def trace_drawing(pyramid: Pyramid, stretches: Sequence[Stretch], id_: str) -> Markup:
    """All of the trace: least to most of each column as an area, the mean as a line."""
    frame = _Frame.of(pyramid)
    strips = strips_of(pyramid)
    whole = pyramid.whole
    drawn = element(
        "g",
        *_grid(frame, pyramid),
        *(_shade(frame, one, len(strips)) for one in stretches),
        *_envelope(frame, whole),
        *_strips(frame, whole, strips),
        *_times(frame, len(strips)),
        class_="view",
    )
    unit, size = unit_of(pyramid)
    about = (
        f"{number(whole.end_s - whole.begin_s)} s; mean {number(float(np.nanmean(whole.mean)) / size)} {unit}, "
        f"peak {number(_peak(whole) / size)} {unit}; {', '.join(one.name for one in stretches) or 'no window'}"
    )
    return drawing(id_, (WIDTH, height_of(strips)), "What flowed over time", about, [drawn])


def height_of(strips: Sequence[Strip]) -> float:
    return _floor(len(strips)) + _AXIS


def _floor(strips: int) -> float:
    """Where trace and strips end."""
    return _TOP + _HEIGHT + (_GAP + _ROW * strips if strips else 0.0)


def trace_data(pyramid: Pyramid, stretches: Sequence[Stretch], supply_v: float | None, source: str) -> dict[str, Any]:
    """For the script. Arrays are little-endian and in base64."""
    unit, size = unit_of(pyramid)
    return {
        "unit": unit,
        "size": size,
        "is_current": pyramid.is_current,
        "supply_v": supply_v,
        "source": source,
        "frame": {
            "left": _LEFT,
            "right": _RIGHT,
            "top": _TOP,
            "height": _HEIGHT,
            "row": _ROW,
            "gap": _GAP,
            "axis": _AXIS,
        },
        "levels": [_level(level, pyramid.is_current) for level in pyramid.levels],
        "strips": [vars(strip) for strip in strips_of(pyramid)],
        "stretches": [vars(stretch) for stretch in stretches],
    }


def _level(level: Level, is_current: bool) -> dict[str, Any]:
    """The mean power is left out where the script can do without: it is the mean, or so many volts times the mean."""
    ratio = _steady_volts(level) if is_current else 1.0
    return {
        "begin_s": level.begin_s,
        "step_s": level.step_s,
        "count": len(level.least),
        "least": _floats(level.least),
        "most": _floats(level.most),
        "mean": _floats(level.mean),
        "volts": ratio,
        "watts": None if level.watts is None or ratio is not None else _floats(level.watts),
        "flags": _bytes(level.flags),
        "low": _bytes(level.low),
        "high": _bytes(level.high),
    }


def _steady_volts(level: Level) -> float | None:
    """Power over current where it is the same in every step; None where it varies or is not known."""
    if level.watts is None:
        return None
    flows = np.isfinite(level.mean) & (level.mean != 0)
    ratios = level.watts[flows] / level.mean[flows]
    return float(ratios.mean()) if len(ratios) and np.ptp(ratios) <= 1e-9 * abs(ratios.mean()) else None


def _floats(values: NDArray[np.float64]) -> str:
    return base64.b64encode(values.astype("<f4").tobytes()).decode()


def _bytes(values: NDArray[np.uint8]) -> str:
    """ "" where all of them are 0."""
    return base64.b64encode(values.tobytes()).decode() if values.any() else ""


def _peak(level: Level) -> float:
    return float(np.nanmax(level.most, initial=0.0))


@dataclass(frozen=True)
class _Frame:
    """Seconds from `begin_s` to `end_s`, and units of the axis from `bottom` to `top`."""

    begin_s: float
    end_s: float
    bottom: float
    top: float
    size: float  # amperes or watts of a unit

    @classmethod
    def of(cls, pyramid: Pyramid) -> "_Frame":
        whole, (_, size) = pyramid.whole, unit_of(pyramid)
        top = _peak(whole) / size * 1.05 or 1.0
        bottom = min(0.0, float(np.nanmin(whole.least, initial=0.0)) / size)
        return cls(whole.begin_s, whole.end_s, max(bottom, -top), top, size)

    def x(self, seconds: float) -> float:
        share = (seconds - self.begin_s) / (self.end_s - self.begin_s)
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * min(1.0, max(0.0, share))

    def y(self, value: float) -> float:
        return _TOP + _HEIGHT * (1 - (value - self.bottom) / (self.top - self.bottom))


def _grid(frame: _Frame, pyramid: Pyramid) -> Iterator[Markup]:
    yield text(_LEFT - 6, _TOP - 14, unit_of(pyramid)[0], "quiet", "end")
    for value in ticks(frame.top):
        y = frame.y(value)
        line = element("path", d=f"M{_LEFT:.2f} {y:.2f} H{WIDTH - _RIGHT:.2f}")
        yield element("g", line, text(_LEFT - 6, y + 4, f"{value:.6g}", anchor="end"), class_="tick")


def _times(frame: _Frame, strips: int) -> Iterator[Markup]:
    floor = _floor(strips)
    for seconds in ticks(frame.end_s - frame.begin_s, 8):
        x = frame.x(frame.begin_s + seconds)
        line = element("path", d=f"M{x:.2f} {_TOP:.2f} V{floor:.2f}")
        yield element("g", line, text(x, floor + 15, f"{frame.begin_s + seconds:.6g}", anchor="middle"), class_="tick")
    yield text((_LEFT + WIDTH - _RIGHT) / 2, floor + 32, "seconds by the meter's clock", "quiet", "middle")


def _shade(frame: _Frame, one: Stretch, strips: int) -> Markup:
    x, width = frame.x(one.begin_s), frame.x(one.end_s) - frame.x(one.begin_s)
    label = fitting(one.name, width, least=3)
    return element(
        "g",
        element("title", f"{one.name}: {one.begin_s:.6g} s to {one.end_s:.6g} s"),
        element("rect", x=x, y=_TOP, width=max(1.0, width), height=_floor(strips) - _TOP),
        text(x + width / 2, _TOP - 14, label, anchor="middle") if label else Markup(""),
        class_=f"stretch {one.kind}",
    )


def _envelope(frame: _Frame, level: Level) -> Iterator[Markup]:
    begins = np.unique(np.arange(min(_COLUMNS, len(level.least))) * len(level.least) // _COLUMNS)
    with np.errstate(invalid="ignore"):
        least, most = np.fmin.reduceat(level.least, begins), np.fmax.reduceat(level.most, begins)
    counts = np.diff(np.append(begins, len(level.least)))
    mean = np.add.reduceat(np.nan_to_num(level.mean), begins) / counts
    x = [frame.x(level.begin_s + level.step_s * float(at)) for at in np.append(begins, len(level.least))]
    seen = [index for index in range(len(begins)) if np.isfinite(least[index])]
    if not seen:
        return
    tops = (f"{x[i]:.1f} {_y(frame, most[i])} H{x[i + 1]:.1f}" for i in seen)
    floors = (f"{x[i + 1]:.1f} {_y(frame, least[i])} H{x[i]:.1f}" for i in reversed(seen))
    yield element("path", class_="envelope", d=f"M{' L'.join(tops)} L{' L'.join(floors)} Z")
    middle = (f"{x[i]:.1f} {_y(frame, mean[i])} H{x[i + 1]:.1f}" for i in seen)
    yield element("path", class_="mean", d=f"M{' L'.join(middle)}")


def _y(frame: _Frame, value: float) -> str:
    return f"{frame.y(min(frame.top, max(frame.bottom, float(value) / frame.size))):.1f}"


def _strips(frame: _Frame, level: Level, strips: Sequence[Strip]) -> Iterator[Markup]:
    for index, strip in enumerate(strips):
        top = _TOP + _HEIGHT + _GAP + _ROW * index + 3
        yield text(_LEFT - 6, top + 10, strip.name, anchor="end")
        if strip.flag:
            for begin_s, end_s in spans(level, (level.flags & strip.flag) != 0):
                x = frame.x(begin_s)
                width = max(1.0, frame.x(end_s) - x)
                yield element("rect", class_=f"mark {strip.name}", x=x, y=top, width=width, height=_ROW - 6)
        else:
            for begin_s, end_s in spans(level, (level.low >> strip.line & 1) != 0):
                x = frame.x(begin_s)
                width = max(1.0, frame.x(end_s) - x)
                yield element("rect", class_="mark low", x=x, y=top, width=width, height=_ROW - 6)


def spans(level: Level, is_set: NDArray[np.bool_]) -> Iterator[tuple[float, float]]:
    """Where steps in a row are set, in seconds, drawn no finer than a drawing's columns."""
    begins = np.unique(np.arange(min(_COLUMNS, len(is_set))) * len(is_set) // _COLUMNS)
    column = np.bitwise_or.reduceat(is_set, begins)
    edges = np.flatnonzero(np.diff(np.concatenate(([False], column, [False])).astype(np.int8)))
    places = np.append(begins, len(is_set))
    for begin, end in zip(edges[::2], edges[1::2], strict=True):
        yield level.begin_s + level.step_s * float(places[begin]), level.begin_s + level.step_s * float(places[end])
