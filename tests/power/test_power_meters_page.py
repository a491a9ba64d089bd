"""docs/power_meters.md: its meters, options, bounds and lines are those of the code."""

import re
from pathlib import Path

import pytest

from edgeopt.errors import PortError, UsageError
from edgeopt.power.ina_chips import CHIPS
from edgeopt.power.ina_lines import checked, parse_header, parse_row
from edgeopt.power.joulescope.models import MODELS
from edgeopt.power.meter import METERS, meter_opener, parse_meter

PAGE = (Path(__file__).parents[2] / "docs" / "power_meters.md").read_text()
SPECS = re.findall(r"^--meter (.+?)(?:  .*)?$", PAGE, re.MULTILINE)


def section(title: str) -> str:
    return PAGE.split(f"\n## {title}", 1)[1].split("\n## ", 1)[0]


def test_every_meter_is_in_the_table():
    rows = re.findall(r"^\| `(\w+)` \|", PAGE.split("\n## ")[0], re.MULTILINE)
    own = {name for name, opener in METERS if opener.__module__.startswith("edgeopt.")}  # not those of other tests
    assert set(rows) == {*own, "emulated"}


@pytest.mark.parametrize("spec", SPECS)
def test_the_meters_that_are_shown_can_be_asked_for(spec):
    kind = parse_meter(spec)
    without_line = {key: value for key, value in kind.options.items() if key != "line"}
    text = ",".join([f"{kind.kind}:{kind.port}", *(f"{key}={value}" for key, value in without_line.items())])
    try:
        meter_opener(text)
    except PortError as error:
        assert kind.port == "auto", error.message


@pytest.mark.parametrize(
    ("title", "example"),
    [
        ("INA219", "ina:/dev/ttyACM0"),
        ("Joulescope", "joulescope:auto"),
        ("Otii", "otii:auto,volts=3"),
    ],
)
def test_options_are_the_drivers(title, example):
    told = set(re.findall(r"^\| `(\w+)` \|", section(title).split("### ")[0], re.MULTILINE)) - {"line"}
    with pytest.raises(UsageError) as caught:
        meter_opener(f"{example},nonsense=1")
    assert set(caught.value.hint.removeprefix("it has: ").split(", ")) == told


def test_the_lines_of_the_bridge():
    block = re.search(r"```text\n(# edgeopt-bridge.*?)```", PAGE, re.DOTALL)
    lines = [checked(line.encode()) for line in block[1].splitlines()]
    assert None not in lines
    assert parse_header(lines[0]).chip is CHIPS["INA228"]
    assert [parse_row(line) is not None for line in lines] == [False, False, True, True]


def test_bounds_of_the_chips():
    for name, chip in CHIPS.items():
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| {name} |"))
        _, _, current, offset, voltage, *_ = (cell.strip() for cell in row.split("|"))
        assert current == f"{chip.gain_error * 100:g} % + shunt"
        told_uv = float(offset.removesuffix(" uV / shunt"))
        assert told_uv == pytest.approx((chip.offset_v + chip.shunt_lsb_v / 2) * 1e6, rel=0.005)
        assert voltage == f"{chip.bus_gain_error * 100:g} % + {(chip.bus_offset_v + chip.bus_lsb_v / 2) * 1e3:.2g} mV"


def test_bounds_of_the_joulescopes():
    for model in MODELS.values():
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| {model.name} |"))
        _, _, current, offset, voltage, clock, *_ = (cell.strip() for cell in row.split("|"))
        assert current == f"{model.gain_error * 100:.2g} %"
        assert offset == f"{model.offset_error_a * 1e9:g} nA"
        assert voltage == f"{model.supply_error * 100:g} %"
        assert clock == f"{model.clock_error * 1e6:g} ppm"
