"""The emulated LPM01A, byte by byte: what it answers, and what the official runner makes of it."""

import re

import numpy as np
import pytest
from support.lpm01a import constant

from edgeopt.power.emulator import Faults
from edgeopt.power.lpm01a.emulated import Lpm01aEmulator
from edgeopt.power.profile import Pieces


def fresh(amps: float = 5e-3) -> Lpm01aEmulator:
    return Lpm01aEmulator(constant(amps), Faults())


def ack(text: str) -> bytes:
    return f"\r\nPowerShield > ack {text}\r\n\r\n".encode()


def refused(text: str, why: str) -> bytes:
    return f"\r\nPowerShield > error {text}\r\nError detail: {why}\r\n\r\n".encode()


def start(emulator: Lpm01aEmulator, *commands: str, now_s: float = 0.0) -> None:
    for command in (*commands, "start"):
        assert emulator.receive(f"{command}\r\n".encode(), now_s).startswith(ack(command)), command


@pytest.mark.parametrize(
    "text",
    [
        *("htc", "hrc", "volt 1800m", "volt 3300m", "volt 2+0", "freq 100k", "freq 1", "acqtime inf", "acqtime 0"),
        *("acqtime 100u", "acqtime 2-3", "acqmode stat", "funcmode high", "output energy", "format bin_hexa"),
        *("trigsrc d7", "trigdelay 1m", "eventsrc d7 fal", "currthres 0", "currthre 1m", "pwr auto", "pwr on nostatus"),
        *("pwr off", "pwrend off", 'lcd 1 "MLPerf  Tiny"', "stop"),
    ],
)
def test_a_command_is_acknowledged_as_it_was_given(text: str) -> None:
    assert fresh().receive(f"{text}\n".encode(), 0.0) == ack(text)
    assert fresh().receive(f"{text}\r\n".encode(), 0.0) == ack(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("volt 3400m", "argument value out of range"),
        ("volt 1799m", "argument value out of range"),
        ("volt high", "argument is not a number"),
        ("volt", "wrong number of arguments"),
        ("freq 3k", "argument value not in list"),
        ("acqtime 1000", "argument value out of range"),
        ("format hex", "argument value not in list"),
        ("eventsrc d2 fal", "argument value not in list"),
        ("pwr maybe", "argument value not in list"),
        ("targrst 2", "argument value out of range"),
        ("__init__", "unknown command"),
        ("fly", "unknown command"),
    ],
)
def test_what_it_refuses(text: str, why: str) -> None:
    assert fresh().receive(f"{text}\n".encode(), 0.0) == refused(text, why)


def test_questions() -> None:
    emulator = fresh()
    assert emulator.receive(b"volt 2500m\nvolt get\n", 0.0) == ack("volt 2500m") + ack("volt get 2500-03")
    assert emulator.receive(b"pwr get\n", 0.0) == ack("pwr get off")
    assert emulator.receive(b"version\n", 0.0) == ack("version 1.0.6")
    assert emulator.receive(b"status\n", 0.0) == ack("status ok")
    assert emulator.receive(b"temp degc\n", 0.0) == ack("temp degc 25.0")
    assert emulator.receive(b"echo ABC\n", 0.0) == b"\r\nPowerShield > echo ABC\r\n"
    assert b"PowerShield present" in emulator.receive(b"powershield\n", 0.0)


def test_a_command_in_pieces_and_noise_before_it() -> None:
    emulator = fresh()
    assert emulator.receive(b"\0\r\n\n", 0.0) == b""
    assert emulator.receive(b"ht", 0.0) + emulator.receive(b"c\r", 0.1) + emulator.receive(b"\n", 0.2) == ack("htc")
    assert b"error" in emulator.receive(b"\xff\xfe" * 1000 + b"\n", 0.3)


def test_the_stream_in_ascii() -> None:
    emulator = fresh()
    start(emulator, "volt 3000m", "output energy", "freq 1k", "acqtime inf", "trigdelay 0")
    out = emulator.stream(1.002)
    assert out == b"1500-08\r\n" * 1000 + b"\r\nTimeStamp: 001s 000ms, buff 00%\r\n\0" + b"1500-08\r\n" * 2
    assert emulator.stream(1.002) == b""
    end = emulator.receive(b"stop\n", 1.0025)
    assert end == (
        b"\r\nend\r\n\r\nsummary beg\r\nmin 5000-06\r\nmax 5000-06\r\nsummary end\r\n"
        b"\r\nPowerShield > Acquisition completed\r\n\r\n"
    )


def test_the_stream_in_binary() -> None:
    emulator = fresh(640.9e-6)
    start(emulator, "format bin_hexa", "freq 100k", "acqtime inf", "trigdelay 0")
    out = emulator.stream(0.01001)
    assert out == b"\x52\xa0" * 1000 + b"\xf0\xf3\x00\x00\x00\x0a\x00\xff\xff\x52\xa0"
    assert emulator.receive(b"stop\n", 0.01001).startswith(b"\xf0\xf4\xff\xff\r\n")


def test_an_acquisition_that_ends_by_itself() -> None:
    emulator = fresh()
    start(emulator, "freq 100", "acqtime 50m", "trigdelay 0", "pwrend off")
    out = emulator.stream(2.0)
    assert out.startswith(b"5000-06\r\n" * 5 + b"\r\nend\r\n") and out.endswith(b"Acquisition completed\r\n\r\n")
    assert not emulator.powered


@pytest.mark.parametrize(
    ("commands", "allowed"),
    [
        (("freq 5k", "acqtime inf"), True),
        (("freq 10k", "acqtime inf"), False),
        (("freq 10k", "acqtime 1"), True),
        (("freq 20k", "acqtime 1"), False),
        (("freq 20k", "acqtime 500m"), True),
        (("freq 50k", "acqtime 1m"), False),
        (("format bin_hexa", "freq 100k", "acqtime inf"), True),
    ],
)
def test_rates_and_times_that_go_together(commands: tuple[str, ...], allowed: bool) -> None:
    emulator = fresh()
    for command in commands:
        emulator.receive(f"{command}\n".encode(), 0.0)
    assert emulator.receive(b"start\n", 0.0).startswith(ack("start") if allowed else b"\r\nPowerShield > error start")


def test_settings_stand_while_it_samples() -> None:
    emulator = fresh()
    start(emulator)
    assert b"not possible during acquisition" in emulator.receive(b"freq 1k\n", 0.0)
    assert b"already started" in emulator.receive(b"start\n", 0.0)


def test_a_reset_forgets_all() -> None:
    emulator = fresh()
    start(emulator, "volt 1800m", "freq 1k")
    assert emulator.receive(b"psrst\n", 0.0) == b"" and emulator.stream(1.0) == b""
    assert (emulator.settings.volt, emulator.settings.freq, emulator.powered) == (3.3, 100, False)


def test_the_target_is_reset_in_the_middle() -> None:
    emulator = fresh()
    start(emulator, "freq 100", "acqtime inf", "trigdelay 0", "pwr on status")
    emulator.stream(0.05)
    assert emulator.receive(b"targrst 20m\n", 0.05) == ack("targrst 20m") + b"pwr off\r\n"
    assert emulator.stream(0.1) == b"0000+00\r\n" * 2 + b"pwr on\r\n" + b"5000-06\r\n" * 3


def test_an_edge_starts_it() -> None:
    profile = Pieces(3.0, np.array([0, 0.5, 0.5001]), np.array([1e-3, 8e-3, 8e-3]), np.array([1, 0, 1], np.uint8))
    emulator = Lpm01aEmulator(profile, Faults())
    start(emulator, "freq 100", "acqtime inf", "trigdelay 0", "trigsrc d7")
    assert emulator.stream(0.49) == b""
    assert emulator.stream(0.55) in (b"8000-06\r\n" * 4, b"8000-06\r\n" * 5)


def test_the_official_runners_view_of_it() -> None:
    """As benchmark/runner sets it up and reads it: the lines, not the bytes, and what it takes for a time stamp."""
    low_s = 100e-6
    starts = np.array([0.0, 2.0, 2.0 + low_s, 5.0, 5.0 + low_s])
    amps = np.array([1e-3, 8e-3, 8e-3, 1e-3, 1e-3])
    profile = Pieces(3.0, starts, amps, np.array([1, 0, 1, 0, 1], np.uint8))
    emulator = Lpm01aEmulator(profile, Faults())
    commands = ["htc", 'lcd 1 "MLPerf Tiny"', 'lcd 2 "     monitor    "', "pwr off", "acqtime inf", "trigdelay 0"]
    commands += ["trigsrc sw", "eventsrc d7 fal", "output energy", "format ascii_dec", "freq 1k", "volt 3000m"]
    commands += ["pwr on nostatus", "start"]
    for command in commands:
        lines = [line.strip("\r\0") for line in emulator.receive(f"{command}\r\n".encode(), 0.0).decode().split("\n")]
        answers = [line.replace("PowerShield > ", "").strip() for line in lines if line]
        assert answers[0] == f"ack {command}"
    data = "".join(emulator.stream(step * 0.01).decode() for step in range(1, 701))
    samples: list[float] = []
    events: list[tuple[str, int]] = []
    stamps: list[int] = []
    for line in (line.strip("\r\0") for line in data.split("\n")):
        if line.startswith("TimeStamp"):
            assert re.match(r"^TimeStamp:[ ><]([0-9]{3})s ([0-9]{3})ms, buff [0-9]{2}%$", line)
            stamps.append(len(samples))
        elif re.match(r"\d{4}[+-]\d{2}", line):
            samples.append(float(line[:4] + "e" + line[4:]))
        elif match := re.match(r"event (\d+) ris", line):
            events.append((match[1], len(samples)))
    assert stamps == [1000 * number for number in range(1, 8)] and len(samples) == 7000
    assert events == [("00", 2000), ("01", 5000)]
    assert sum(samples[2000:5000]) == pytest.approx(profile.energy_j(2.0, 5.0), rel=1e-3)
