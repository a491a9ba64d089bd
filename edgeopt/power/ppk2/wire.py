"""Commands and samples as they go over the wire. Commands are raw bytes without framing, and are not acknowledged."""

import struct

RATE_HZ = 100_000.0
RANGES = 5
LEAST_MV, MOST_MV = 800, 5000
AMPERE, SOURCE = 1, 2  # modes: the board has its own supply, or the meter's

AVERAGE_START = 0x06
AVERAGE_STOP = 0x07
DEVICE_POWER = 0x0C
SET_VOLTAGE = 0x0D
SET_MODE = 0x11
GET_METADATA = 0x19
RESET = 0x20
SET_USER_GAIN = 0x25
# Bytes that follow each command's own; a byte that is no command is ignored.
ARGUMENT_BYTES = {
    AVERAGE_START: 0,
    AVERAGE_STOP: 0,
    DEVICE_POWER: 1,
    SET_VOLTAGE: 2,
    SET_MODE: 1,
    GET_METADATA: 0,
    RESET: 0,
    SET_USER_GAIN: 5,
}

# A sample: 32 bits, little endian.
SAMPLE_BYTES = 4
ADC_BITS = 14  # bits 0-13; the calibration's unit is a quarter of it
ADC_PINNED = (1 << ADC_BITS) - 1  # the input was at or beyond the end of the range
ADC_SCALE = 4
RANGE_SHIFT, RANGE_MASK = 14, 7  # 0 (most sensitive) .. 4; bit 17 is reserved
COUNTER_SHIFT, COUNTER_MASK = 18, 63
DIGITAL_SHIFT = 24  # bit 24 + k: input Dk
VOLTS_PER_UNIT = 1.8 / 163840  # over the shunt, a unit of the calibration


def device_power(on: bool) -> bytes:
    return bytes([DEVICE_POWER, int(on)])


def set_voltage(millivolts: int) -> bytes:
    return struct.pack(">BH", SET_VOLTAGE, millivolts)


def set_mode(mode: int) -> bytes:
    return bytes([SET_MODE, mode])


def set_user_gain(current_range: int, gain: float) -> bytes:
    """The gain is sent as the official app does it, a little-endian float; no unit has been seen to need another."""
    return struct.pack("<BBf", SET_USER_GAIN, current_range, gain)
