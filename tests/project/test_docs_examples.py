"""The examples in README and docs/ are run, or are what the files that they come from say."""

import importlib.util
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from edgeopt.cli._app import VERBS
from edgeopt.firmware import find_toolchain

PROJECT = Path(__file__).resolve().parents[2]
PAGES = [
    PROJECT / "README.md",
    *sorted((PROJECT / "docs").glob("*.md")),
    *sorted((PROJECT / "examples").glob("*/*.md")),
]
BLOCK = re.compile(r"^(?:<!-- (?P<file>\S+) -->\n)?```(?P<language>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
ELLIPSIS = "..."
BUILDING = (
    "comparing.md",
    "drift.md",
    "measuring.md",
    "proof.md",
    "power_measuring.md",
)  # pages whose examples take a compiler
SLOW = ("deploy", "validate")  # tests/examples runs them


@dataclass(frozen=True)
class Block:
    """A fenced block; `file` is the comment above it, which says where the text is from, or goes."""

    page: Path
    language: str
    text: str
    file: str | None

    def __str__(self) -> str:
        return f"{self.page.name}-{self.file or self.text.splitlines()[0]}"


@dataclass(frozen=True)
class Command:
    """A `$` line of a console block, and what stands below it."""

    line: str
    output: str


def blocks(language: str | None = None, with_file: bool | None = None) -> list[Block]:
    found = []
    for page in PAGES:
        for match in BLOCK.finditer(page.read_text()):
            block = Block(page, match["language"], match["text"], match["file"])
            if language in (None, block.language) and with_file in (None, block.file is not None):
                found.append(block)
    return found


def commands(block: Block) -> Iterator[Command]:
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        line, _, output = part.replace("\\\n", "").partition("\n")
        yield Command(line, output)


def excerpts() -> list[Block]:
    return [block for block in blocks(with_file=True) if (PROJECT / str(block.file)).is_file()]


@pytest.mark.parametrize("block", excerpts(), ids=str)
def test_an_excerpt_is_what_its_file_says(block: Block) -> None:
    parts = [re.escape(part.strip("\n")) for part in re.split(r"^ *\.\.\.\n", block.text, flags=re.MULTILINE)]
    assert re.search(r"\n.*?".join(parts), (PROJECT / str(block.file)).read_text(), re.DOTALL)


@pytest.mark.parametrize("block", blocks("console"), ids=str)
def test_commands_exist(block: Block) -> None:
    for command in commands(block):
        program, *arguments = command.line.split(" #")[0].split()
        if program == "make":
            assert f"\n{arguments[0]}:" in (PROJECT / "Makefile").read_text()
        elif program == "edgeopt":
            if block.page.name.startswith("adding_"):  # may show a verb that is added there; it is run below
                continue
            known = {name for parameter in VERBS.get(arguments[0]).params for name in parameter.opts} | {"--help"}
            assert {argument.split("=")[0] for argument in arguments if re.match(r"--?[a-z]", argument)} <= known
        else:
            assert program in ("git", "cd", "pip", "python", "sudo"), f"what is `{program}`?"


@pytest.fixture
def folder(tmp_path: Path, small_model: bytes) -> Path:
    """A folder with the files that the examples name: examples/, small.tflite."""
    (tmp_path / "examples").symlink_to(PROJECT / "examples")
    (tmp_path / "small.tflite").write_bytes(small_model)
    return tmp_path


def assert_printed(expected: str, actual: str) -> None:
    pattern = re.escape(expected.rstrip()).replace(re.escape(ELLIPSIS), ".*")
    assert re.fullmatch(pattern, actual.rstrip(), re.DOTALL), f"it printed:\n{actual}"


def run_edgeopt(line: str, folder: Path, package_root: Path = PROJECT, fails: bool = False) -> str:
    """What it prints on stdout, as far as that does not go into a file (`> file`); on stderr where it `fails`."""
    line, _, file = line.partition(" > ")
    arguments = line.split()[1:]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(package_root), "HOME": str(folder)}
    result = subprocess.run(
        [sys.executable, "-m", "edgeopt", *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )
    assert (result.returncode != 0) == fails, result.stderr
    if file:
        (folder / file).write_text(result.stdout)
        return ""
    return result.stderr if fails else result.stdout


@pytest.mark.parametrize(
    "page",
    [page for page in PAGES if not page.name.startswith("adding_") and page.name != "mlperf_tiny.md"],  # tests/mlperf
    ids=lambda page: page.name,
)
def test_commands_print_what_the_page_says(page: Path, folder: Path, request: pytest.FixtureRequest) -> None:
    if page.name in BUILDING:
        request.getfixturevalue("any_toolchain")
    for block in blocks("console"):
        for command in commands(block) if block.page == page else ():
            if command.line.startswith("edgeopt ") and command.line.split()[1] not in SLOW:
                refused = command.output.startswith("error: ")
                assert_printed(command.output, run_edgeopt(command.line, folder, fails=refused))


def page_blocks(name: str) -> tuple[dict[str, str], list[Command]]:
    """The named files of a page, and its commands."""
    found = [block for block in blocks() if block.page.name == name]
    files = {block.file: block.text for block in found if block.file}
    return files, [command for block in found if block.language == "console" for command in commands(block)]


def test_adding_a_board(folder: Path) -> None:
    files, (command,) = page_blocks("adding_a_board.md")
    (folder / "my-board.toml").write_text(files["my-board.toml"])
    assert_printed(command.output, run_edgeopt(command.line, folder))


def test_adding_a_verb(folder: Path) -> None:
    files, shown = page_blocks("adding_a_verb.md")
    ((file, text),) = files.items()
    copy = copied_checkout(folder)
    (copy / file).write_text(text)
    for command in shown:
        assert_printed(command.output, run_edgeopt(command.line, folder, copy))
    assert "layers" in run_edgeopt("edgeopt --help", folder, copy)


def copied_checkout(folder: Path) -> Path:
    """A checkout that an example may change."""
    copy = folder / "checkout"
    for name in ("edgeopt", "boards", "firmware_templates"):
        shutil.copytree(PROJECT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    return copy


@pytest.mark.usefixtures("any_toolchain")
def test_adding_a_flasher(folder: Path) -> None:
    files, (command,) = page_blocks("adding_a_flasher.md")
    copy = copied_checkout(folder)
    python, toml = files.values()
    (copy / next(iter(files))).write_text(python)
    board = copy / "boards" / "nucleo-l4r5zi.toml"
    board.write_text(board.read_text() + "\n" + toml)
    run_edgeopt("edgeopt generate small.tflite -o fw", folder, copy)
    run_edgeopt("edgeopt build fw", folder, copy)
    assert_printed(command.output, run_edgeopt(command.line, folder, copy))
    assert "flash a board of mine" in run_edgeopt("edgeopt doctor", folder, copy)


def test_adding_a_meter(folder: Path) -> None:
    copy = copied_checkout(folder)
    found = [block for block in blocks() if block.page.name == "adding_a_meter.md"]
    for block in found:
        if block.file:
            (copy / block.file).write_text(block.text)
    (script,) = [block.text for block in found if block.language == "python" and not block.file]
    (printed,) = [block.text for block in found if block.language == "text"]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(copy), "HOME": str(folder)}
    result = subprocess.run([sys.executable, "-c", script], cwd=folder, env=environment, capture_output=True, text=True)
    assert result.stdout == printed, result.stderr


LARQ = pytest.mark.skipif(importlib.util.find_spec("larq") is None, reason="pip install 'edgeopt[larq]'")


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "accuracy.md",
        "binarized.md",
        "links.md",
        "report.md",
        "measuring.md",
        "power_measuring.md",
        pytest.param("conversion.md", marks=LARQ),
    ],
)
def test_python_of_a_page_runs(page: str, folder: Path, request: pytest.FixtureRequest) -> None:
    if page in BUILDING:
        request.getfixturevalue("any_toolchain")
    shown = [block.text for block in blocks("python") if block.page.name == page]
    assert shown
    for text in shown:
        subprocess.run([sys.executable, "-c", text], cwd=folder, check=True, capture_output=True)


def test_toml_of_the_readme_is_accepted(folder: Path) -> None:
    (text,) = (block.text for block in blocks("toml") if block.page.name == "README.md")
    (folder / "edgeopt.toml").write_text(text)
    assert "STM32L4R5ZIT6" in run_edgeopt("edgeopt boards nucleo-l4r5zi", folder)


def test_toml_of_the_guard_is_accepted(folder: Path) -> None:
    (text,) = (block.text for block in blocks("toml") if block.page.name == "accuracy.md")
    (folder / "edgeopt.toml").write_text(text)
    assert run_edgeopt("edgeopt convert small.tflite -o out.tflite", folder).startswith("Wrote out.tflite")


def readme_demo() -> str:
    """What the README says that `make demo` prints."""
    shown = [command for block in blocks("console") for command in commands(block) if block.page.name == "README.md"]
    return next(command.output for command in shown if command.line == "make demo" and command.output)


@pytest.mark.usefixtures("any_toolchain")
def test_make_demo_prints_what_the_readme_says(folder: Path) -> None:
    """With 20 images instead of 1,000: sizes, layers and counts are the same, the figures of accuracy are not."""
    expected = readme_demo()
    compiler = str(find_toolchain())
    if f"firmware  {compiler} " not in expected:
        pytest.skip(f"install the compiler that the README's figures are from; this is {compiler}")
    data = np.load(PROJECT / "examples" / "mnist" / "test.npz")
    np.savez(folder / "some.npz", **{name: data[name][::50] for name in data.files})
    rules = (PROJECT / "Makefile").read_text().replace("\\\n", "")
    (recipe,) = re.findall(r"^demo:.*\n\t@\$\(RUN\) (edgeopt .*)", rules, re.MULTILINE)
    printed = run_edgeopt(recipe.replace("examples/mnist/test.npz", "some.npz"), folder)
    assert "bit-exact: 20 of 20 samples" in printed
    varies = ("build ", "outputs  ", "accuracy  ", "95 % interval  ")
    for line in expected.splitlines():
        assert any(word in line for word in varies) or line in printed.splitlines()
