"""How an LPM01A is to measure: what the user asks for, checked, as commands, and what may be said of the samples."""

from dataclasses import dataclass

from edgeopt.errors import ProtocolError, UsageError
from edgeopt.power.lpm01a.forms import parse_number
from edgeopt.power.meter import MeterSpec
from edgeopt.power.trace import TraceInfo

# Help text of the firmware, command `freq`.
RATES_HZ = (100_000, 50_000, 20_000, 10_000, 5000, 2000, 1000, 500, 200, 100, 50, 20, 10, 5, 2, 1)
LEAST_V, MOST_V = 1.8, 3.3
FASTEST_HZ = {"ascii_dec": 5000, "bin_hexa": 100_000}  # without a limit of time (help text, last table)
FASTEST_ENERGY_HZ = 10_000  # help text, command `output`
# "dyn": EEMBC's list of parts says 50 mA, the help text 10 mA; "stat": the help text.
FULL_SCALE_A = {"dyn": 0.05, "stat": 0.2}
SMALLEST_A = {"dyn": 100e-9, "stat": 2e-9}  # help text, command `acqmode`
_DEFAULT_HZ = {("ascii_dec", "energy"): 1000, ("ascii_dec", "current"): 5000}
_DEFAULT_HZ |= {("bin_hexa", "energy"): 10_000, ("bin_hexa", "current"): 100_000}
_STATIC_HZ = 1.0  # nominal: a value comes when it is ready
_GAIN_ERROR = 0.02
_SUPPLY_ERROR = 0.01
_CLOCK_ERROR = 50e-6
_ROUNDING = 1 / 256 / 2  # of the smallest 12-bit mantissa; whether the firmware rounds or cuts off is not known
_SOURCE = "UM2269 (supply +-1 %, least current); +-2 % of the current and 50 ppm of the clock are remembered"


@dataclass(frozen=True)
class Setup:
    volts: float
    rate_hz: int = 1000
    mode: str = "dyn"  # or "stat"
    output: str = "energy"  # or "current"
    format: str = "ascii_dec"  # or "bin_hexa"

    @property
    def full_scale_a(self) -> float:
        return FULL_SCALE_A[self.mode]

    @property
    def full_scale(self) -> float:
        """The largest sample, in its own unit: amperes, or joules."""
        return self.full_scale_a * (self.volts / self.rate_hz if self.output == "energy" else 1.0)

    @property
    def static(self) -> bool:
        return self.mode == "stat"

    def commands(self) -> tuple[str, ...]:
        """In the order in which they are sent, once the host has taken control."""
        rate = f"{self.rate_hz // 1000}k" if self.rate_hz >= 1000 else str(self.rate_hz)
        optimum = () if self.static or self.output == "energy" else ("funcmode optim",)
        return (
            "trigsrc sw",
            "trigdelay 0",
            "acqtime inf",
            f"acqmode {self.mode}",
            f"output {self.output}",
            f"format {self.format}",
            f"freq {rate}",
            *optimum,
            f"volt {round(self.volts * 1000)}m",
        )

    def info(self, version: str, events: bool, label: str) -> TraceInfo:
        """`events`: the meter tells edges at D7."""
        return TraceInfo(
            meter="lpm01a",
            title=f"ST X-NUCLEO-LPM01A{f', firmware {version}' if version else ''}",
            label=label,
            rate_hz=_STATIC_HZ if self.static else float(self.rate_hz),
            supply_v=self.volts,
            supply_source="set at the meter",
            gain_error=_GAIN_ERROR + (_ROUNDING if self.format == "bin_hexa" else 0),
            offset_error_a=SMALLEST_A[self.mode],
            supply_error=_SUPPLY_ERROR,
            clock_error=_CLOCK_ERROR,
            accuracy_source=_SOURCE,
            digital_lines=1 if events else 0,
            digital_edges="falling" if events else "both",
            full_scale_a=self.full_scale_a,
            remarks=self._remarks(events),
        )

    def _remarks(self, events: bool) -> tuple[str, ...]:
        remarks = ["all that hangs on the supply it gives is measured, the board's other parts among it"]
        if self.static:
            return (
                *remarks,
                "static mode: one value an acquisition, by the computer's clock, and right only while the current is",
            )
        remarks.append("its firmware states its dynamic range up to 10 mA, its makers' benchmark up to 50 mA")
        if self.output == "energy":
            remarks.append("it integrates each sample itself; its voltage is in the energy, not measured beside it")
        else:
            remarks.append("it sends no voltage: taken as set")
        if self.format == "bin_hexa":
            remarks.append("a binary sample has 8 to 12 bits: steps of 0.02 to 0.4 %; it tells no edges in this format")
        if events:
            remarks.append("it tells falling edges only, each to within a sample")
        return tuple(remarks)


def setup_of(spec: MeterSpec) -> Setup:
    """UsageError where an option cannot be, or not together with another."""
    spec.check_keys("volts", "freq", "mode", "format", "output", "line")
    spec.number("line", 0, 0)  # it has one
    mode = _choice(spec, "mode", ("dyn", "stat"))
    form = _choice(spec, "format", ("ascii_dec", "bin_hexa"))
    output = "current" if mode == "stat" and "output" not in spec.options else _choice(spec, "output", _OUTPUTS)
    if mode == "stat" and (output, form) != ("current", "ascii_dec"):
        raise UsageError("static mode of the LPM01A is single currents in ASCII", "leave out `output` and `format`")
    rate_hz = _rate(spec, form, output)
    volts = spec.fed_volts(LEAST_V, MOST_V)
    if volts is None:
        raise UsageError(
            "the LPM01A supplies the board, and must be told at which voltage",
            f"{spec.kind}:{spec.port or 'auto'},volts=3.3 (from {LEAST_V:g} to {MOST_V:g})",
        )
    return Setup(volts, rate_hz, mode, output, form)


_OUTPUTS = ("energy", "current")


def _choice(spec: MeterSpec, key: str, known: tuple[str, ...]) -> str:
    value = spec.options.get(key, known[0])
    if value not in known:
        raise UsageError(f"`{key}={value:.40}` of the meter `{spec.kind}` cannot be", f"it is {' or '.join(known)}")
    return value


def _rate(spec: MeterSpec, form: str, output: str) -> int:
    text = spec.options.get("freq")
    if text is None:
        return _DEFAULT_HZ[form, output]
    try:
        rate_hz = parse_number(text)
    except ProtocolError:
        rate_hz = 0.0
    if rate_hz not in RATES_HZ:
        listed = ", ".join(f"{rate // 1000}k" if rate >= 1000 else str(rate) for rate in RATES_HZ)
        raise UsageError(f"`freq={text:.40}` of the meter `{spec.kind}` cannot be", f"one of {listed}")
    if rate_hz > FASTEST_HZ[form]:
        raise UsageError(
            f"the LPM01A sends at most {FASTEST_HZ[form]} samples a second for long as {form}, not {text}",
            "write format=bin_hexa, or a lower freq",
        )
    if output == "energy" and rate_hz > FASTEST_ENERGY_HZ:
        raise UsageError(
            f"the LPM01A tells energies at most {FASTEST_ENERGY_HZ} times a second, not {text}",
            "write output=current, or a lower freq",
        )
    return int(rate_hz)
