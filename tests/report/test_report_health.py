"""What the doctor finds, and what it says of what is missing."""

from dataclasses import replace
from importlib import metadata

import pytest
from rich.console import Console
from serial.tools.list_ports_common import ListPortInfo

from edgeopt.device.flasher import FLASHERS
from edgeopt.errors import ToolchainError
from edgeopt.power import METERS
from edgeopt.report import view_of
from edgeopt.report.health import Health, Tool, examine
from edgeopt.report.meters_seen import MeterSeen

SICK = Health(
    python="3.11.7",
    packages=(
        Tool("edgeopt", "everything from a .tflite on", "numpy 1.26.4", "pip install 'edgeopt'"),
        Tool("edgeopt[oracle]", "validate", None, "pip install 'edgeopt[oracle]'"),
    ),
    tools=(Tool("arm-none-eabi-gcc", "build", None, "sudo apt-get install gcc-arm-none-eabi"),),
    compiler=None,
)


def text(health: Health) -> str:
    console = Console(width=100, no_color=True, _environ={})
    with console.capture() as captured:
        console.print(view_of(health).text(health))
    return captured.get()


def test_this_machine() -> None:
    health = examine()
    base = next(tool for tool in health.packages if tool.name == "edgeopt")
    assert base.version is not None and f"numpy {metadata.version('numpy')}" in base.version
    assert not any(tool.name in ("edgeopt[dev]", "edgeopt[all]") for tool in health.packages)
    assert "Python 3." in text(health)


def test_nothing_on_path(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    health = examine()
    assert [tool.version for tool in health.tools] == [None, None, None]
    beside_python = ("esptool", "pyocd", "uf2")  # which PATH does not decide
    assert all(tool.version is None for tool in health.flashers if tool.name not in beside_python)


def test_every_flasher_is_told_with_what_it_is_for() -> None:
    flashers = {tool.name: tool for tool in examine().flashers}
    assert set(flashers) == set(FLASHERS.names()) and flashers["uf2"].version == "built in"
    shown = text(replace(SICK, flashers=tuple(replace(tool, version=None) for tool in flashers.values())))
    assert all(f"{name} " in shown and tool.purpose.split()[-1] in shown for name, tool in flashers.items())
    assert "sudo apt-get install openocd" in shown and "pip install esptool" in shown


def test_meters_are_told_by_their_ports() -> None:
    plugged = ListPortInfo("/dev/ttyACM3")
    plugged.vid, plugged.pid = 0x1915, 0xC00A
    shared = ListPortInfo("/dev/ttyACM4")
    shared.vid, shared.pid = 0x0483, 0x5740
    meters = {meter.kind: meter for meter in examine(lambda: [plugged, shared, ListPortInfo("/dev/ttyS0")]).meters}
    assert set(meters) == set(METERS.names()) - {"bench"}  # of other tests
    assert meters["ppk2"].ports == ("/dev/ttyACM3",) and meters["ina"].ports == ()
    shown = text(replace(SICK, meters=(*meters.values(), MeterSeen("x", "Meter", (), missing="a-package"))))
    assert "Nordic PPK2: at /dev/ttyACM3" in shown and "may be at /dev/ttyACM4" in shown
    assert "not plugged in" in shown and "needs the package a-package" in shown


def test_every_missing_thing_comes_with_its_command() -> None:
    shown = text(SICK)
    for tool in (*SICK.packages[1:], *SICK.tools):
        assert f"{tool.name}" in shown and tool.install in shown
    assert SICK.packages[0].install not in shown.replace("edgeopt[oracle]", "")


def test_only_the_want_of_any_compiler_is_an_error() -> None:
    error = view_of(SICK).verdict(SICK)
    assert isinstance(error, ToolchainError) and error.exit_code == 7
    assert error.hint == "sudo apt-get install gcc-arm-none-eabi, or: pip install ziglang"
    assert view_of(SICK).verdict(replace(SICK, compiler="zig 0.13.0")) is None
