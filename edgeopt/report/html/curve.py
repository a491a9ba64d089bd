"""Battery life over the period, on logarithmic axes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log10

from markupsafe import Markup

from edgeopt.report.html.svg import drawing, element, text

_WIDTH, _HEIGHT = 640.0, 250.0
_X, _Y, _RIGHT, _BOTTOM = 62.0, 22.0, 16.0, 40.0
_PERIODS = ((0.001, "1 ms"), (0.01, "10 ms"), (0.1, "0.1 s"), (1.0, "1 s"), (10.0, "10 s"), (60.0, "1 min"))
_LONG_PERIODS = ((600.0, "10 min"), (3_600.0, "1 h"), (21_600.0, "6 h"), (86_400.0, "1 d"), (604_800.0, "7 d"))
_YEAR = 365.25


@dataclass(frozen=True)
class Frame:
    """Periods (s) from `left` to `right`, days from `bottom` to `top`."""

    left: float
    right: float
    bottom: float
    top: float

    def x(self, period_s: float) -> float:
        return _X + (_WIDTH - _X - _RIGHT) * log10(period_s / self.left) / log10(self.right / self.left)

    def y(self, days: float) -> float:
        share = log10(days / self.bottom) / log10(self.top / self.bottom)
        return _Y + (_HEIGHT - _Y - _BOTTOM) * (1 - min(1.0, max(0.0, share)))

    def plain(self) -> dict[str, float]:
        """For the script, which moves the point and redraws the curve."""
        return {
            **vars(self),
            "x": _X,
            "y": _Y,
            "width": _WIDTH - _X - _RIGHT,
            "height": _HEIGHT - _Y - _BOTTOM,
        }


def life_curve(frame: Frame, points: Sequence[tuple[float, float]], here: tuple[float, float], cell: str) -> Markup:
    """`points` and `here` are seconds and days."""
    path = " L".join(f"{frame.x(period):.2f} {frame.y(days):.2f}" for period, days in points)
    x, y = frame.x(here[0]), frame.y(here[1])
    floor = _HEIGHT - _BOTTOM
    drawn = [
        text(_X - 6, _Y - 9, "days", "quiet", "end"),
        *_days(frame),
        *_periods(frame),
        text((_X + _WIDTH - _RIGHT) / 2, _HEIGHT - 6, "one inference every", "quiet", "middle"),
        element("path", class_="curve", id="curve", d=f"M{path}"),
        element("path", class_="here-line", id="here-line", d=f"M{x:.2f} {floor:.2f} V{y:.2f}"),
        element("circle", class_="here", id="here", cx=x, cy=y, r=6.0),
    ]
    return drawing("life", (_WIDTH, _HEIGHT), "Battery life over the period", f"days on {cell}", drawn)


def _days(frame: Frame) -> Iterator[Markup]:
    days = frame.bottom
    while days <= frame.top * 1.001:
        y = frame.y(days)
        line = element("path", d=f"M{_X:.2f} {y:.2f} H{_WIDTH - _RIGHT:.2f}")
        yield element("g", line, text(_X - 6, y + 4, f"{days:,.12g}", anchor="end"), class_="tick")
        days *= 10
    if frame.bottom < _YEAR < frame.top:
        y = frame.y(_YEAR)
        line = element("path", d=f"M{_X:.2f} {y:.2f} H{_WIDTH - _RIGHT:.2f}")
        yield element("g", line, text(_WIDTH - _RIGHT - 4, y - 4, "a year", anchor="end"), class_="tick year")


def _periods(frame: Frame) -> Iterator[Markup]:
    floor = _HEIGHT - _BOTTOM
    for period, name in (*_PERIODS, *_LONG_PERIODS):
        if frame.left <= period <= frame.right:
            x = frame.x(period)
            line = element("path", d=f"M{x:.2f} {_Y:.2f} V{floor:.2f}")
            yield element("g", line, text(x, floor + 15, name, anchor="middle"), class_="tick")
