"""What `--meter` names: a real meter with what opens it, or an emulated one for the virtual board."""

from dataclasses import dataclass, replace

from edgeopt.board import Board
from edgeopt.errors import UsageError
from edgeopt.power.emulator import EMULATORS
from edgeopt.power.meter import METERS, MeterSpec, Opener, parse_meter
from edgeopt.power.trace import TraceInfo

EMULATED = "emulated"
_USUAL = "ppk2"  # that is emulated where no kind is named
_MOST_LINES = 8  # bits of `Block.digital`
_VIRTUAL = "virtual"


@dataclass(frozen=True)
class MeterChoice:
    """`line`: the digital input that the board's timestamp pin is at. `open` is None where the meter is emulated."""

    text: str
    line: int
    open: Opener | None
    emulates: str = ""  # the kind

    @property
    def device(self) -> str:
        """Kind and port, without the options: what only one board can be on."""
        return self.text.partition(",")[0]

    def check_line(self, info: TraceInfo) -> None:
        """UsageError where the meter has digital inputs, but not that one."""
        if info.digital_lines and self.line >= info.digital_lines:
            raise UsageError(
                f"{info.title} has no digital input {self.line}", f"`line=` is 0 to {info.digital_lines - 1}"
            )


def choose_meter(text: str, target: str, board: Board) -> MeterChoice:
    """What `text` names, for a board at `target`; UsageError where there is no such meter, or not for it.

    A meter that feeds the board gives the `supply_v` of its file, if it is not told another voltage.
    PortError where the meter's port is to be found and is not.
    """
    spec, line = without_line(parse_meter(text))
    simulated = target.partition(":")[0] == _VIRTUAL
    if spec.kind == EMULATED:
        spec.check_keys()
        kind = spec.port or _USUAL
        EMULATORS.get(kind)
        if not simulated:
            raise UsageError(
                f"an emulated meter is for the virtual board, `{target}` has a current of its own",
                "use --on virtual, or a real meter: --meter ppk2:auto",
            )
        return MeterChoice(text, line, None, kind)
    opener = METERS.get(spec.kind)
    if simulated or target == "qemu":
        raise UsageError(
            f"`{target}` draws no current that a meter could see",
            "use --on serial:auto, or an emulated meter: --on virtual --meter emulated",
        )
    return MeterChoice(text, line, opener(replace(spec, board_v=board.power.supply_v.value)))


def without_line(spec: MeterSpec) -> tuple[MeterSpec, int]:
    """The meter without the option `line`, which is not the driver's, and that line; 0 where it is not given."""
    line = spec.number("line", 0, _MOST_LINES - 1) or 0.0
    if line != int(line):
        raise UsageError(f"`line={line:g}` is no digital input", "give a whole number: line=0")
    rest = {key: value for key, value in spec.options.items() if key != "line"}
    return replace(spec, options=rest), int(line)
