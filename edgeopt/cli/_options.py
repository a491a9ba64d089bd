"""Options and arguments that several verbs share, so that they look alike everywhere."""

import math
from pathlib import Path
from typing import Any

import click

from edgeopt.board import load_board
from edgeopt.errors import UsageError
from edgeopt.goals import GOALS

DEFAULT_BOARD = "nucleo-l4r5zi"


def existing(folder: bool = True) -> click.Path:
    """A path that must be there; `folder`: it may be a folder."""
    return click.Path(exists=True, dir_okay=folder, path_type=Path)


NEW = click.Path(path_type=Path)


class _Seconds(click.FloatRange):
    """At least 0.1 s, at most a day: `nan` and `inf` are neither, which click's own range lets through."""

    def __init__(self) -> None:
        super().__init__(0.1, 86_400)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        seconds = super().convert(value, param, ctx)
        if not math.isfinite(seconds):
            self.fail(f"{value} is not in the range {self._describe_range()}.", param, ctx)
        return seconds


def duration(text: str) -> float:
    """The type of a time with its unit, `500ms`, `10s`, `1h` or `2d`: seconds."""
    from edgeopt.energy import parse_duration

    return parse_duration(text)


SECONDS = _Seconds()  # of a --timeout


def _only_one(context: click.Context, parameter: click.Parameter, given: tuple[Path, ...]) -> Path:
    if len(given) > 1:
        raise UsageError(
            f"`{context.command_path}` takes one model, {len(given)} were given",
            "several go into one firmware with: edgeopt generate A.tflite B.tflite -o DIR",
        )
    return given[0]


model = click.argument("model", type=existing(), nargs=-1, required=True, callback=_only_one, metavar="MODEL")
board = click.option(
    "-b",
    "--board",
    type=load_board,
    metavar="BOARD",
    default=DEFAULT_BOARD,
    help="A name that `edgeopt boards` lists, or a .toml file.",
)
goal = click.option(
    "--goal",
    type=click.Choice(GOALS),
    default="balanced",
    help="What the plan saves: cycles (latency), flash, RAM, or cycles as far as the board has room (balanced).",
)
budget = click.option(
    "--budget", type=existing(False), help="Limits, .toml: flash_bytes, ram_bytes, latency_ms, average_mw ..."
)
calibration = click.option(
    "--calibration", type=existing(False), help="Real inputs, .npz: one array an input, or one named `x`."
)
mlperf = click.option(
    "--mlperf", metavar="VERSION", help="Speak to the official MLPerf Tiny runner as this: kws01, ic01, vww01 or ad01."
)
energy_mode = click.option(
    "--energy-mode", is_flag=True, help="With --mlperf: its energy mode, for a power meter at the timestamp pin."
)
baud = click.option("--baud", type=int, metavar="N", help="The console's speed: 9600 to 921600.")
input_stats = click.option(
    "--input-stats", is_flag=True, help="The firmware keeps statistics of its inputs: for drift in the field."
)
model_name = click.option("--model", "model", metavar="NAME", help="Which network, of a project with several.")
target = click.option(
    "--on",
    "target",
    default="virtual",
    help="Where: virtual, qemu, serial:auto, serial:PORT (a device or pySerial URL), or rtt:auto.",
)
toolchain = click.option("--toolchain", default="auto", help="gcc, zig, or auto: gcc where it is installed.")
optimization = click.option(
    "-O",
    "--optimization",
    type=click.Choice(["auto", *"0123sg"]),
    default="auto",
    callback=lambda context, parameter, level: level if level == "auto" else f"-O{level}",
    help="The compiler's level, as in -O2; auto: -Os for the goal flash, else -O2.",
)
_DATA_HELP = "Test inputs, .npz, with labels under `y` if any."
data = click.option("--data", type=existing(False), help=_DATA_HELP)
required_data = click.option("--data", type=existing(False), required=True, help=_DATA_HELP)
timeout = click.option("--timeout", "timeout_s", type=SECONDS, default=60.0, help="Seconds an answer.")
