"""What is there of what edgeopt can use: packages by extra, compilers, QEMU; and how to get what is missing."""

import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from edgeopt.device.flasher import FLASHERS, FlashTool
from edgeopt.device.ports import Comports, system_ports
from edgeopt.errors import ToolchainError
from edgeopt.firmware import find_toolchain
from edgeopt.report.meters_seen import MeterSeen, meters_seen

_PURPOSES = {  # of the extras that something here uses; pyproject.toml declares more, for what is to come
    "": "everything from a .tflite on",
    "quantize": "convert a float .tflite to integers",
    "convert": "convert .keras, .h5 and SavedModel",
    "larq": "convert and run binarized networks of Larq",
    "onnx": "convert .onnx, and compare with ONNX Runtime",
    "compress": "convert models that were trained with quantization",
    "oracle": "validate: the reference that outputs are compared with",
    "toolchain": "build, where gcc is not installed",
    "hardware": "measure with a Joulescope; debug probes",
    "dev": "work on edgeopt itself",
}
_GATHERING = ("all", "dev")  # extras that others make up
_REQUIREMENT = re.compile(r"^([A-Za-z0-9._-]+)\s*(?:\[[^]]*\])?\s*([^;]*?)\s*(?:;.*extra == ['\"]([a-z]+)['\"].*)?$")


@dataclass(frozen=True)
class Tool:
    """A command or a group of Python packages. `version` is None where it is missing, with `install` to mend that."""

    name: str
    purpose: str
    version: str | None
    install: str


@dataclass(frozen=True)
class Health:
    """`edgeopt doctor`. `compiler`: what `build` would take, None where none is; `flashers`: what `flash` uses."""

    python: str
    packages: tuple[Tool, ...]
    tools: tuple[Tool, ...]
    compiler: str | None
    flashers: tuple[Tool, ...] = ()
    meters: tuple[MeterSeen, ...] = ()


def examine(comports: Comports = system_ports) -> Health:
    """Looks at this Python's packages and at the commands on PATH; nothing is changed and nothing is fetched."""
    packages = tuple(_packages(_requirements()))
    gcc = _command("arm-none-eabi-gcc", "build", "gcc-arm-none-eabi", ["-dumpfullversion"])
    host = _command("gcc", "judge the C on this computer; compare", "gcc", ["-dumpfullversion"])
    qemu = _command("qemu-system-arm", "run --on qemu", "qemu-system-arm", ["--version"])
    try:
        compiler = str(find_toolchain())
    except ToolchainError:
        compiler = None
    flashers = tuple(_flasher(flasher) for _, flasher in FLASHERS)
    return Health(
        ".".join(map(str, sys.version_info[:3])), packages, (gcc, host, qemu), compiler, flashers, meters_seen(comports)
    )


def _requirements() -> dict[str, dict[str, str]]:
    """Extra ("" is the base) -> package -> version wanted, as the installed metadata has it."""
    wanted: dict[str, dict[str, str]] = {"": {}}
    try:
        lines = metadata.requires("edgeopt") or []
    except metadata.PackageNotFoundError:  # run from a folder, without being installed
        return wanted
    for line in lines:
        match = _REQUIREMENT.match(line)
        used = match is not None and (match[3] or "") in _PURPOSES and match[3] not in _GATHERING
        if match and used and match[1] != "edgeopt":
            wanted.setdefault(match[3] or "", {})[match[1]] = match[2]
    return wanted


def _packages(wanted: Mapping[str, Mapping[str, str]]) -> list[Tool]:
    return [_extra(extra, packages) for extra, packages in wanted.items()]


def _extra(extra: str, packages: Mapping[str, str]) -> Tool:
    name = f"edgeopt[{extra}]" if extra else "edgeopt"
    versions = {package: _version(package) for package in packages}
    complete = all(version is not None for version in versions.values())
    found = ", ".join(f"{package} {version}" for package, version in versions.items())
    return Tool(name, _PURPOSES.get(extra, ""), found if complete else None, _pip_command(extra))


def _pip_command(extra: str) -> str:
    """Installs the extra into this Python, from the checkout where it runs from one."""
    root = Path(__file__).resolve().parents[2]
    source = f"-e '{_from_here(root)}[{extra}]'" if (root / "pyproject.toml").is_file() else f"'edgeopt[{extra}]'"
    return f"{_from_here(Path(sys.executable))} -m pip install {source.replace('[]', '')}"


def _from_here(path: Path) -> str:
    """The path as one would type it in the working folder."""
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_relative_to(here) else path)


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _command(name: str, purpose: str, debian_package: str, question: list[str]) -> Tool:
    return Tool(name, purpose, _answer(name, question), f"sudo apt-get install {debian_package}")


def _flasher(flasher: FlashTool) -> Tool:
    """Its version where it tells one: a flasher may print it to stderr, and end with 1 when it is asked for help."""
    found = flasher.find()
    if found is not None and flasher.version:
        try:
            command = [found, *flasher.version]
            answer = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=20)
            version = re.search(r"\d+(\.\d+)+", answer.stdout + answer.stderr)
            found = version[0] if version else "installed"
        except (OSError, subprocess.TimeoutExpired):
            found = None
    return Tool(flasher.name, flasher.purpose, found, flasher.install)


def _answer(name: str, question: list[str]) -> str | None:
    """The version that the command tells, None where it is not there or does not work."""
    path = shutil.which(name)
    if path is None:
        return None
    try:
        answer = subprocess.run([path, *question], capture_output=True, text=True, errors="replace", timeout=20)
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"\d+(\.\d+)+", answer.stdout)
    return found[0] if answer.returncode == 0 and found else None
