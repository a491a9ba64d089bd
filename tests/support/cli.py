"""Runs the command line in this process, or a script that adds a verb of its own in another one."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from edgeopt.cli import main


@dataclass(frozen=True)
class Outcome:
    """What a call of edgeopt left behind."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout."""
        content: dict[str, Any] = json.loads(self.stdout)
        return content


def edgeopt(capsys: pytest.CaptureFixture[str], *arguments: object) -> Outcome:
    """`edgeopt ARGUMENTS` in the working folder."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    code = ended.value.code
    return Outcome(code if isinstance(code, int) else 1, printed.out, printed.err)


def assert_refused(outcome: Outcome, *words: str, exit_code: int = 2) -> None:
    """One line and a hint that hold the words, nothing on stdout."""
    error, hint = outcome.stderr.splitlines()
    assert error.startswith("error: ") and hint.startswith("hint:  ")
    assert all(word in outcome.stderr for word in words), outcome.stderr
    assert (outcome.exit_code, outcome.stdout) == (exit_code, "")


def script(body: str, *arguments: str, cwd: Path, **options: Any) -> "subprocess.Popen[str]":
    """edgeopt with one more verb `extra(session)`, whose body is given, in a process of its own."""
    source = (
        "import click, sys\n"
        "from edgeopt.board import load_board\n"
        "from edgeopt.cli import main\n"
        "from edgeopt.cli._app import verb\n"
        "@verb(place=1)\n"
        "@click.pass_obj\n"
        "def extra(session):\n"
        "    '''A verb of the test.'''\n" + "".join(f"    {line}\n" for line in body.splitlines()) + "main()\n"
    )
    pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True, **options}
    return subprocess.Popen([sys.executable, "-c", source, *arguments], cwd=cwd, **pipes)
