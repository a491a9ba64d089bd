"""Why a serial port cannot be opened, and what to do: no right to, busy, not there, no port at all."""

import errno
import os
from pathlib import Path

from edgeopt.device.ports import Comports, near_ports, system_ports
from edgeopt.errors import PortError

_BUSY = (errno.EBUSY, errno.EAGAIN, errno.EWOULDBLOCK)


def cannot_open(url: str, error: Exception, comports: Comports = system_ports, proc: Path = Path("/proc")) -> PortError:
    """The error of a port that pySerial could not open. `proc` is where the system tells of its processes."""
    cause = _cause(error)
    number = cause.errno if isinstance(cause, OSError) else None
    what = f"cannot open `{url}`"
    if number in (errno.EACCES, errno.EPERM):
        return _no_permission(url, what)
    if number in _BUSY:
        return busy(url, proc)
    if "://" in url:
        return PortError(f"{what}: {_reason(cause)}", _remote_hint(url, str(error)))
    if number == errno.ENOENT:
        return PortError(f"{what}: there is no such port", near_ports(url, comports))
    if number in (errno.ENXIO, errno.EIO, errno.ENODEV):
        return PortError(f"{what}: there is no device behind it", near_ports(url, comports))
    if number == errno.ENOTTY or "Could not configure port" in str(error):
        return PortError(f"{what}: it is no serial port", near_ports(url, comports))
    return PortError(f"{what}: {_reason(cause)}", near_ports(url, comports))


def busy(url: str, proc: Path = Path("/proc")) -> PortError:
    """The error of a port that another program has open."""
    who = holders(url, proc)
    by = f": {', '.join(f'{name} (process {pid})' for pid, name in who)} has it open" if who else " by another program"
    return PortError(
        f"`{url}` is busy{by}", "close that program (a terminal, a monitor, a test that hangs) and try again"
    )


def holders(device: str, proc: Path = Path("/proc")) -> list[tuple[int, str]]:
    """Other processes that have a device open, as far as this user may know; their numbers and names."""
    found = []
    target = os.path.realpath(device)
    for process in proc.glob("[0-9]*"):
        if int(process.name) == os.getpid():
            continue
        try:
            if any(str(entry.readlink()) == target for entry in (process / "fd").iterdir()):
                found.append((int(process.name), (process / "comm").read_text(errors="replace").strip()[:40]))
        except OSError:  # another user's, or it has ended
            continue
    return sorted(found)


def _no_permission(path: str, what: str) -> PortError:
    """Which group would let the user in."""
    try:
        import grp

        status = Path(path).stat()
        group = grp.getgrgid(status.st_gid)
    except (ImportError, OSError, KeyError):
        return PortError(f"{what}: permission denied", "who may use it? See its rights, or ask the administrator")
    if status.st_mode & 0o060 != 0o060 or group.gr_name == "root":
        hint = "its rights let only its owner in: a udev rule gives it to a group (docs/links.md)"
        return PortError(f"{what}: permission denied", hint)
    if status.st_gid in os.getgroups():
        return PortError(
            f"{what}: permission denied, although you are in its group `{group.gr_name}`", "see its rights"
        )
    return PortError(
        f"{what}: permission denied; it belongs to the group `{group.gr_name}`, which you are not in",
        f"sudo usermod -aG {group.gr_name} $USER, then log out and in again",
    )


def _cause(error: BaseException) -> BaseException:
    """The system's error, around which pySerial puts its own."""
    at: BaseException | None = error
    while at is not None:
        if isinstance(at, OSError) and at.errno is not None:
            return at
        at = at.__cause__ or at.__context__
    return error


def _reason(cause: BaseException) -> str:
    if isinstance(cause, OSError) and cause.errno is not None and cause.errno > 0:
        return os.strerror(cause.errno).lower()
    if isinstance(cause, OSError) and cause.strerror:
        return str(cause.strerror).lower()
    return " ".join(str(cause).split())[:160]


def _remote_hint(url: str, text: str) -> str:
    if "RFC2217" in text:
        return "the server does not speak RFC 2217; if it passes bytes on as they are, write socket:// instead"
    if url.startswith(("socket://", "rfc2217://")):
        return "is the server running, and are host and port right? As in serial:rfc2217://farm:4000"
    return (
        "local ports are named as they are (/dev/ttyACM0, COM3), remote ones socket://host:port or rfc2217://host:port"
    )
