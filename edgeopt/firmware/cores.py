"""The cores that firmware is built for: compiler flags of both toolchains, what the ISA has, who can simulate it."""

from dataclasses import dataclass

from edgeopt.board import Board
from edgeopt.errors import BoardError


@dataclass(frozen=True)
class Core:
    """One processor core.

    `dsp` and `mve` say which path of kernels/eo_arch.h the compiler takes; `unicorn_model` is the suffix of Unicorn's
    UC_CPU_ARM_* constant, None where Unicorn does not have the core. No `gcc_flags`: edgeopt builds nothing for it yet.
    """

    name: str
    isa: str
    gcc_flags: tuple[str, ...]
    zig_target: str
    zig_cpu: str
    dsp: bool
    mve: bool
    unicorn_model: str | None

    @property
    def has_compiler(self) -> bool:
        return bool(self.gcc_flags)

    @property
    def zig_flags(self) -> tuple[str, ...]:
        return ("-target", self.zig_target, f"-mcpu={self.zig_cpu}")


def _gcc(cpu: str, *float_abi: str) -> tuple[str, ...]:
    return (f"-mcpu={cpu}", "-mthumb", *(float_abi or ("-mfloat-abi=soft",)))


_SOFT = "thumb-freestanding-eabi"
_HARD = "thumb-freestanding-eabihf"

# The zig names spell dsp and mve out, because its cortex_m33 and cortex_m55 do not have them otherwise.
CORES = {
    core.name: core
    for core in (
        Core("cortex-m0", "Armv6-M", _gcc("cortex-m0"), _SOFT, "cortex_m0", False, False, "CORTEX_M0"),
        Core("cortex-m0plus", "Armv6-M", _gcc("cortex-m0plus"), _SOFT, "cortex_m0plus", False, False, "CORTEX_M0"),
        Core("cortex-m3", "Armv7-M", _gcc("cortex-m3"), _SOFT, "cortex_m3", False, False, "CORTEX_M3"),
        Core(
            "cortex-m4f",
            "Armv7E-M",
            _gcc("cortex-m4", "-mfloat-abi=hard", "-mfpu=fpv4-sp-d16"),
            _HARD,
            "cortex_m4",
            True,
            False,
            "CORTEX_M4",
        ),
        Core(
            "cortex-m7f",
            "Armv7E-M",
            _gcc("cortex-m7", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"),
            _HARD,
            "cortex_m7",
            True,
            False,
            "CORTEX_M7",
        ),
        Core(
            "cortex-m33f",
            "Armv8-M Mainline",
            _gcc("cortex-m33", "-mfloat-abi=hard", "-mfpu=fpv5-sp-d16"),
            _HARD,
            "cortex_m33+dsp",
            True,
            False,
            "CORTEX_M33",
        ),
        Core(
            "cortex-m55",
            "Armv8.1-M Mainline",
            _gcc("cortex-m55", "-mfloat-abi=hard"),
            _HARD,
            "cortex_m55+mve",
            True,
            True,
            None,
        ),
        Core("xtensa-lx6", "Xtensa LX6", (), "", "", False, False, None),
        Core("xtensa-lx7", "Xtensa LX7", (), "", "", False, False, None),
        Core("rv32imc", "RV32IMC", (), "", "", False, False, None),
    )
}


def core(name: str) -> Core:
    """The core called `name`; BoardError where there is none."""
    if name not in CORES:
        raise BoardError(f"no core is called `{name}`", f"there are: {', '.join(CORES)}")
    return CORES[name]


def check_has_firmware(board: Board) -> None:
    """BoardError where edgeopt has no firmware for the board: its file says so, or nothing is built for its core."""
    if board.platform == "none" or not core(board.core).has_compiler:
        raise BoardError(
            f"edgeopt has no firmware for {board.name} yet, whose core is {board.core}",
            "take the model as a C array for an interpreter: edgeopt generate --platform carray",
        )
