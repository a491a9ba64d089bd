"""`edgeopt run`: the figures of functions and layers add up, flame graphs hold the same, and what is refused."""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from support.arm_programs import assemble
from support.cli import Outcome, edgeopt

from edgeopt.board import load_board

PROGRAM = """
    .type work, %function
    .type leaf, %function
Reset_Handler:
    bl work
    bl work
    bl done
    movs r0, #0x18
    ldr r1, =0x20026
    bkpt 0xab
    .pool
work:
    push {r4, lr}
    movs r4, #100
1:  bl leaf
    subs r4, #1
    bne 1b
    pop {r4, pc}
leaf:
    ldr r0, =0x12345678
    bx lr
    .pool
    .type done, %function
done:
    bx lr
"""


@pytest.fixture
def elf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A program in the working folder."""
    monkeypatch.chdir(tmp_path)
    return assemble(PROGRAM, load_board("nucleo-l4r5zi"), tmp_path).name


@pytest.fixture
def project(
    tmp_path: Path, small_model: bytes, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> str:
    """A folder with built firmware."""
    pytest.importorskip("unicorn", reason="pip install unicorn")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.tflite").write_bytes(small_model)
    assert edgeopt(capsys, "generate", "small.tflite", "-o", "out").exit_code == 0
    assert edgeopt(capsys, "build", "out").exit_code == 0
    return "out"


def weights(path: str) -> dict[str, int]:
    """What each first name of a folded file has."""
    found: dict[str, int] = {}
    for line in Path(path).read_text().splitlines():
        names, weight = line.rsplit(" ", 1)
        first = names.split(";")[0]
        found[first] = found.get(first, 0) + int(weight)
    return found


def function_sums(document: dict[str, Any]) -> list[int]:
    return [sum(row[name] for row in document["functions"].values()) for name in ("instructions", "cycles", "stalls")]


def test_functions_of_a_program(elf: str, capsys: pytest.CaptureFixture[str]) -> None:
    ran = edgeopt(capsys, "run", elf, "--flame", "flame.folded", "--json").document
    assert ran["schema"] == "edgeopt.program/2"
    assert function_sums(ran) == [ran["instructions"]["value"], ran["cycles"]["value"], ran["stalls"]]
    assert ran["stalls"] > 0 and "5 wait states" in ran["cycles"]["source"]
    assert ran["functions"]["leaf"]["instructions"] == 2 * 100 * 2
    assert sum(weights("flame.folded").values()) == ran["cycles"]["value"]
    assert "Reset_Handler;work;leaf " in Path("flame.folded").read_text()
    text = edgeopt(capsys, "run", elf).stdout
    assert all(word in text for word in ("cycles", "stalls", "share", "leaf"))


def test_ideal_memory(elf: str, capsys: pytest.CaptureFixture[str]) -> None:
    timed, ideal = (edgeopt(capsys, "run", elf, "--json", *flags).document for flags in ((), ("--ideal-memory",)))
    assert ideal["stalls"] == 0 and "zero wait states" in ideal["cycles"]["source"]
    assert timed["cycles"]["value"] == ideal["cycles"]["value"] + timed["stalls"]
    assert timed["instructions"]["value"] == ideal["instructions"]["value"]


def test_a_section_alone(elf: str, capsys: pytest.CaptureFixture[str]) -> None:
    ran = edgeopt(capsys, "run", elf, "--between", "work,done", "--flame", "part.svg", "--json").document
    assert function_sums(ran)[0] == ran["instructions"]["value"]
    root = ElementTree.parse("part.svg").getroot()
    assert f"{ran['cycles']['value']:,.0f} cycles" in root.attrib["aria-label"]


@pytest.mark.usefixtures("any_toolchain")
def test_layers_and_the_rest_are_the_run(project: str, capsys: pytest.CaptureFixture[str]) -> None:
    outcome = edgeopt(capsys, "run", project, "--flame", "flame.folded", "--json")
    ran = outcome.document
    assert function_sums(ran) == [ran["instructions"]["value"], ran["cycles"]["value"], ran["stalls"]]
    found = weights("flame.folded")
    rest = found.pop("outside of layers")
    layers = ran["layers"]
    assert list(found.values()) == [layer["cycles"]["value"] for layer in layers]
    assert [name.split()[0] for name in found] == ["0", "1", "2", "3"]
    assert all(0 < layer["stalls"] < layer["cycles"]["value"] for layer in layers)
    # the layers are from an inference of their own, which finds the caches as the others left them
    assert sum(found.values()) + rest == pytest.approx(ran["cycles"]["value"], rel=0.05)
    assert "stalls" in edgeopt(capsys, "run", project).stdout
    ideal = edgeopt(capsys, "run", project, "--ideal-memory", "--json").document
    assert ideal["stalls"] == 0 and ideal["cycles"]["value"] == ran["cycles"]["value"] - ran["stalls"]
    assert ideal["board"] == "nucleo-l4r5zi" and "virtual board" in ideal["cycles"]["source"]


def refused(outcome: Outcome, *words: str) -> bool:
    lines = outcome.stderr.splitlines()
    assert len(lines) == 2 and lines[1].startswith("hint:  "), outcome.stderr
    return outcome.exit_code == 2 and all(word in lines[0] for word in words)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--flame", "flame.png"), ("neither .svg nor .folded",)),
        (("--flame", "no/such/flame.svg"), ("there is no folder `no/such`",)),
        (("--flame", "f.svg", "--on", "qemu"), ("`--flame`", "`qemu`")),
        (("--ideal-memory", "--on", "serial:/dev/ttyACM0"), ("`--ideal-memory`", "serial")),
    ],
)
def test_refused(
    arguments: tuple[str, ...], words: tuple[str, ...], elf: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(edgeopt(capsys, "run", elf, *arguments), *words)
