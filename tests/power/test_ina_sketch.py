"""The bridge's sketch: on a computer against a chip that is played, and through the AVR compiler."""

import itertools
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

from edgeopt.power.ina_chips import CHIPS, ina228_charge_lsb_c, ina228_energy_lsb_j
from edgeopt.power.ina_lines import checked, parse_header, parse_row
from edgeopt.power.ina_rows import Rows
from edgeopt.resources import firmware_templates_dir

SKETCH = firmware_templates_dir() / "ina_bridge" / "ina_bridge.ino"
FAKE = Path(__file__).parents[1] / "support" / "arduino"
CORE = Path("/usr/share/arduino/hardware/arduino/avr")
STRICT = ["-std=c++11", "-Os", "-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wshadow", "-Werror"]


@pytest.fixture(scope="module")
def sketch(tmp_path_factory):
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.skip("install a C++ compiler for the host")
    program = tmp_path_factory.mktemp("sketch") / "bridge"
    sources = ["-I", str(FAKE), "-I", str(SKETCH.parent), "-x", "c++", str(SKETCH), str(FAKE / "run.cpp")]
    subprocess.run([compiler, *STRICT, "-o", str(program), *sources], check=True)

    def run(chip, *commands, loops=60_000, gone_after=0, sign=1):
        arguments = [str(program), chip, str(loops), str(gone_after), str(sign), *map(str, commands)]
        done = subprocess.run(arguments, capture_output=True, check=True, timeout=60)
        return done.stdout.splitlines(), done.stderr.decode().splitlines()

    return run


def header_and_rows(lines):
    texts = [checked(line) for line in lines]
    assert None not in texts
    header = parse_header(texts[0])
    return header, [row for row in map(parse_row, texts) if row is not None]


SET_UP = {
    "INA219": ["write 00 8000", "write 00 01CF"],
    "INA226": ["write 00 8000", "write 00 4067"],
    "INA228": ["write 00 8000", "write 00 4010", "write 02 1000", "write 01 B2C1"],
}


@pytest.mark.parametrize("name", CHIPS)
def test_finds_the_chip_and_tells_what_the_driver_computes(sketch, name):
    lines, said = sketch(name)
    header, rows = header_and_rows(lines)
    assert header.chip is CHIPS[name]
    assert header.shunt_ohm == 0.1
    assert header.rate_hz == (500 if name == "INA228" else int(1 / header.chip.result_s))
    assert said == ["baud 500000", "wire 400000", "wire waits 25000 us, then begins anew", *SET_UP[name]]
    assert len(rows) > 200
    lsb_a = header.chip.current_lsb_a(0.1)
    amps = [row.current * lsb_a for row in rows]
    assert all(any(abs(a - known) <= 1.01 * lsb_a for known in (0.10, 0.11, 0.12, 0.13)) for a in amps)
    assert len({round(a, 2) for a in amps}) >= 2
    samples = Rows(header, 0.1, True).blocks(rows, 0.0)
    found = np.concatenate([block.amps for block in samples])
    assert np.mean(found) == pytest.approx(0.115, abs=0.004)
    volts = [float(v) for block in samples for v in block.volts]
    assert all(abs(v - 3.3) <= 1.01 * header.chip.bus_lsb_v for v in volts)


@pytest.mark.parametrize("name", CHIPS)
def test_rows_keep_their_period_over_the_end_of_micros(sketch, name):
    header, rows = header_and_rows(sketch(name)[0])
    period_us = 1e6 / header.rate_hz
    assert any(later.time_us < earlier.time_us for earlier, later in itertools.pairwise(rows))
    for earlier, later in itertools.pairwise(rows):
        passed_us = (later.time_us - earlier.time_us) % (1 << 32)
        assert abs(passed_us - period_us * (later.number - earlier.number)) < 450, "as long as a look at the chip takes"
    assert rows[-1].number - rows[0].number + 1 == len(rows), "there was time for each"
    levels = [row.gate for row in rows]
    assert set(levels) == {0, 1}


def test_sums_of_the_ina228_pass_the_end_of_their_lower_half(sketch):
    header, rows = header_and_rows(sketch("INA228")[0])
    seconds = ((rows[-1].time_us - rows[0].time_us) % (1 << 32)) * 1e-6
    lsb_a = header.chip.current_lsb_a(0.1)
    charge_c = (rows[-1].charge - rows[0].charge) % (1 << 32) * ina228_charge_lsb_c(lsb_a)
    energy_j = (rows[-1].energy - rows[0].energy) % (1 << 32) * ina228_energy_lsb_j(lsb_a)
    assert charge_c == pytest.approx(0.115 * seconds, abs=2 * ina228_charge_lsb_c(lsb_a) + 0.115 * 20e-6)
    assert energy_j == pytest.approx(0.3795 * seconds, abs=2 * ina228_energy_lsb_j(lsb_a) + 0.3795 * 20e-6)
    assert any(b.charge < a.charge for a, b in itertools.pairwise(rows))


@pytest.mark.parametrize("name", CHIPS)
def test_currents_below_zero(sketch, name):
    header, rows = header_and_rows(sketch(name, sign=-1)[0])
    lsb_v = header.chip.shunt_lsb_v
    assert all(-0.0131 <= row.current * lsb_v <= -0.0099 for row in rows)


def test_no_chip_is_told(sketch):
    lines, _ = sketch("none", loops=100)
    assert [checked(line) for line in lines] == ["# edgeopt-bridge v1 error=no-chip"]


def test_a_chip_that_is_gone_is_told_once(sketch):
    lines, _ = sketch("INA226", gone_after=100)
    texts = [checked(line) for line in lines]
    assert texts[-1] == "# edgeopt-bridge v1 error=i2c"
    assert sum("error" in text for text in texts) == 1


def test_commands(sketch):
    lines, _ = sketch("INA219", "-", 20_000, "?", 30_000, "+", 40_000)
    texts = [checked(line) for line in lines]
    heads = [at for at, text in enumerate(texts) if text.startswith("# edgeopt-bridge")]
    assert len(heads) == 3
    assert heads[2] == heads[1] + 2, "nothing between `?` and `+` after `-`"
    assert parse_row(texts[heads[0] + 2]).number == 0
    assert parse_row(texts[heads[2] + 2]).number == 0, "row 0 again"


NUMBERS = """
#include "eo_ina.h"
#include <stdio.h>
int main() {
    const uint32_t values[] = {0, 1, 9, 10, 99, 100, 65535, 65536, 999999999U, 1000000000U, 4294967295U};
    for (uint32_t value : values) { EoLine line; line.number(value); fputs(line.end(), stdout); }
    const int32_t signs[] = {-1, -2147483647 - 1, 2147483647};
    for (int32_t value : signs) { EoLine line; line.signed_number(value); fputs(line.end(), stdout); }
    EoLine small; small.millionths(1); small.put(' '); small.millionths(4294967295U); fputs(small.end(), stdout);
    EoLine full; for (int i = 0; i < 300; ++i) { full.put('x'); } fputs(full.end(), stdout);
}
"""


def test_numbers_and_lines_at_their_ends(tmp_path):
    compiler = shutil.which("g++") or shutil.which("clang++")
    if compiler is None:
        pytest.skip("install a C++ compiler for the host")
    (tmp_path / "numbers.cpp").write_text(NUMBERS)
    built = [compiler, *STRICT, "-fsanitize=undefined", "-fno-sanitize-recover", "-I", str(SKETCH.parent)]
    subprocess.run([*built, "-o", str(tmp_path / "numbers"), str(tmp_path / "numbers.cpp")], check=True)
    lines = subprocess.run([str(tmp_path / "numbers")], capture_output=True, check=True).stdout.splitlines()
    values = [0, 1, 9, 10, 99, 100, 65535, 65536, 999_999_999, 1_000_000_000, 4_294_967_295, -1, -(2**31), 2**31 - 1]
    texts = [checked(line) for line in lines]
    assert texts[:-2] == [str(value) for value in values]
    assert texts[-2] == "0.000001 4294.967295"
    assert texts[-1] == "x" * 155, "what does not fit is left out"


def test_fits_an_uno(tmp_path):
    compiler = shutil.which("avr-g++")
    if compiler is None or not (CORE / "cores" / "arduino" / "Arduino.h").is_file():
        pytest.skip("install gcc-avr, avr-libc and arduino-core-avr (Debian)")
    folders = [CORE / "cores/arduino", CORE / "variants/standard", CORE / "libraries/Wire/src"]
    flags = ["-mmcu=atmega328p", "-DF_CPU=16000000L", "-DARDUINO=10819", "-DARDUINO_ARCH_AVR", "-Os"]
    flags += ["-ffunction-sections", "-fdata-sections", "-fno-exceptions", "-fno-threadsafe-statics", "-w"]
    flags += ["-DDECIMAL_DIG=17"]  # the float.h of GCC 5 has it for C11 only, the core wants it
    flags += [flag for folder in folders for flag in ("-I", str(folder))]
    core = [path for folder in (*folders, folders[2] / "utility") for path in sorted(folder.glob("*.c*"))]
    objects = []
    for source in (SKETCH, *core):
        language = ["-x", "c", "-std=gnu11"] if source.suffix == ".c" else ["-x", "c++", "-std=gnu++11", "-fpermissive"]
        made = tmp_path / f"{source.name}.o"
        subprocess.run([compiler, *flags, *language, "-c", str(source), "-o", str(made)], check=True)
        objects.append(str(made))
    program = tmp_path / "bridge.elf"
    subprocess.run([compiler, *flags, "-Wl,--gc-sections", *objects, "-lm", "-o", str(program)], check=True)
    told = subprocess.run(["avr-size", str(program)], capture_output=True, check=True, text=True).stdout
    print(told)
    text, data, bss = map(int, told.splitlines()[1].split()[:3])
    assert text + data < 32_256, "flash of an Uno without its boot loader"
    assert data + bss < 2048 - 512, "RAM of an Uno with room for the stack"
