"""The lines of the INA bridge, version 1 (docs/power_meters.md): checked, and made into values. They are hostile."""

import re
from dataclasses import dataclass

from edgeopt.errors import MeterError
from edgeopt.power.ina_chips import CHIPS, Chip, current_lsb_pa, voltage_lsb_pv

LONGEST_LINE = 200  # bytes; the sketch's are shorter than 160
ROW_NUMBERS = 1 << 16
TIMES_US = 1 << 32
COUNTS = 1 << 32  # of the accumulators' lower part
_MARK = "# edgeopt-bridge v"
_ROW = re.compile(r"\d{1,5},\d{1,10},-?\d{1,7},\d{1,7},[01](,\d{1,10},\d{1,10})?", re.ASCII)
_FLASH = "flash firmware_templates/ina_bridge again (docs/power_meters.md)"


@dataclass(frozen=True)
class Header:
    chip: Chip
    shunt_ohm: float  # as the sketch was built for
    rate_hz: float  # rows a second


@dataclass(frozen=True)
class Row:
    number: int  # modulo ROW_NUMBERS
    time_us: int  # modulo TIMES_US
    current: int  # counts
    voltage: int  # counts
    gate: int  # 0 or 1
    charge: int | None  # counts, modulo COUNTS
    energy: int | None


def crc8(data: bytes) -> int:
    """CRC-8, polynomial 0x07, from 0."""
    crc = 0
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = (crc << 1 ^ 0x07) & 0xFF if crc & 0x80 else crc << 1
    return crc


_CRC = [crc8(bytes([byte])) for byte in range(256)]


def checked(line: bytes) -> str | None:
    """The text of a line without its CRC; None where that is wrong, or the line is no text."""
    body, star, told = line.rstrip(b"\r\n").rpartition(b"*")
    if not star or len(told) != 2 or not body.isascii():
        return None
    crc = 0
    for byte in body:
        crc = _CRC[crc ^ byte]
    return body.decode("ascii") if told.upper() == b"%02X" % crc else None


def sealed(text: str) -> bytes:
    """A line as the sketch ends it."""
    body = text.encode("ascii")
    return body + b"*%02X\n" % crc8(body)


def parse_row(text: str) -> Row | None:
    """A row of a checked line; None where it is none."""
    if not _ROW.fullmatch(text):
        return None
    number, time_us, current, voltage, gate, *sums = (int(field) for field in text.split(","))
    if number >= ROW_NUMBERS or time_us >= TIMES_US or any(count >= COUNTS for count in sums):
        return None
    charge, energy = sums or (None, None)
    return Row(number, time_us, current, voltage, gate, charge, energy)


def parse_header(text: str) -> Header | None:
    """The header of a checked line, None where it is none; MeterError where the bridge says that it cannot work."""
    if not text.startswith(_MARK):
        return None
    version, *pairs = text.removeprefix(_MARK).split(" ")
    if version != "1":
        raise MeterError(f"the bridge speaks version {version:.10} of its format, edgeopt version 1", _FLASH)
    fields = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
    if "error" in fields:
        raise told_error(fields["error"])
    header: Header | None
    try:
        chip = CHIPS[fields["meter"]]
        header = Header(chip, float(fields["shunt_ohm"]), float(fields["rate_hz"]))
        lsbs = fields["i_lsb_pa"], fields["v_lsb_pv"]
    except (KeyError, ValueError):
        header = None
    if header is None or not _sound(header, lsbs):
        raise MeterError(f"the bridge's header makes no sense: {text:.120}", _FLASH)
    return header


def _sound(header: Header, lsbs: tuple[str, str]) -> bool:
    """Whether the shunt and the rate can be, and the sketch counts as edgeopt does."""
    if not (1e-3 <= header.shunt_ohm <= 1e3 and 1 <= header.rate_hz <= 1e5):
        return False
    return lsbs == (str(current_lsb_pa(header.chip, header.shunt_ohm)), str(voltage_lsb_pv(header.chip)))


def told_error(what: str) -> MeterError:
    """What the sketch's `error=` means."""
    if what == "no-chip":
        return MeterError(
            "the bridge finds no INA219, INA226 or INA228 on its I2C bus",
            "see SDA, SCL, ground and VS of the chip, and its address (0x40 unless its pads are bridged)",
        )
    if what == "i2c":
        return MeterError("the bridge has lost its INA: it no longer answers on I2C", "see the wires between the two")
    return MeterError(f"the bridge says that it cannot work: {what:.40}", _FLASH)
