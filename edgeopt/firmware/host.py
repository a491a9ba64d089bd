"""The generated C as a program of this computer: the network's own files behind a loop over stdin and stdout.

    program                samples on stdin, input after input; the outputs of each on stdout
    program REPEATS        one sample on stdin; nanoseconds of each of REPEATS inferences on stdout, one a line

The clock runs inside the program and around the inference alone: starting it, reading and writing are not counted.
"""

from __future__ import annotations

import functools
import importlib.util
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from elftools.common.exceptions import ELFError
from elftools.elf.elffile import ELFFile

from edgeopt.emit import model_files
from edgeopt.errors import DeviceError, ToolchainError
from edgeopt.firmware.toolchain import run
from edgeopt.ir import Array, Tensor
from edgeopt.plan import Plan

INSTALL = "`sudo apt-get install gcc` or `python -m pip install ziglang`"
# products are not fused into sums, so that float layers give what the references give
FLAGS = ("-std=c99", "-O3", "-ffp-contract=off")
NAME = "network"
_EXECUTABLE = 0x4  # SHF_EXECINSTR
_WARM_UPS = 2  # inferences before those that are timed


@dataclass(frozen=True)
class HostCompiler:
    """A compiler for this computer; `command` begins every call of it."""

    command: tuple[str, ...]
    version: str  # the first line that it prints of itself

    def __str__(self) -> str:
        return self.version


@dataclass(frozen=True)
class HostProgram:
    """A network as a program of this computer. `code_bytes` is None where the object files are not ELF."""

    path: Path
    compiler: HostCompiler
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    code_bytes: int | None

    def run(self, samples: Sequence[Sequence[Array]], timeout_s: float = 300.0) -> list[tuple[Array, ...]]:
        """Outputs by sample and output; a sample is one array an input. State lasts from one sample to the next, or
        begins anew with each, as the program was built."""
        answer = self._ask((), b"".join(self._bytes(sample) for sample in samples), timeout_s)
        sizes = [tensor.size_bytes for tensor in self.outputs]
        if len(answer) != sum(sizes) * len(samples):
            raise DeviceError(f"the generated C gave {len(answer)} bytes for {len(samples)} samples", "report this")
        return [tuple(self._outputs(answer, index * sum(sizes))) for index in range(len(samples))]

    def time(self, sample: Sequence[Array], repeats: int, timeout_s: float = 300.0) -> list[float]:
        """Milliseconds of each of `repeats` inferences of one sample, after a few that are not told."""
        answer = self._ask((str(repeats),), self._bytes(sample), timeout_s)
        return [int(line) / 1e6 for line in answer.split()]

    def _bytes(self, sample: Sequence[Array]) -> bytes:
        return b"".join(
            np.ascontiguousarray(values, tensor.dtype).tobytes()
            for values, tensor in zip(sample, self.inputs, strict=True)
        )

    def _outputs(self, answer: bytes, at: int) -> Iterator[Array]:
        for tensor in self.outputs:
            part = answer[at : at + tensor.size_bytes]
            yield np.frombuffer(part, tensor.dtype).reshape(tensor.shape)
            at += tensor.size_bytes

    def _ask(self, arguments: tuple[str, ...], sent: bytes, timeout_s: float) -> bytes:
        try:
            done = subprocess.run([self.path, *arguments], input=sent, capture_output=True, timeout=timeout_s)
        except subprocess.TimeoutExpired:
            raise DeviceError(
                f"the generated C did not end within {timeout_s:g} s on this computer", "give fewer samples"
            ) from None
        except OSError as error:
            raise DeviceError(f"{self.path} cannot be run: {error.strerror}", "is its folder mounted noexec?") from None
        if done.returncode != 0:
            code = done.returncode
            how = f"by {signal.Signals(-code).name}" if code < 0 else f"with exit code {code}"
            raise DeviceError(f"the generated C ended {how} on this computer", "report this with the model")
        return done.stdout


def find_host_compiler() -> HostCompiler:
    """gcc, cc or clang, else the clang in the ziglang wheel; ToolchainError says how to install one."""
    for name in ("gcc", "cc", "clang"):
        path = shutil.which(name)
        compiler = _compiler((path,)) if path else None
        if compiler is not None:
            return compiler
    if importlib.util.find_spec("ziglang") is not None:
        compiler = _compiler((sys.executable, "-m", "ziglang", "cc"))
        if compiler is not None:
            return compiler
    raise ToolchainError("no C compiler for this computer is installed", INSTALL)


@functools.cache
def _compiler(command: tuple[str, ...]) -> HostCompiler | None:
    """The compiler, if it answers with its version."""
    answer = run((*command, "--version"), Path.cwd())
    lines = answer.stdout.splitlines()
    return HostCompiler(command, lines[0].strip()) if answer.returncode == 0 and lines else None


def build_for_host(plan: Plan, folder: Path, anew: bool = False) -> HostProgram:
    """Compiles the plan's C in `folder`, which must be there. ToolchainError: no compiler, or it failed.

    `anew`: what the network remembers is reset before each sample.
    """
    compiler = find_host_compiler()
    files = model_files(plan, NAME)
    inputs, outputs = plan.graph.input_tensors, plan.graph.output_tensors
    resets = ("once", "each")[anew] if plan.graph.state_tensors else ""
    for name, text in {**files, "main.c": _main(inputs, outputs, resets)}.items():
        (folder / name).write_text(text)
    sources = [name for name in files if name.endswith(".c")]
    objects = [f"{Path(name).stem}.o" for name in sources]
    _call([*compiler.command, *FLAGS, "-c", *sources, "main.c"], folder)
    _call([*compiler.command, *objects, "main.o", "-o", NAME], folder)
    return HostProgram(folder / NAME, compiler, inputs, outputs, _code_bytes([folder / name for name in objects]))


def _call(command: Sequence[str], folder: Path) -> None:
    done = run(command, folder)
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if "error" in line or "undefined" in line]
        raise ToolchainError(
            f"the generated C does not build on this computer: {(lines or ['no reason given'])[0][:300]}",
            "`edgeopt doctor` shows what is installed",
        )


def _code_bytes(objects: Sequence[Path]) -> int | None:
    total = 0
    for path in objects:
        try:
            with path.open("rb") as file:
                sections = ELFFile(file).iter_sections()
                total += sum(int(part["sh_size"]) for part in sections if part["sh_flags"] & _EXECUTABLE)
        except ELFError:
            return None
    return total


def _main(inputs: Sequence[Tensor], outputs: Sequence[Tensor], resets: str) -> str:
    """`resets`: what the network remembers begins anew `once`, or with `each` sample."""

    def parts(template: str, tensors: Sequence[Tensor]) -> str:
        return "".join(template.format(i=i, bytes=tensor.size_bytes) for i, tensor in enumerate(tensors))

    return _MAIN.format(
        name=NAME,
        reset=f"    {NAME}_reset(net);\n" if resets else "",
        reset_each=f"        {NAME}_reset(net);\n" if resets == "each" else "",
        buffers=parts("static unsigned char input{i}[{bytes}];\n", inputs),
        reads=parts("    if (fread(input{i}, 1, {bytes}, stdin) != {bytes}) {{\n        return 0;\n    }}\n", inputs),
        copies=parts(f"    memcpy({NAME}_input(net, {{i}}), input{{i}}, {{bytes}});\n", inputs),
        writes=parts(f"        fwrite({NAME}_output(net, {{i}}), 1, {{bytes}}, stdout);\n", outputs),
    )


_MAIN = """#define _POSIX_C_SOURCE 199309L
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "{name}.h"

{buffers}
static int read_sample(void) {{
{reads}    return 1;
}}

/* An inference may overwrite its inputs, so they are written anew before each. */
static void write_inputs({name}_context *net) {{
{copies}}}

static double now_ns(void) {{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}}

int main(int argc, char **argv) {{
    {name}_context *net = {name}_default_context();
    const long repeats = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
{reset}    while (repeats == 0 && read_sample()) {{
{reset_each}        write_inputs(net);
        if ({name}_invoke(net, NULL, NULL) != 0) {{
            return 1;
        }}
{writes}    }}
    if (repeats > 0 && !read_sample()) {{
        return 2;
    }}
    for (long i = -@WARM_UPS@; i < repeats && repeats > 0; i++) {{
        write_inputs(net);
        const double begin = now_ns();
        {name}_invoke(net, NULL, NULL);
        const double end = now_ns();
        if (i >= 0) {{
            printf("%.0f\\n", end - begin);
        }}
    }}
    return 0;
}}
""".replace("@WARM_UPS@", str(_WARM_UPS))
