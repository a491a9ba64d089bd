"""The Joulescopes that edgeopt knows."""

from dataclasses import dataclass

from edgeopt.errors import MeterError

_LEAST_PART = 1 / 12
_LEAST_RANGE_A = 18e-6


@dataclass(frozen=True)
class Model:
    """What differs.

    `reading_error` is of what is read, `range_error` of the range's end. The instrument ranges by itself in steps of
    ten (two of eleven), so up to 180 mA a current is at least `_LEAST_PART` of its range, and `gain_error` bounds both.
    """

    name: str
    most_hz: int
    lines: int
    set_up: tuple[tuple[str, str | int], ...]
    reading_error: float
    range_error: float
    supply_error: float
    clock_error: float
    source: str
    full_scale_a: float = 10.0

    @property
    def gain_error(self) -> float:
        return self.reading_error + self.range_error / _LEAST_PART

    @property
    def offset_error_a(self) -> float:
        return self.range_error * _LEAST_RANGE_A


MODELS = {
    model.name.lower(): model
    for model in (
        Model(
            "JS110",
            most_hz=2_000_000,
            lines=2,
            set_up=(("s/i/range/select", "auto"), ("s/v/range/select", "15 V")),
            reading_error=0.003,
            range_error=0.00075,
            supply_error=0.005,
            clock_error=50e-6,
            source="current 0.3 % and 0.075 % of the range (derived from its maker's 2 A range: 0.3 % + 1.5 mA, "
            "forum.joulescope.com/t/388); voltage and clock remembered",
        ),
        Model(
            "JS220",
            most_hz=1_000_000,
            lines=4,
            set_up=(("s/i/range/mode", "auto"), ("s/v/range/mode", "auto")),
            reading_error=0.002,
            range_error=0.00015,
            supply_error=0.002,
            clock_error=25e-6,
            source="current 0.2 % and 0.015 % of the range, voltage, clock: user's guide, remembered, rounded up",
        ),
    )
}


def model_of(path: str) -> Model:
    """The model of a device path, `u/js220/000415`; MeterError where edgeopt does not know it."""
    parts = path.split("/")
    name = parts[1] if len(parts) == 3 else path
    if name not in MODELS:
        raise MeterError(f"edgeopt does not know the Joulescope `{name:.40}`", "it knows JS110 and JS220")
    return MODELS[name]
