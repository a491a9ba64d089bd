"""How serial ports are shown: a line each, with the boards that they may be."""

from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from edgeopt.device.ports import Port
from edgeopt.report.text import grid
from edgeopt.report.view import view

_NONE = "There is no serial port. Is the board plugged in, by a cable that carries data?"
_USE = "`--on serial:PORT` is one of them; `--on serial:auto` finds the one that may be the project's board."


@dataclass(frozen=True)
class Ports:
    """`edgeopt ports`."""

    ports: tuple[Port, ...]
    board: str = ""  # that was looked for; "": all
    looked_for: str = ""  # its port, as its file names it; "" where the file has no USB ids


@view(Ports, "edgeopt.ports/1")
def ports_text(ports: Ports) -> RenderableType:
    if not ports.ports:
        return Text(_NONE)
    columns = ["port", "VID:PID", "serial number", "description", "may be"]
    rows = (
        [port.device, port.usb_id or "-", port.serial_number or "-", port.description or "-", _boards(port)]
        for port in ports.ports
    )
    return Group(grid(columns, rows), Text(_told(ports)))


def _told(ports: Ports) -> str:
    """What to do with the list; of one board, which of them is its port."""
    if not ports.board:
        return _USE
    fitting = [port.device for port in ports.ports if port.boards]
    if fitting:
        return f"`{ports.board}` may be at {', '.join(fitting)}: --on serial:{fitting[0]}"
    if not ports.looked_for:
        return f"The file of board `{ports.board}` has no USB ids to find its port by: name it, --on serial:PORT."
    return f"None of them is `{ports.board}`'s: looked for {ports.looked_for}. Another may be named: --on serial:PORT."


def _boards(port: Port) -> str:
    return ", ".join(port.boards) or "-"
