"""The frame of the command line: help, exit codes, errors on stderr and as JSON, interrupts, pipes."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import click
import pytest
from support.cli import edgeopt, script

from edgeopt import __version__
from edgeopt.cli._app import VERBS
from edgeopt.cli._session import Session
from edgeopt.errors import (
    BoardError,
    DoesNotFit,
    EdgeoptError,
    LinkTimeout,
    MalformedModel,
    OutputsDiffer,
    ToolchainError,
)

VERB_NAMES = (
    "doctor boards convert analyze generate build ports flash run validate measure trace drift monitor"
    " compare deploy battery report"
).split()


def test_help_lists_the_verbs_in_the_order_of_their_use(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in ([], ["--help"]):
        outcome = edgeopt(capsys, *arguments)
        listed = outcome.stdout.partition("Commands:\n")[2].partition("\n\n")[0]
        assert [line.split()[0] for line in listed.splitlines()] == VERB_NAMES
        assert "..." not in listed, "a summary that does not fit one line"
        assert outcome.exit_code == 0


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert edgeopt(capsys, "--version").stdout == f"edgeopt, version {__version__}\n"


@pytest.mark.parametrize("name", VERB_NAMES)
def test_every_verb_has_the_common_switches(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    help_text = edgeopt(capsys, name, "--help").stdout
    for switch in ("--json", "-v, --verbose", "--no-color"):
        assert switch in help_text
    for parameter in VERBS.get(name).params:
        if isinstance(parameter, click.Option):
            assert parameter.help, f"`{parameter.opts[0]}` says nothing about itself"


def test_help_does_not_wait_for_the_numbers(tmp_path: Path) -> None:
    source = (
        "import sys\nfrom edgeopt.cli import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\n"
        "print(sorted({'numpy', 'rich', 'unicorn', 'elftools'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", source], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert result.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "error", "hint"),
    [
        (["bords"], "no command is called `bords`", "did you mean `boards`?"),
        (["analyze"], "Missing argument 'MODEL'", "see `edgeopt analyze --help`"),
        (["boards", "--jsn"], "--jsn", "see `edgeopt boards --help`"),
        (["boards", "nucleo-l4r5z"], "no board is called `nucleo-l4r5z`", "did you mean `nucleo-l4r5zi`?"),
        (["analyze", "none.tflite"], "'none.tflite' does not exist", "see `edgeopt analyze --help`"),
        (["deploy", ".", "-o", "x", "-O", "7"], "'7' is not one of", "see `edgeopt deploy --help`"),
    ],
)
def test_wrong_usage(arguments: list[str], error: str, hint: str, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = edgeopt(capsys, *arguments)
    first, second = outcome.stderr.splitlines()
    assert first.startswith("error: ") and error in first
    assert second == f"hint:  {hint}"
    assert (outcome.exit_code, outcome.stdout) == (2, "")


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (EdgeoptError, 1),
        (BoardError, 2),
        (MalformedModel, 3),
        (DoesNotFit, 4),
        (OutputsDiffer, 5),
        (LinkTimeout, 6),
        (ToolchainError, 7),
    ],
)
def test_an_error_is_two_lines_and_its_exit_code(
    kind: type[EdgeoptError], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert Session().fail(kind("too bad", "do better")) == code
    assert capsys.readouterr().err == "error: too bad\nhint:  do better\n"
    assert Session(as_json=True).fail(kind("too bad", "do better")) == code
    printed = capsys.readouterr()
    assert printed.err == "error: too bad\nhint:  do better\n"
    facts = {"kind": kind.__name__, "message": "too bad", "hint": "do better"}
    assert json.loads(printed.out) == {"schema": "edgeopt.error/1", "error": facts, "exit_code": code}


def test_wrong_usage_is_json_too(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = edgeopt(capsys, "boards", "--json", "--nonsense")
    assert outcome.document["schema"] == "edgeopt.error/1"
    assert outcome.document["exit_code"] == outcome.exit_code == 2


def test_an_internal_error_is_one_line_and_a_traceback_only_on_demand(tmp_path: Path) -> None:
    for arguments, traceback in (["extra"], False), (["extra", "-v"], True):
        process = script("return 1 // 0", *arguments, cwd=tmp_path)
        out, err = process.communicate(timeout=30)
        assert process.returncode == 1 and out == ""
        assert ("Traceback" in err) == traceback
        *_, error, hint = err.splitlines()
        assert error.startswith("error: internal: ZeroDivisionError: integer division or modulo by zero (extra, line ")
        assert hint.startswith("hint:  this is a fault of edgeopt")


def test_a_path_that_the_machine_refuses_is_the_users(tmp_path: Path) -> None:
    process = script("open('no/such/folder')", "extra", cwd=tmp_path)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 2
    assert err.startswith("error: `no/such/folder`: No such file or directory\n")


def test_bad_news_is_shown_before_the_error(tmp_path: Path) -> None:
    body = (
        "from edgeopt.report.proof import Validation\n"
        "return Validation(3, 2, 9, 'sample 1, output 0, element 4: 5, must be 14', 'the oracle', 'the virtual board')"
    )
    process = script(body, "extra", "--json", cwd=tmp_path)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 5
    assert json.loads(out)["identical"] == 2
    assert err.startswith("error: the outputs of 1 of 3 samples differ from the oracle; first at sample 1, output 0")


def test_interrupt_ends_quietly(tmp_path: Path) -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        pytest.skip("run it in the foreground: a job in the background ignores the interrupt key")
    process = script("print('ready', flush=True)\nimport time\ntime.sleep(60)", "extra", cwd=tmp_path)
    assert process.stdout is not None and process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert err.split() == ["interrupted"]


def test_a_reader_that_leaves_is_no_error(tmp_path: Path) -> None:
    process = script("return load_board('nucleo-l4r5zi')", "extra", cwd=tmp_path)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert "Traceback" not in process.stderr.read()
    process.stderr.close()
    process.wait(30)


@pytest.mark.parametrize(
    ("arguments", "said"), [(["extra"], ""), (["extra", "-v"], "step 1\n"), (["extra", "--json"], "")]
)
def test_progress_is_silent_in_a_pipe(arguments: list[str], said: str, tmp_path: Path) -> None:
    body = "with session.progress('working') as say:\n    say('step 1')\nreturn load_board('nucleo-l4r5zi')"
    process = script(body, *arguments, cwd=tmp_path)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, err) == (0, said)
    assert "STM32L4R5ZIT6" in out and "\x1b" not in out


@pytest.mark.parametrize(("arguments", "coloured"), [(["extra"], True), (["extra", "--no-color"], False)])
def test_progress_and_colour_on_a_terminal(arguments: list[str], coloured: bool, tmp_path: Path) -> None:
    wait = "with session.progress('working hard'):\n    import time\n    time.sleep(0.3)"
    body = f"{wait}\nreturn load_board('nucleo-l4r5zi')"
    terminal, end = os.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80"}
    environment.pop("NO_COLOR", None)
    process = script(body, *arguments, cwd=tmp_path, stdout=end, stderr=end, text=False, env=environment)
    os.close(end)
    seen = b""
    while True:
        try:
            block = os.read(terminal, 65536)
        except OSError:  # Linux says EIO when the other end is closed
            break
        if not block:
            break
        seen += block
    os.close(terminal)
    assert process.wait(30) == 0
    assert b"working hard" in seen and b"STM32L4R5ZIT6" in seen
    assert (b"\x1b[36m" in seen) == coloured


@pytest.mark.parametrize("columns", ["1", "40", "wide", "-5", ""])
def test_no_width_loses_text(columns: str, tmp_path: Path) -> None:
    environment = {**os.environ, "COLUMNS": columns}
    command = [sys.executable, "-c", "from edgeopt.cli import main; main()", "boards"]
    result = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    letters = "".join(result.stdout.split())
    assert all(figure in letters for figure in ("4,194.3kB", "647.2kB", "unknown")), result.stdout


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux's /dev/full")
def test_a_full_disk_is_no_fault_of_ours(tmp_path: Path, unbuffered: str) -> None:
    with Path("/dev/full").open("w") as full:
        code, errors = boards_into(full.fileno(), tmp_path, unbuffered)
    assert (code, errors.splitlines()[0]) == (2, "error: the disk is full")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_who_closes_the_pipe_has_read_enough(tmp_path: Path, unbuffered: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        assert boards_into(writer, tmp_path, unbuffered) == (0, "")
    finally:
        os.close(writer)


def boards_into(stdout: int, cwd: Path, unbuffered: str) -> tuple[int, str]:
    """`edgeopt boards` with its output into a file descriptor: exit code and what stands on stderr."""
    command = [sys.executable, "-c", "from edgeopt.cli import main; main()", "boards"]
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}
    result = subprocess.run(
        command, cwd=cwd, env=environment, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False
    )
    return result.returncode, result.stderr
