"""Which serial ports there are, which is a board's, and why one cannot be opened."""

import dataclasses
import errno
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import serial
from rich.console import Console
from serial.tools.list_ports_common import ListPortInfo
from support.cli import edgeopt
from support.fake_device import build_program
from support.serial_device import on_pty

from edgeopt.board import load_board
from edgeopt.board.types import Usb
from edgeopt.device import Patience, Session, open_link
from edgeopt.device.links.serial import auto_link
from edgeopt.device.port_errors import cannot_open, holders
from edgeopt.device.ports import Port, find_port, near_ports, ports
from edgeopt.errors import PortError, UsageError
from edgeopt.firmware import with_console
from edgeopt.report.views.ports import Ports, ports_text

PROBE = Usb(("0483:374b", "0483:374e"), "ST-LINK", "none", "a test")
BOARD = dataclasses.replace(load_board("nucleo-l4r5zi"), name="with-a-probe", usb=PROBE)
OTHER = dataclasses.replace(BOARD, name="another", usb=Usb(("2e8a:000a",), "Pico", "none", "a test"))
NAMELESS = dataclasses.replace(BOARD, name="nameless", usb=None)


def info(device: str, usb_id: str = "", number: str | None = None, description: str = "n/a") -> ListPortInfo:
    port = ListPortInfo(device)
    if usb_id:
        port.vid, port.pid = (int(half, 16) for half in usb_id.split(":"))
    port.serial_number = number
    port.description = description
    return port


ST_LINK = info("/dev/ttyACM0", "0483:374b", "0672FF", "STM32 STLink")
SECOND = info("/dev/ttyACM1", "0483:374e", "0031", "STLINK-V3")
PICO = info("/dev/ttyACM2", "2e8a:000a", "E66", "Pico")
PLAIN = info("/dev/ttyS0")


def test_ports_say_what_they_may_be() -> None:
    found = ports([BOARD, OTHER, NAMELESS], lambda: [PLAIN, PICO, ST_LINK])
    assert [port.device for port in found] == ["/dev/ttyACM0", "/dev/ttyACM2", "/dev/ttyS0"]
    assert [port.boards for port in found] == [("with-a-probe",), ("another",), ()]
    assert (found[0].usb_id, found[0].serial_number, found[0].description) == ("0483:374b", "0672FF", "STM32 STLink")
    assert (found[2].usb_id, found[2].serial_number, found[2].description) == ("", "", "")


def test_what_a_device_calls_itself_may_hold_anything() -> None:
    odd = info("/dev/ttyACM0", "0483:374b", "\x1b[31m" + "9" * 500, "two\nlines")
    port = ports([BOARD], lambda: [odd])[0]
    assert port.serial_number.isprintable() and port.description == "two?lines" and len(port.serial_number) <= 80


def test_the_only_port_that_may_be_the_board_is_it() -> None:
    assert find_port(BOARD, lambda: [PLAIN, PICO, SECOND]).device == "/dev/ttyACM1"


def test_the_port_that_is_found_is_opened(tmp_path: Path) -> None:
    with on_pty(build_program(tmp_path)) as path:
        link = auto_link(BOARD, lambda: [PLAIN, PICO, info(path, "0483:374b")])(None)
        assert Session(link, patience=Patience(reply_s=20)).identity.name == "fake"
        link.close()


def test_several_ports_that_may_be_the_board_are_listed() -> None:
    with pytest.raises(PortError) as caught:
        find_port(BOARD, lambda: [SECOND, PICO, ST_LINK])
    assert caught.value.message == (
        "2 ports may be `with-a-probe`: /dev/ttyACM0 (0483:374b, serial number 0672FF, STM32 STLink); "
        "/dev/ttyACM1 (0483:374e, serial number 0031, STLINK-V3)"
    )
    assert caught.value.hint == "name one of them: serial:/dev/ttyACM0" and caught.value.exit_code == 6


@pytest.mark.parametrize(
    ("there", "words"),
    [([], "there is no serial port at all"), ([PLAIN, PICO], "there is /dev/ttyACM2 (2e8a:000a, serial number E66")],
)
def test_no_port_of_the_board(there: list[ListPortInfo], words: str) -> None:
    with pytest.raises(PortError, match="looked for ST-LINK") as caught:
        find_port(BOARD, lambda: there)
    assert words in caught.value.message and "0483:374b, 0483:374e" in caught.value.message
    assert "plugged in" in caught.value.hint


def test_a_board_whose_ids_nobody_knows() -> None:
    with pytest.raises(UsageError, match="does not say by which USB ids") as caught:
        open_link("serial:auto", NAMELESS)
    assert "edgeopt ports" in caught.value.hint and caught.value.exit_code == 2


def test_near_ports_are_named() -> None:
    hint = near_ports("/dev/ttyACM3", lambda: [PLAIN, PICO])
    assert hint == "there is /dev/ttyACM2 (2e8a:000a, serial number E66, Pico); /dev/ttyS0; `edgeopt ports` lists all"
    assert near_ports("/dev/ttyACM3", list).startswith("there is no serial port: is the board plugged in")


def refused(number: int, path: str) -> serial.SerialException:
    """As pySerial tells of it."""
    return serial.SerialException(number, f"could not open port {path}: {OSError(number, os.strerror(number), path)}")


@pytest.fixture
def terminal() -> Iterator[tuple[int, str]]:
    host, device = pty.openpty()
    yield host, os.ttyname(device)
    os.close(host)
    os.close(device)


def in_group(path: Path, gid: int, mode: int) -> str:
    path.write_text("")
    os.chown(path, -1, gid)
    path.chmod(mode)
    return str(path)


@pytest.mark.skipif(os.getuid() != 0, reason="only root gives a file to a group that it is not in")
def test_no_permission_names_the_group(tmp_path: Path) -> None:
    import grp

    group = next(group for group in grp.getgrall() if group.gr_gid not in (*os.getgroups(), os.getgid()))
    path = in_group(tmp_path / "tty", group.gr_gid, 0o660)
    error = cannot_open(path, refused(errno.EACCES, path))
    assert error.message.endswith(f"it belongs to the group `{group.gr_name}`, which you are not in")
    assert error.hint.startswith(f"sudo usermod -aG {group.gr_name} $USER") and error.exit_code == 6


@pytest.mark.parametrize("mode", [0o600, 0o000])
def test_no_permission_that_a_group_would_mend(tmp_path: Path, mode: int) -> None:
    path = in_group(tmp_path / "tty", os.getgid(), mode)
    error = cannot_open(path, refused(errno.EACCES, path))
    assert "permission denied" in error.message and "udev" in error.hint


def test_no_permission_on_what_cannot_even_be_looked_at() -> None:
    error = cannot_open("/no/such/tty", refused(errno.EACCES, "/no/such/tty"))
    assert "permission denied" in error.message and error.hint


def test_a_port_that_a_session_has_is_busy(terminal: tuple[int, str]) -> None:
    _, path = terminal
    link = open_link(f"serial:{path}", BOARD)
    with pytest.raises(PortError, match="busy by another program") as caught:
        open_link(f"serial:{path}", BOARD)
    assert caught.value.exit_code == 6 and "close that program" in caught.value.hint
    link.close()
    open_link(f"serial:{path}", BOARD).close()


def test_a_port_that_another_program_has_open_without_a_lock(terminal: tuple[int, str]) -> None:
    _, path = terminal
    script = "import sys; f = open(sys.argv[1], 'rb', buffering=0); print('open', flush=True); sys.stdin.read()"
    argv = [sys.executable, "-c", script, path]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as thief:
        assert thief.stdout is not None and thief.stdout.readline() == b"open\n"
        assert [pid for pid, _ in holders(path)] == [thief.pid]
        with pytest.raises(PortError, match=rf"busy: \S+ \(process {thief.pid}\) has it open"):
            open_link(f"serial:{path}", BOARD)
        thief.communicate()


@pytest.mark.parametrize(
    ("path", "words"),
    [("/dev/no-such-port", "there is no such port"), ("/dev/null", "it is no serial port"), ("/", "is a directory")],
)
def test_what_is_no_port(path: str, words: str) -> None:
    with pytest.raises(PortError, match=words) as caught:
        open_link(f"serial:{path}", BOARD)
    assert "plugged in" in caught.value.hint or "edgeopt ports" in caught.value.hint


@pytest.mark.parametrize(
    ("url", "words", "hint"),
    [
        ("socket://127.0.0.1:1", "connection refused", "is the server running"),
        ("rfc2217://127.0.0.1:1", "connection refused", "is the server running"),
        ("socket://127.0.0.1", "", "host and port"),
        ("nonsense://x", "", "remote ones socket://host:port"),
    ],
)
def test_urls_that_lead_nowhere(url: str, words: str, hint: str) -> None:
    with pytest.raises(PortError, match="cannot open") as caught:
        open_link(f"serial:{url}", BOARD)
    assert words in caught.value.message and hint in caught.value.hint
    assert caught.value.message.isprintable() and len(caught.value.message) < 250


@pytest.mark.parametrize("port", ["auto", "/dev/ttyACM0", "rfc2217://farm:4000"])
@pytest.mark.parametrize(("console", "hint"), [("rtt", "--on rtt:auto"), ("semihosting", "--console uart")])
def test_firmware_that_talks_through_a_debugger_has_no_port(port: str, console: str, hint: str) -> None:
    """It would be opened at 0 baud, which hangs up."""
    with pytest.raises(UsageError, match=f"its console is {console}") as caught:
        open_link(f"serial:{port}", with_console(BOARD, console))
    assert hint in caught.value.hint
    with pytest.raises(PortError, match="connection refused"):
        open_link("serial:socket://127.0.0.1:1", with_console(BOARD, console))


def test_a_port_that_vanishes_while_it_is_read(terminal: tuple[int, str]) -> None:
    host, path = terminal
    link = open_link(f"serial:{path}", BOARD)
    os.write(host, b"hello")
    assert link.read(5.0) == b"hello"
    replacement = os.open("/dev/null", os.O_RDWR)
    os.dup2(replacement, host)  # the other end of the terminal is gone, as when a cable is pulled
    os.close(replacement)
    with pytest.raises(PortError, match="failed") as caught:
        link.read(5.0)
    assert caught.value.exit_code == 6 and "still connected" in caught.value.hint
    link.close()


def test_the_verb_lists_what_the_system_has(capsys: pytest.CaptureFixture[str]) -> None:
    outcome = edgeopt(capsys, "ports", "--json")
    assert outcome.exit_code == 0 and outcome.document["schema"] == "edgeopt.ports/1"
    listed = [port["device"] for port in outcome.document["ports"]]
    text = edgeopt(capsys, "ports").stdout
    assert all(device in text for device in listed) and ("serial:PORT" in text if listed else "no serial port" in text)


def test_the_verb_looks_for_one_board(capsys: pytest.CaptureFixture[str]) -> None:
    assert edgeopt(capsys, "ports", "nucleo-l4r5zi", "--json").exit_code == 0
    assert edgeopt(capsys, "ports", "nuclea-l4r5zi").exit_code == 2


@pytest.mark.parametrize(
    ("port", "wanted", "told"),
    [
        (Port("/dev/ttyACM0", "0483:374b", "", "", ("b",)), "ST-LINK (0483:374b)", "at /dev/ttyACM0: --on serial:/dev"),
        (Port("/dev/ttyS0", "", "", "", ()), "ST-LINK (0483:374b)", "None of them is `b`'s: looked for ST-LINK"),
        (Port("/dev/ttyS0", "", "", "", ()), "", "has no USB ids"),
    ],
)
def test_the_verb_tells_which_port_is_the_board_s(port: Port, wanted: str, told: str) -> None:
    shown = Console(width=120)
    with shown.capture() as capture:
        shown.print(ports_text(Ports((port,), "b", wanted)))
    assert told in capture.get()
