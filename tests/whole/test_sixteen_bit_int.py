"""The generated C where `int` has 16 bits: on a simulated AVR, an 8-bit Harvard machine, it gives the same bytes."""

import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from support.host import STRICT
from support.networks import NETWORKS
from support.proof import random_array, reference
from support.streaming import STREAMS

from edgeopt import resources
from edgeopt.emit import model_files
from edgeopt.ir import Target
from edgeopt.load import load_bytes
from edgeopt.optimize import optimize
from edgeopt.plan import plan

MCU = "atmega2560"  # 8 kB of RAM, in which the constants lie too
COMPILE = ["avr-gcc", f"-mmcu={MCU}", "-O2"]
MAIN = """#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

#include "net.h"

static const uint8_t input[] = {%s};

static void put(char c) {
    while (!(UCSR0A & (1 << UDRE0))) {
    }
    UDR0 = (uint8_t)c;
}

int main(void) {
    const char *digits = "0123456789abcdef";
    net_context *net = net_default_context();
    UCSR0B = 1 << TXEN0;
    %s
    for (uint16_t i = 0; i < sizeof input; i++) {
        ((uint8_t *)net_input(net, 0))[i] = input[i];
    }
    net_invoke(net, NULL, NULL);
    for (uint16_t i = 0; i < %d; i++) {
        const uint8_t byte = ((const uint8_t *)net_output(net, 0))[i];
        put(digits[byte >> 4]);
        put(digits[byte & 15]);
        if (i %% 16 == 15) {
            put('\\n');
        }
    }
    put('\\n');
    cli();
    sleep_enable();
    sleep_cpu(); /* with interrupts off: the simulator ends */
    return 0;
}
"""


@pytest.fixture(autouse=True)
def _tools() -> None:
    for tool, package in {"avr-gcc": "gcc-avr avr-libc", "simavr": "simavr"}.items():
        if shutil.which(tool) is None:
            pytest.skip(f"{tool} is missing: apt-get install {package}")


def test_the_kernels_have_no_warning(tmp_path: Path) -> None:
    for source in sorted(resources.kernels_dir().glob("*.c")):
        command = [*COMPILE, "-std=c99", *STRICT, "-c", str(source), "-o", str(tmp_path / "kernel.o")]
        subprocess.run(command, check=True)


@pytest.mark.parametrize("name", ["residual", "every_operator", "int4", "int16", "moving", "recurrent", "filters"])
def test_every_byte(name: str, rng: np.random.Generator, tmp_path: Path) -> None:
    graph = optimize(load_bytes({**NETWORKS, **STREAMS}[name](), name))
    sample = random_array(rng, graph.input_tensors[0].shape, graph.input_tensors[0].dtype)
    expected = reference(graph, [sample])[0]
    values = ", ".join(str(value) for value in sample.view(np.uint8).ravel())
    files = model_files(plan(graph, Target("cortex-m0plus", "ram")), "net") | {
        "main.c": MAIN % (values, "net_reset(net);" if graph.state_tensors else "", expected.nbytes)
    }
    for file, text in files.items():
        (tmp_path / file).write_text(text)
    sources = sorted(file for file in files if file.endswith(".c"))
    subprocess.run([*COMPILE, "-std=gnu99", *sources, "-o", "net.elf"], cwd=tmp_path, check=True)
    command = ["simavr", "-m", MCU, "-f", "16000000", "net.elf"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=True)
    printed = re.sub(r"\x1b\[\d*m", "", done.stderr)
    assert "".join(re.findall(r"^([0-9a-f]+)\.*$", printed, re.MULTILINE)) == expected.tobytes().hex()
