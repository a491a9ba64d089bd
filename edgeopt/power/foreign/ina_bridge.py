"""What a terminal has logged of the INA bridge: its lines as they came (docs/power_meters.md)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from edgeopt.errors import MeterError, UsageError
from edgeopt.power.foreign_trace import FOREIGN, ForeignFormat, ForeignOptions, ForeignTrace
from edgeopt.power.ina_info import Settings, bridge_info
from edgeopt.power.ina_lines import LONGEST_LINE, Header, Row, checked, parse_header, parse_row
from edgeopt.power.ina_rows import Rows
from edgeopt.power.trace import Block

_TITLE = "log of the INA bridge"
_MARK = b"# edgeopt-bridge v"
_ROWS_AT_ONCE = 4096
_LOOK_ROWS = 16


@dataclass(frozen=True)
class _Blocks:
    """The samples after the file's last header, read anew each time: a bridge that restarted began anew."""

    path: Path
    header: Header
    from_line: int
    tell_volts: bool

    def __iter__(self) -> Iterator[Block]:
        samples = Rows(self.header, self.header.shunt_ohm, self.tell_volts)
        rows: list[Row] = []
        for number, text in _texts(self.path):
            row = parse_row(text) if number > self.from_line else None
            if row is not None:
                rows.append(row)
            if len(rows) >= _ROWS_AT_ONCE:
                yield from samples.blocks(rows, 0.0)
                rows = []
        yield from samples.blocks(rows, 0.0)


def _texts(path: Path) -> Iterator[tuple[int, str]]:
    """The lines whose CRC is right, and their numbers."""
    with path.open("rb") as file:
        number = 0
        while line := file.readline(LONGEST_LINE):
            number += 1
            text = checked(line)
            if text is not None:
                yield number, text


def _read(path: Path, options: ForeignOptions) -> tuple[ForeignTrace]:
    header, at = None, 0
    volts: list[int] = []
    for number, text in _texts(path):
        try:
            found = parse_header(text)
        except MeterError as error:
            raise UsageError(f"`{path}`: line {number}: {error.message}", error.hint) from None
        if found is not None:
            header, at, volts = found, number, []
        elif len(volts) < _LOOK_ROWS and (row := parse_row(text)) is not None:
            volts.append(row.voltage)
    if header is None or len(volts) < _LOOK_ROWS:
        raise UsageError(f"`{path}` holds no header of an INA bridge with rows after it", "log it from its reset on")
    settings = Settings(volts=options.supply_v)
    measured_v = sorted(volts)[len(volts) // 2] * header.chip.bus_lsb_v
    info = replace(bridge_info(header, header.shunt_ohm, settings, measured_v, "measured"), title=f"log {path.name}")
    return (ForeignTrace(path.name, info, _Blocks(path, header, at, options.supply_v is None)),)


def _matches(path: Path, head: bytes) -> bool:
    return _MARK in head


FOREIGN.register("ina_bridge")(ForeignFormat(_TITLE, _matches, _read))
