"""The examples of docs/protocol.md, run against the firmware's protocol code, and its tables against that code."""

import re
from pathlib import Path

from support.fake_device import BANNER, ENERGY_BANNER, build_program, talk

from edgeopt.resources import firmware_templates_dir

DOCS = Path(__file__).parents[2] / "docs" / "protocol.md"
COMMON = firmware_templates_dir() / "common"


def test_the_examples_are_what_happens(tmp_path: Path) -> None:
    program = build_program(tmp_path)
    blocks = re.findall(r"```wire\n(.*?)```", DOCS.read_text(), re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        sent, wanted = exchange(block)
        assert talk(program, sent) == wanted.removeprefix(BANNER)


def test_the_example_of_energy_mode_is_what_happens(tmp_path: Path) -> None:
    program = build_program(tmp_path, ENERGY_MODE="1")
    (block,) = re.findall(r"```wire-energy\n(.*?)```", DOCS.read_text(), re.DOTALL)
    sent, wanted = exchange(block)
    assert ENERGY_BANNER + talk(program, sent, ENERGY_BANNER) == wanted


def exchange(block: str) -> tuple[bytes, bytes]:
    """What an example sends, and what is to come back."""
    lines = block.splitlines()
    sent = "".join(line[2:] for line in lines if line.startswith("> "))
    wanted = "".join(line[2:] + "\r\n" for line in lines if line.startswith("< "))
    return sent.encode(), wanted.encode()


def test_every_error_and_command_is_described() -> None:
    text = " ".join(DOCS.read_text().split())
    official = "".join(path.read_text() for path in sorted(COMMON.glob("eo_protocol*.c")))
    messages = re.findall(r"e-\[(Command '[^\]]*|In[^\]]*?)(?:'|\])", official)
    assert len(messages) == 7
    for message in messages:
        assert message in text, message
    extension = (COMMON / "eo_extension.c").read_text()
    commands = re.findall(r'\{"(\w+)", eo_command_\w+\}', extension)
    assert len(commands) >= 12
    for command in commands:
        assert re.search(rf"\| `{command}[ `]", text), command
    for reason in re.findall(r'eo_bad_\w+\[\] = "(\w+)"', extension):
        assert f"`{reason}`" in text, reason
