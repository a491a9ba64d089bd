"""How one call talks: values to stdout as text or JSON, progress and errors to stderr."""

import errno
import json
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, TextIO

from edgeopt.errors import EdgeoptError, UsageError

if TYPE_CHECKING:
    from rich.console import Console

INTERRUPTED = 130  # what a shell reports of a process that SIGINT ended
_PIPE_COLUMNS = 120
_LEAST_COLUMNS = 64  # in fewer the tables would lose text; a narrower terminal breaks their lines itself


@contextmanager
def _stdout() -> Iterator[None]:
    """All that is printed is out when this ends; who closes the pipe has read enough. OSError where it cannot be."""
    try:
        yield
        sys.stdout.flush()
    except OSError as error:
        # What is still in the buffer would be tried again, and complained of, when Python ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if not isinstance(error, BrokenPipeError):
            raise


@dataclass
class Session:
    """What --json, -v and --no-color say. With --json stdout gets one document: the value, or else the error."""

    as_json: bool = False
    verbose: bool = False
    color: bool = True
    _shown: bool = False

    def show(self, value: object) -> None:
        """Prints the value; then raises the error that it amounts to, if any."""
        from edgeopt.report import dumps, view_of

        shown_as = view_of(value)
        with _stdout():
            if self.as_json:
                print(dumps(value))
            else:
                self._print(shown_as.text(value))
        self._shown = True
        if error := shown_as.verdict(value):
            raise error

    @contextmanager
    def progress(self, what: str) -> Iterator[Callable[[str], None]]:
        """Gives a function that says what is being done: on a terminal, or with -v; else it is silent."""
        from edgeopt.report.text import printable

        if self.verbose:
            yield lambda step: print(printable(step), file=sys.stderr, flush=True)
        elif sys.stderr.isatty():
            from rich.text import Text

            # As text: what a tool prints is neither rich's markup nor for the terminal.
            with self._console(sys.stderr).status(Text(printable(what))) as status:
                yield lambda step: status.update(Text(printable(step)))
        else:
            yield lambda step: None

    def line(self, text: str) -> None:
        """Shows a line of something that goes on: on stdout, or on stderr where that is for the JSON document.

        Whoever closes the pipe has read enough: KeyboardInterrupt, which ends what goes on.
        """
        from edgeopt.report.text import printable

        stream = sys.stderr if self.as_json else sys.stdout
        try:
            print(printable(text), file=stream, flush=True)
        except BrokenPipeError:
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
            raise KeyboardInterrupt from None

    def fail(self, error: EdgeoptError) -> int:
        """Tells the error; its exit code."""
        if self.verbose:
            traceback.print_exception(error)
        if self.as_json and not self._shown:
            facts = {"kind": type(error).__name__, "message": error.message, "hint": error.hint}
            document = {"schema": "edgeopt.error/1", "error": facts, "exit_code": error.exit_code}
            print(json.dumps(document, indent=2))
        self._say("error: ", "1;31", error.message)
        if error.hint:
            self._say("hint:  ", "36", error.hint)
        return error.exit_code

    def foreign(self, error: Exception) -> EdgeoptError:
        """An error that edgeopt did not raise: the machine refused a file, or it is our fault."""
        if isinstance(error, OSError) and error.filename and error.strerror:
            known: EdgeoptError = UsageError(f"`{error.filename}`: {error.strerror}", "check the path and its rights")
        elif isinstance(error, OSError) and error.errno == errno.ENOSPC:
            known = UsageError("the disk is full", "make room and try again")
        else:
            where = traceback.extract_tb(error.__traceback__)[-1]
            what = " ".join(f"{type(error).__name__}: {error}".split())
            known = EdgeoptError(
                f"internal: {what} ({where.name}, line {where.lineno})",
                "this is a fault of edgeopt: run it again with -v and report what it prints",
            )
        known.__cause__ = error
        return known

    def interrupted(self) -> int:
        print("interrupted", file=sys.stderr)
        return INTERRUPTED

    def _print(self, text: object) -> None:
        console = self._console(sys.stdout)
        if sys.stdout.isatty():
            console.print(text)
            return
        with console.capture() as captured:
            console.print(text)
        # Tables fill their lines with blanks, which are only noise in a file.
        print("\n".join(line.rstrip() for line in captured.get().rstrip().splitlines()))

    def _console(self, stream: TextIO) -> "Console":
        from rich.console import Console

        asked = os.environ.get("COLUMNS", "")
        width = None if stream.isatty() else (int(asked) if asked.isdecimal() else 0) or _PIPE_COLUMNS
        console = Console(file=stream, no_color=True if not self.color else None, width=width, highlight=False)
        console.width = max(console.width, _LEAST_COLUMNS)
        return console

    def _say(self, word: str, style: str, text: str) -> None:
        from edgeopt.report.text import printable

        plain = not self.color or "NO_COLOR" in os.environ or not sys.stderr.isatty()
        print((word if plain else f"\x1b[{style}m{word}\x1b[0m") + printable(text), file=sys.stderr)
