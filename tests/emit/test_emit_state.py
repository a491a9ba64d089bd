"""The C of networks that remember: a reset in the API, what the header promises, and who forgets to call it."""

import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.host import SANITIZE, STRICT, host_compiler
from support.sequences import random_stream
from support.streaming import STREAMS, window

from edgeopt.emit import Network, model_files
from edgeopt.emit.binding import model_binding
from edgeopt.ir import Target, evaluate_in_order
from edgeopt.load import load_bytes
from edgeopt.optimize import optimize
from edgeopt.plan import Plan, format_plan, plan

FIRST = np.arange(12).reshape(1, 3, 4)

# an inference on the default context, untouched; with an argument on a context of garbage, after a reset
FORGETFUL = """#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net.h"

int main(int argc, char **argv) {
    net_context *net = net_default_context();
    (void)argv;
    if (argc > 1) {
        net = (net_context *)malloc(sizeof *net);
        memset(net, 0x5a, sizeof *net);
        net_reset(net);
    }
    if (fread(net_input(net, 0), 1, NET_INPUT0_BYTES, stdin) != NET_INPUT0_BYTES) {
        return 2;
    }
    net_invoke(net, NULL, NULL);
    fwrite(net_output(net, 0), 1, NET_OUTPUT0_BYTES, stdout);
    if (argc > 1) {
        free(net);
    }
    return 0;
}
"""


def planned(model: bytes) -> Plan:
    return plan(optimize(load_bytes(model, "window")), Target())


def test_header_with_state(golden: Callable[[str], None]) -> None:
    golden(model_files(planned(window(initial=FIRST)), "window")["window.h"])


def test_binding_with_state(golden: Callable[[str], None]) -> None:
    golden(model_binding([Network(planned(window(initial=FIRST)), "window")]))


@pytest.mark.parametrize("name", STREAMS)
def test_plan_with_state(name: str, golden: Callable[[str], None]) -> None:
    golden(format_plan(planned(STREAMS[name]())))


def test_first_values_lie_in_flash_only_where_their_bytes_differ() -> None:
    sources = {
        "memcpy": model_files(planned(window(initial=FIRST)), "net"),
        "memset": model_files(planned(window(initial=9)), "net"),
    }
    for function, files in sources.items():
        assert f"__builtin_{function}(arena + " in files["net.c"]
        assert ("net_state0" in files["net_weights.c"]) == (function == "memcpy")


@pytest.mark.parametrize(("name", "same"), [("filters", True), ("read_after_assign", False)])
def test_who_forgets_the_reset_gets_what_the_header_says(
    name: str, same: bool, tmp_path: Path, rng: np.random.Generator
) -> None:
    model = STREAMS[name]()
    stream = random_stream(model, rng, 1)
    made = plan(stream.graph(), Target())
    files = model_files(made, "net")
    for file, text in {**files, "main.c": FORGETFUL}.items():
        (tmp_path / file).write_text(text)
    sources = ["main.c", *sorted(file for file in files if file.endswith(".c"))]
    argv = [host_compiler(), "-std=c99", *SANITIZE, *STRICT, *sources, "-o", "program"]
    subprocess.run(argv, cwd=tmp_path, check=True)
    sent, (wanted, *_) = stream.samples[0][0].tobytes(), evaluate_in_order(stream.graph(), stream.samples)[0]
    forgotten, reset = (
        subprocess.run([tmp_path / "program", *more], input=sent, capture_output=True, check=True).stdout
        for more in ((), ("reset",))
    )
    assert reset == wanted.tobytes()
    assert (forgotten == reset) == same
    promise = "A context of zeros, as the default one is at first, has been reset."
    assert (promise in files["net.h"]) == same
    assert ("has NOT been reset" in files["net.h"]) != same


def test_a_network_without_state_has_no_reset(small_model: bytes) -> None:
    files = model_files(plan(load_bytes(small_model, "small"), Target()), "small")
    assert all("reset" not in text for name, text in files.items() if name.startswith("small"))
