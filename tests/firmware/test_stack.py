"""The stack bound: frames as gcc states them, calls of every kind, and never less than what was really used."""

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from support.arm_programs import need

from edgeopt.board import Board, board_names, load_board
from edgeopt.errors import DoesNotFit, ToolchainError
from edgeopt.firmware import build, find_toolchain
from edgeopt.firmware.cores import CORES, core
from edgeopt.firmware.stack import frames, stack_bound
from edgeopt.firmware.toolchain import run

MakeProject = Callable[[Board], Path]
CORE_NAMES = sorted(name for name, known in CORES.items() if known.has_compiler)
IN_ASSEMBLY = {"eo_fault", "overflow"}  # of which gcc knows nothing

LINKER = """
ENTRY(Reset_Handler)
SECTIONS {
    .text 0 : { *(.text .text.*) *(.rodata .rodata.*) }
    .data 0x20000000 : { *(.data .data.*) *(.bss .bss.*) }
}
"""
HEAD = "typedef int (*function)(int);\nvolatile int sink;\nvoid touch(volatile char *bytes, int count);\n"
# `touch` is in a file of its own, so that the arrays are not optimized away
TOUCH = "void touch(volatile char *b, int n);\nvoid touch(volatile char *b, int n) { while (n--) b[n] = (char)n; }\n"
CLEAR = """
#include <stddef.h>
void *memset(void *to, int value, size_t n);
void *memset(void *to, int value, size_t n) {
    volatile char *c = to;
    while (n--) *c++ = (char)value;
    return to;
}
"""


def link(source: str, toolchain: str, core_name: str, folder: Path, *options: str) -> tuple[Path, list[Path]]:
    """(the ELF of a program, its objects); the source is C with a Reset_Handler."""
    tool, target = find_toolchain(toolchain), core(core_name)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "linker.ld").write_text(LINKER)
    objects = []
    for name, text in {"program": HEAD + source, "touch": TOUCH, "clear": CLEAR}.items():
        (folder / f"{name}.c").write_text(text)
        compile_one = tool.compile_command(target, "-O2", ["-fno-inline", *options])
        done = run([*compile_one, "-c", f"{name}.c", "-o", f"{name}.o"], folder)
        assert done.returncode == 0, done.stderr
        objects.append(f"{name}.o")
    done = run(tool.link_command(target, "linker.ld", "program.elf", objects), folder)
    assert done.returncode == 0, done.stderr
    return folder / "program.elf", [folder / name for name in objects]


def bound_of(source: str, toolchain: str, core_name: str, folder: Path) -> tuple[int, tuple[str, ...]] | None:
    bound = stack_bound(*link(source, toolchain, core_name, folder))
    return None if bound is None else (bound.size_bytes, bound.path)


@pytest.mark.parametrize("core_name", CORE_NAMES)
def test_large_and_small_frames(core_name: str, toolchain: str, tmp_path: Path) -> None:
    """Frames up to 508, 4,095 and above are made by different instructions; on the M0+ the large by no constant."""
    sizes = (8, 400) if core_name in ("cortex-m0", "cortex-m0plus") else (8, 400, 1000, 4000, 5000)
    for count in sizes:
        source = f"void Reset_Handler(void) {{ char b[{count}]; touch(b, {count}); }}"
        bound = bound_of(source, toolchain, core_name, tmp_path / str(count))
        assert bound is not None
        assert count < bound[0] <= count + 40
        assert bound[1] == ("Reset_Handler", "touch")


CALLS = {
    "direct": "int deep(int x) { char b[300]; touch(b, 300); return x + b[3]; }\n"
    "void Reset_Handler(void) { sink = deep(1) + 1; }",
    "tail": "int deep(int x) { char b[300]; touch(b, 300); return x + b[3]; }\n"
    "int middle(int x) { return deep(x + 1); }\nvoid Reset_Handler(void) { sink = middle(1) + 1; }",
    "table": "static int shallow(int x) { return x; }\n"
    "static int deep(int x) { char b[300]; touch(b, 300); return x + b[3]; }\n"
    "static const struct { int n; function f; } table[] = {{1, shallow}, {2, deep}};\n"
    "void Reset_Handler(void) { sink = table[sink].f(1) + 1; }",
    "selected": "static int shallow(int x) { return x; }\n"
    "static int deep(int x) { char b[300]; touch(b, 300); return x + b[3]; }\n"
    "static const struct entry { int n; function f; } table[] = {{1, shallow}, {2, deep}};\n"
    "const struct entry *selected = table;\nvoid select(int i) { selected = &table[i]; }\n"
    "void Reset_Handler(void) { select(sink); sink = selected->f(1) + 1; }",
    "passed": "static int deep(int x) { char b[300]; touch(b, 300); return x + b[3]; }\n"
    "__attribute__((noinline, noclone)) int call(function f, int x) { return f(x) + 1; }\n"
    "void Reset_Handler(void) { sink = call(deep, 1) + 1; }",
}


@pytest.mark.parametrize("core_name", ["cortex-m0plus", "cortex-m4f", "cortex-m55"])
@pytest.mark.parametrize("kind", CALLS)
def test_every_kind_of_call_is_followed(kind: str, core_name: str, toolchain: str, tmp_path: Path) -> None:
    bound = bound_of(CALLS[kind], toolchain, core_name, tmp_path)
    assert bound is not None
    assert 300 < bound[0] < 380
    assert bound[1][-2:] == ("deep", "touch")


def test_recursion_is_an_error(toolchain: str, tmp_path: Path) -> None:
    source = "int odd(int x);\nint even(int x) { return x ? odd(x - 1) + sink : 1; }\n"
    source += "int odd(int x) { return x ? even(x - 1) + sink : 0; }\nvoid Reset_Handler(void) { sink = even(sink); }"
    with pytest.raises(ToolchainError, match=r"recursive: `even` > `odd` > `even`|recursive: `odd` > `even` > `odd`"):
        bound_of(source, toolchain, "cortex-m4f", tmp_path)


def test_a_function_that_jumps_far_within_itself_is_not_recursive(toolchain: str, tmp_path: Path) -> None:
    """On Armv6-M, whose branches end after 2 KB, clang takes a call for it."""
    asm = '__asm__ volatile("cmp r0, #0\\n bl 1f\\n .space 3000\\n 1: nop" ::: "lr", "memory");'
    source = f"void far(void) {{ {asm} sink++; }}\nvoid Reset_Handler(void) {{ far(); sink = 1; }}"
    bound = bound_of(source, toolchain, "cortex-m0plus", tmp_path)
    assert bound is not None
    assert bound[1][-1] == "far"


@pytest.mark.parametrize("core_name", ["cortex-m0plus", "cortex-m4f"])
def test_a_frame_that_varies_has_no_bound(core_name: str, toolchain: str, tmp_path: Path) -> None:
    source = "void Reset_Handler(void) { int n = sink; char b[n]; touch(b, n); sink = b[0]; }"
    assert bound_of(source, toolchain, core_name, tmp_path) is None


def test_a_table_that_nobody_names_has_no_bound(toolchain: str, tmp_path: Path) -> None:
    """The caller gets the table as an argument, so its functions would be forgotten."""
    source = "static int deep(int x) { char b[300]; touch(b, 300); return x + b[3]; }\n"
    source += "struct table { function f; };\nconst struct table table = {deep};\n"
    source += "__attribute__((noinline, noclone)) int call(const struct table *t) { return t->f(1) + 1; }\n"
    source += "void Reset_Handler(void) { sink = call(&table); }"
    assert bound_of(source, toolchain, "cortex-m4f", tmp_path) is None


@pytest.mark.parametrize("optimization", ["-O0", "-O2", "-Os"])
@pytest.mark.parametrize("core_name", CORE_NAMES)
def test_frames_are_those_that_gcc_states(
    core_name: str, optimization: str, make_project: MakeProject, tmp_path: Path
) -> None:
    need("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    board = next(board for board in map(load_board, board_names()) if board.core == core_name)
    project = make_project(board)
    found = frames(build(project, board, "gcc", optimization).elf)
    stated = _stack_usage(project, core_name, optimization)
    common = (found.keys() & stated.keys()) - IN_ASSEMBLY
    assert len(common) > 15
    assert {name: found[name] for name in common} == {name: stated[name] for name in common}


def _stack_usage(project: Path, core_name: str, optimization: str) -> Mapping[str, int]:
    """gcc's own count of each function's frame (-fstack-usage)."""
    command = find_toolchain("gcc").compile_command(core(core_name), optimization, ["-I.", "-Imodel", "-fstack-usage"])
    stated = {}
    for source in [*project.glob("*.c"), *project.glob("model/*.c")]:
        done = run([*command, "-c", str(source), "-o", "usage.o"], project)
        assert done.returncode == 0, done.stderr
        for line in (project / "usage.su").read_text().splitlines():
            where, size_bytes, kind = line.split("\t")
            if kind == "static":
                stated[where.split(":")[-1]] = int(size_bytes)
    return stated


def test_a_stack_that_is_too_small_is_refused(toolchain: str, make_project: MakeProject) -> None:
    board = load_board("nucleo-l4r5zi")
    project = make_project(board)
    bound_bytes = build(project, board, toolchain).stack_bound_bytes
    assert bound_bytes is not None
    too_few = (bound_bytes - 1) // 8 * 8
    script = project / "linker.ld"
    script.write_text(script.read_text().replace(". += 4096;", f". += {too_few};"))
    with pytest.raises(DoesNotFit, match=f"the stack can take {bound_bytes:,} B, {too_few:,} B are reserved"):
        build(project, board, toolchain)
    script.write_text(script.read_text().replace(f". += {too_few};", f". += {too_few + 8};"))
    assert build(project, board, toolchain).sizes.ram_bytes.stack == too_few + 8
