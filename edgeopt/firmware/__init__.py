"""Firmware: platform templates, toolchains, the ELF and its sizes."""

from edgeopt.firmware.baud import with_baud
from edgeopt.firmware.build import OPTIMIZATIONS, Firmware, build
from edgeopt.firmware.config import MLPERF, config_values
from edgeopt.firmware.cores import CORES, Core, core
from edgeopt.firmware.networks import NetworkBytes
from edgeopt.firmware.sizes import FlashBytes, RamBytes, Sizes, read_sizes
from edgeopt.firmware.template import platforms, with_console, write_platform
from edgeopt.firmware.toolchain import Toolchain, find_toolchain

__all__ = [
    "CORES",
    "MLPERF",
    "OPTIMIZATIONS",
    "Core",
    "Firmware",
    "FlashBytes",
    "NetworkBytes",
    "RamBytes",
    "Sizes",
    "Toolchain",
    "build",
    "config_values",
    "core",
    "find_toolchain",
    "platforms",
    "read_sizes",
    "with_baud",
    "with_console",
    "write_platform",
]
