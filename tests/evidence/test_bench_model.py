"""`make bench-model` with firmware of one's own: a program of known length and a made-up measurement."""

import os
import re
from pathlib import Path

import pytest
from support.arm_programs import assemble, need

from benchmarks.model import AIMS, comparisons_of, main, tables_of
from benchmarks.model_build import build
from benchmarks.model_build import main as build_main
from benchmarks.model_evidence import PUBLISHED, read_series
from benchmarks.model_mlperf import read_results
from edgeopt.board import load_board
from edgeopt.errors import ToolchainError, UsageError

PROJECT = Path(__file__).resolve().parents[2]
PAGE = (PROJECT / "docs" / "cycle_model.md").read_text()
# A thousand instructions of one cycle, and a few for the calls.
PROGRAM = """
.global begin
.type begin, %function
begin: bx lr
.global end
.type end, %function
end: bx lr
Reset_Handler:
    bl begin
    .rept 1000
    adds r2, r2, #1
    .endr
    bl end
    movs r0, #0x18
    ldr r1, =0x20026
    bkpt 0xAB
"""
SERIES = """[[series]]
name = "adds"
core = "{core}"
board = "{board}"
memory = "ideal"
machine = "made up"
clock_hz = 1_000_000
unit = "cycles"
compiler = "by hand"
same_compiler = true
source = "made up"
between = ["begin", "end"]
values = {{ thousand = {cycles} }}
"""


def evidence(folder: Path, cycles: float, board: str = "mps2-an386", program: str = PROGRAM) -> Path:
    loaded = load_board(board)
    assemble(program, loaded, folder).rename(folder / "adds_thousand.elf")
    (folder / "measurements.toml").write_text(SERIES.format(core=loaded.core, board=board, cycles=cycles))
    return folder


def run(folder: Path, *options: str) -> int:
    none = str(folder / "none")
    return main(["--mlperf", none, "--models", none, "--output", str(folder / "out"), *options])


def test_a_prediction_beside_a_measurement(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "--evidence", str(evidence(tmp_path, 1111))) == 0
    printed, noted = capsys.readouterr()
    (row,) = (line for line in printed.splitlines() if line.startswith("| adds thousand |"))
    cells = [cell.strip(" *") for cell in row.split("|")[1:-1]]
    predicted = int(cells[5].replace(",", ""))
    assert 1000 < predicted <= 1010
    assert cells[4] == "1,111"
    assert cells[-1] == f"{predicted / 1111 - 1:+.1%}"
    assert f"| cortex-m4f | 1 | 1 | {1 - predicted / 1111:.1%} |" in printed
    for core in ("cortex-m0plus", "cortex-m33f", "cortex-m7f", "cortex-m3"):
        assert f"| {core} | 0 | 0 | no evidence |" in printed
    assert (tmp_path / "out" / "model.md").read_text() == printed
    assert "has no coremark-m4_O2.elf" in noted


def test_an_error_beyond_the_aim_is_marked_and_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path, "--evidence", str(evidence(tmp_path, 2000))) == 1
    assert "**missed**" in capsys.readouterr().out


def test_without_evidence_it_says_what_is_published(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path) == 0
    printed, noted = capsys.readouterr()
    rows = sum(len(series.values) for series in read_series(PUBLISHED))
    assert len([line for line in printed.splitlines() if "github.com/" in line]) == rows
    assert "nothing beside MLPerf Tiny" in noted


def test_the_board_s_memory_and_ideal_memory(tmp_path: Path) -> None:
    """On a board with wait states the same program takes longer than with ideal memory."""
    ((one,), missing) = comparisons_of(evidence(tmp_path, 1000, "nucleo-l4r5zi"))
    assert one.ideal_cycles < one.board_cycles
    assert one.error == pytest.approx(one.ideal_cycles / 1000 - 1)
    assert len(missing) > 25


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda folder: (folder / "adds_thousand.elf").unlink(), "there is no adds_thousand.elf beside it"),
        (lambda folder: (folder / "measurements.toml").unlink(), "has neither ELFs of model_build.py nor"),
        (lambda folder: (folder / "adds_thousand.elf").write_bytes(b"no ELF"), "adds_thousand.elf"),
        (lambda folder: (folder / "measurements.toml").write_text("[[series]]"), "has no `name`"),
    ],
)
def test_a_wrong_folder_is_one_line_and_a_hint(
    change: object, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = evidence(tmp_path, 1000)
    assert callable(change)
    change(folder)
    assert run(tmp_path, "--evidence", str(folder)) == UsageError.exit_code
    printed, said = capsys.readouterr()
    assert printed == ""
    assert re.fullmatch(rf"error: .*{re.escape(message)}.*\nhint:  .+\n", said)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (PROGRAM.replace("ldr r1, =0x20026", "ldr r1, =0x20023"), "did not compute what it should"),
        (PROGRAM.replace("    bl end\n", ""), "did not come from `begin` to `end`"),
    ],
)
def test_a_program_that_goes_wrong(program: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=message):
        comparisons_of(evidence(tmp_path, 1000, program=program))


def test_the_example_of_the_page(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (text,) = re.findall(r"<!-- measurements.toml -->\n```toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "measurements.toml").write_text(text)
    (series,) = read_series(tmp_path / "measurements.toml")
    program = re.sub(r"\b(begin|end)\b", lambda found: series.between[found[0] == "end"], PROGRAM)
    elf = assemble(program, load_board(series.board), tmp_path)
    elf.rename(tmp_path / series.measurements[0].elf_name)
    assert run(tmp_path, "--evidence", str(tmp_path)) in (0, 1)
    assert f"| {series.name} " in capsys.readouterr().out
    assert "$ make bench-model EVIDENCE=" in PAGE


COREMARK = {
    "coremark.h": """#define SEED_VOLATILE 2
#define MEM_STACK 2
#include "core_portme.h"
typedef ee_u32 secs_ret;
void start_time(void);
void stop_time(void);
""",
    "core_main.c": """#include "coremark.h"
int work(void);
int main(void)
{
    start_time();
    int wrong = work();
    stop_time();
    if (wrong) {
        ee_printf("[%u]ERROR! list crc 0x%04x", 0, wrong);
    }
    return 0;
}
""",
    "core_list_join.c": '#include "coremark.h"\nint work(void) { return WRONG; }\n',
    "core_matrix.c": '#include "coremark.h"\n',
    "core_state.c": '#include "coremark.h"\n',
    "core_util.c": '#include "coremark.h"\n',
}


def checkout(folder: Path, wrong: int = 0) -> Path:
    folder.mkdir()
    for name, text in COREMARK.items():
        (folder / name).write_text(text.replace("WRONG", str(wrong)))
    return folder


def test_the_builder_makes_what_is_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With stand-ins for CoreMark's files, which this project does not have."""
    need("arm-none-eabi-gcc", "gcc-arm-none-eabi libnewlib-arm-none-eabi")
    output = tmp_path / "elfs"
    assert build_main(["--coremark", str(checkout(tmp_path / "coremark")), "--output", str(output)]) == 0
    assert "coremark-m4_O2.elf" in capsys.readouterr().out
    comparisons, missing = comparisons_of(output)
    assert {one.measurement.series.suite for one in comparisons} == {"coremark"}
    assert {one.series.suite for one in missing} == {"embench"}
    assert all(0 < one.ideal_cycles < 100 for one in comparisons)


def test_a_program_whose_sums_are_wrong_is_refused(tmp_path: Path) -> None:
    need("arm-none-eabi-gcc", "gcc-arm-none-eabi libnewlib-arm-none-eabi")
    measurement = read_series(PUBLISHED)[0].measurements[0]
    build(measurement, checkout(tmp_path / "coremark", wrong=1), tmp_path)
    with pytest.raises(UsageError, match="did not compute what it should"):
        comparisons_of(tmp_path)


def test_a_checkout_that_lacks_a_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = checkout(tmp_path / "coremark")
    (folder / "core_util.c").unlink()
    arguments = ["--coremark", str(folder), "--output", str(tmp_path / "elfs")]
    assert build_main(arguments) == UsageError.exit_code
    assert "has no core_util.c" in capsys.readouterr().err


def test_a_file_that_does_not_compile(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    need("arm-none-eabi-gcc", "gcc-arm-none-eabi")
    folder = checkout(tmp_path / "coremark")
    (folder / "core_util.c").write_text("int x = ;\n")
    arguments = ["--coremark", str(folder), "--output", str(tmp_path / "elfs")]
    assert build_main(arguments) == ToolchainError.exit_code
    assert "arm-none-eabi-gcc failed" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no column `model`"),
        ("model,board,submitter,round,system\nkws,x,y,v1,z\n", "has no column `latency_ms`"),
        ("model,board,submitter,round,system,latency_ms\nkws,x,y,v1,z,fast\n", "a latency is `fast`"),
    ],
)
def test_a_wrong_table_of_results(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "results.csv").write_text(text)
    with pytest.raises(UsageError, match=message):
        read_results(tmp_path / "results.csv")


def test_errors_with_the_real_programs() -> None:
    """Each core's are within its aim and as the page says: of what `python -m benchmarks.model_build` made."""
    folder = os.environ.get("EDGEOPT_EVIDENCE")
    if not folder:
        pytest.skip("build the programs as docs/cycle_model.md says and set EDGEOPT_EVIDENCE to their folder")
    comparisons, missing = comparisons_of(Path(folder))
    assert not missing
    programs, summary = tables_of(comparisons)
    assert not summary.missed
    for line in summary.markdown().splitlines()[2:]:
        assert line in PAGE
    assert len(programs.rows) == len(comparisons)


def test_the_page_tells_the_aims() -> None:
    for core, aim in AIMS.items():
        (row,) = re.findall(rf"^\| {core} \|.*\|$", PAGE, re.MULTILINE)
        cells = [cell.strip() for cell in row.split("|")[1:-1]]
        assert cells[-1] == f"{aim:.0%}"
        assert float(cells[3].rstrip(" %")) <= 100 * aim
        assert int(cells[1]) == sum(len(one.values) for one in read_series(PUBLISHED) if one.core == core)
