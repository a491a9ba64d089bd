"""Times and verdicts in words."""

from edgeopt.energy import BatteryLife, Quantity
from edgeopt.report.text import number

_TONES = {"holds": "good", "fails": "bad", "depends": "", "unknown": ""}


def peak_in_short(tone: str) -> str:
    """What stands under the days where the cells cannot give the peak."""
    return "but these cells cannot give the peak current" if tone == "bad" else ""


def peak_words(life: BatteryLife) -> tuple[str, str]:
    """Tone and words: whether the cells keep the voltage that the node needs while it draws the most."""
    check, most = life.peak, life.peak_ma
    if most.value is None:
        return "", f"Whether the cells give the peak is unknown: {most.source}."
    said = {
        "holds": f"The cells give the peak of {number(most.value)} mA until they are spent.",
        "fails": f"The peak of {number(most.value)} mA is too much for these cells before they are spent.",
        "depends": f"Whether the cells give the peak of {number(most.value)} mA depends on the cell.",
        "unknown": f"Whether the cells give the peak of {number(most.value)} mA is unknown.",
    }[check.verdict]
    states = [
        f"{state.name}: {_volts(state.under_load_v)} under the peak"
        for state in check.states
        if state.under_load_v.value
    ]
    needed = "" if check.needed_v.value is None else f"the node needs {_volts(check.needed_v)}"
    more = "; ".join([*states, *([needed] if needed else [])])
    return _TONES[check.verdict], f"{said} {more[:1].upper()}{more[1:]}." if more else said


def _volts(quantity: Quantity) -> str:
    if quantity.value is None:
        return "unknown"
    spread = "" if quantity.low is None or quantity.high is None else f" ({quantity.low:.2f} to {quantity.high:.2f})"
    return f"{quantity.value:.2f}{spread} V"
