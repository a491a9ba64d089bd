"""The Joulescopes that edgeopt knows."""

from dataclasses import dataclass

from edgeopt.errors import MeterError


@dataclass(frozen=True)
class Model:
    """What differs. Bounds as the instrument ranges by itself, at a current of the 18 mA range."""

    name: str
    most_hz: int
    lines: int
    set_up: tuple[tuple[str, str | int], ...]
    gain_error: float
    offset_error_a: float
    supply_error: float
    clock_error: float
    source: str
    full_scale_a: float = 10.0


MODELS = {
    model.name.lower(): model
    for model in (
        Model(
            "JS110",
            most_hz=2_000_000,
            lines=2,
            set_up=(("s/i/range/select", "auto"), ("s/v/range/select", "15 V")),
            gain_error=0.003,
            offset_error_a=13.5e-6,
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
            gain_error=0.002,
            offset_error_a=2e-6,
            supply_error=0.002,
            clock_error=25e-6,
            source="user's guide, remembered, rounded up",
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
