"""The loader refuses everything but a sound board file, naming file and key."""

import json
import random
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from edgeopt.board import Board, Figure, Pin, Usb, WatchdogTimer, load_board
from edgeopt.errors import BoardError
from edgeopt.resources import boards_dir


def leaves(table: dict[str, Any], prefix: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in table.items():
        if isinstance(value, dict):
            yield from leaves(value, (*prefix, key))
        else:
            yield (*prefix, key)


def dump(table: dict[str, Any], prefix: tuple[str, ...] = ()) -> str:
    """TOML of nested tables of texts, numbers, truth values, lists of texts and lists of tables."""
    lines = [f"[{'.'.join(prefix)}]"] if prefix else []
    nested = []
    for key, value in table.items():
        if isinstance(value, dict):
            nested.append(dump(value, (*prefix, key)))
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            name = (*prefix, key)
            nested += [dump(one, name).replace(f"[{'.'.join(name)}]", f"[[{'.'.join(name)}]]") for one in value]
        else:
            lines.append(f"{key} = {json.dumps(value)}")  # of these types JSON writes what TOML reads
    return "\n".join(lines + nested)


def content_of(name: str) -> dict[str, Any]:
    return tomllib.loads((boards_dir() / f"{name}.toml").read_text())


def parent_of(content: dict[str, Any], path: tuple[str, ...]) -> dict[str, Any]:
    for key in path[:-1]:
        content = content[key]
    return content


def refused(tmp_path: Path, text: str) -> str:
    """The message with which the loader refuses `text`."""
    file = tmp_path / "wrong.toml"
    file.write_text(text)
    with pytest.raises(BoardError) as caught:
        load_board(file)
    assert str(file) in caught.value.message
    assert "\n" not in caught.value.message
    assert caught.value.hint
    return caught.value.message


MAY_BE_LEFT_OUT = ("settings", "flashers", "verified", "irq")
NEEDED = [path for path in leaves(content_of("nucleo-l4r5zi")) if path[-1] not in MAY_BE_LEFT_OUT]


@pytest.mark.parametrize("path", NEEDED, ids=".".join)
def test_a_missing_or_mistyped_key_is_named(path: tuple[str, ...], tmp_path: Path) -> None:
    missing = content_of("nucleo-l4r5zi")
    del parent_of(missing, path)[path[-1]]
    assert f"`{'.'.join(path)}` is missing" in refused(tmp_path, dump(missing))
    mistyped = content_of("nucleo-l4r5zi")
    parent = parent_of(mistyped, path)
    parent[path[-1]] = True if not isinstance(parent[path[-1]], bool) else 1
    assert f"`{'.'.join(path)}` must be" in refused(tmp_path, dump(mistyped))


@pytest.mark.parametrize("table", ["", "clock", "memory", "memory.ram", "flash_timing", "power.active_ma", "console"])
def test_an_unknown_key_is_named(table: str, tmp_path: Path) -> None:
    content = content_of("nucleo-l4r5zi")
    inner = content
    for key in table.split(".") if table else []:
        inner = inner[key]
    inner["surprise"] = 1
    assert f"`{table + '.' if table else ''}surprise` is unknown" in refused(tmp_path, dump(content))


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("core", "cortex-m4"),
        ("name", "Nucleo"),
        ("name", ""),
        ("mcu_setup", "../stm32l4r5"),
        ("platform", "bare/metal"),
        ("clock.hz", 0),
        ("clock.hz", -120_000_000),
        ("clock.hz", 10**12),
        ("memory.flash.size_bytes", 0),
        ("memory.flash.size_bytes", 1 << 40),
        ("memory.flash.origin", 0xFFFF_F000),
        ("memory.flash.origin", 0x0800_0001),
        ("memory.ram.origin", 0x0800_0000),
        ("memory.ram.reserve_bytes", 655_360),
        ("flash_timing.wait_states", 256),
        ("flash_timing.access_bytes", 0),
        ("flash_timing.access_bytes", 12),
        ("flash_timing.cache_line_bytes", 0),
        ("flash_timing.cache_line_bytes", 12),
        ("flash_timing.ways", 3),
        ("flash_timing.unified", True),
        ("flash_timing.kind", "unknown"),
        ("power.active_ma.value", -1.0),
        ("power.active_ma.kind", "guessed"),
        ("power.active_ma.kind", "unknown"),
        ("power.active_ma.low", 30.0),
        ("power.active_ma.high", 20.0),
        ("power.regulator", "buck"),
        ("power.sleep_ua.value", 0.0),
        ("memory.ram.wait_states", -1),
        ("memory.ram.cached", "yes"),
        ("clock.settings", 80_000_000),
        ("console.base", 0x4000_8001),
        ("console.kind", "usb"),
        ("console.baud", 1),
        ("timer.kind", "sundial"),
        ("link", "qemu"),
        ("title", "two\nlines"),
    ],
)
def test_a_value_out_of_range_is_named(path: str, value: object, tmp_path: Path) -> None:
    content = content_of("nucleo-l4r5zi")
    keys = tuple(path.split("."))
    parent_of(content, keys)[keys[-1]] = value
    message = refused(tmp_path, dump(content))
    assert keys[0] in message


SETTING: dict[str, Any] = {
    "hz": 80_000_000,
    "wait_states": 4,
    "source": "a test",
    "active_ma": {"value": 9.0, "low": 8.0, "high": 9.5, "kind": "measured", "source": "a test"},
}


def with_settings(*settings: dict[str, Any]) -> dict[str, Any]:
    content = content_of("nucleo-g071rb")
    content["clock"]["settings"] = list(settings)
    return content


def test_clock_settings_are_read(tmp_path: Path) -> None:
    file = tmp_path / "two.toml"
    file.write_text(dump(with_settings(SETTING, {**SETTING, "hz": 16_000_000})))
    settings = load_board(file).clock_settings
    assert [setting.hz for setting in settings] == [80_000_000, 16_000_000]
    assert settings[0].active_ma == Figure(9.0, "measured", "a test", 8.0, 9.5)


def test_wrong_clock_settings_are_named(tmp_path: Path) -> None:
    assert "has 80000000 Hz twice" in refused(tmp_path, dump(with_settings(SETTING, SETTING)))
    assert "has 64000000 Hz twice" in refused(tmp_path, dump(with_settings({**SETTING, "hz": 64_000_000})))
    assert "`clock.settings[1].mhz` is unknown" in refused(
        tmp_path, dump(with_settings(SETTING, {**SETTING, "hz": 1_000_000, "mhz": 1}))
    )
    missing = {key: value for key, value in SETTING.items() if key != "wait_states"}
    assert "`clock.settings[0].wait_states` is missing" in refused(tmp_path, dump(with_settings(missing)))


def test_a_spread_has_both_ends_and_holds_the_value(tmp_path: Path) -> None:
    half = content_of("nucleo-l4r5zi")
    half["power"]["wake_us"] = {"value": 5.0, "low": 4.0, "kind": "measured", "source": "a test"}
    assert "`power.wake_us.high` is missing" in refused(tmp_path, dump(half))
    half["power"]["wake_us"] = {"value": 5.0, "low": 5.5, "high": 6.0, "kind": "measured", "source": "a test"}
    assert "must lie in its own spread 5.5..6" in refused(tmp_path, dump(half))
    half["power"]["wake_us"] = {"low": 4.0, "high": 5.0, "kind": "unknown", "source": "a test"}
    assert "`power.wake_us.low` must be absent" in refused(tmp_path, dump(half))


def test_a_board_asleep_draws_no_less_than_its_chip(tmp_path: Path) -> None:
    content = content_of("nucleo-l4r5zi")
    content["power"]["board_sleep_ua"] = {"value": 1.0, "kind": "measured", "source": "a test"}
    assert "what the chip alone draws" in refused(tmp_path, dump(content))


def test_a_supply_ranges_upwards(tmp_path: Path) -> None:
    content = content_of("nucleo-l4r5zi")
    content["power"]["supply_max_v"]["value"] = 1.2
    assert "`power.supply_max_v` is less than `supply_min_v`, 1.71" in refused(tmp_path, dump(content))


def test_without_a_cache_nothing_tells_of_one(tmp_path: Path) -> None:
    content = content_of("nucleo-l4r5zi")
    content["flash_timing"] |= {"icache_bytes": 0, "dcache_bytes": 0}
    assert "`flash_timing.cache_line_bytes` tells of a cache" in refused(tmp_path, dump(content))
    content["flash_timing"]["cache_line_bytes"] = 0
    file = tmp_path / "plain.toml"
    file.write_text(dump(content))
    timing = load_board(file).flash_timing
    assert timing is not None
    assert timing.icache_bytes == timing.dcache_bytes == timing.ways == 0


PIN: dict[str, Any] = {
    "kind": "stm32_gpio",
    "pin": "PB2",
    "base": 0x4800_0400,
    "number": 2,
    "enable_register": 0x4002_104C,
    "enable_bit": 1,
    "source": "a test",
}
WATCHDOG: dict[str, Any] = {"kind": "stm32_iwdg", "base": 0x4000_3000, "source": "a test"}
USB: dict[str, Any] = {"ids": ["0483:374b", "0483:374e"], "name": "a probe", "source": "a test"}
FLASHERS = [{"tool": "pyocd", "args": ["flash"]}, {"tool": "openocd", "args": []}]


def with_parts(**changes: Any) -> dict[str, Any]:
    """A board with everything that may be left out, one table of it changed."""
    content = content_of("nucleo-g071rb") | {"pin": PIN, "watchdog": WATCHDOG, "usb": USB, "flashers": FLASHERS}
    content["verified"] = "compiled"
    content["console"] = content["console"] | {"irq": 28}
    for table, change in changes.items():
        content[table] = {**content[table], **change} if isinstance(change, dict) else change
    return content


def test_parts_that_may_be_left_out_are_read(tmp_path: Path) -> None:
    file = tmp_path / "whole.toml"
    file.write_text(dump(with_parts()))
    board = load_board(file)
    assert board.pin == Pin("stm32_gpio", "PB2", 0x4800_0400, 2, 0x4002_104C, 1, "a test")
    assert board.watchdog == WatchdogTimer("stm32_iwdg", 0x4000_3000, "a test")
    assert board.usb == Usb(("0483:374b", "0483:374e"), "a probe", "none", "a test")
    assert [flasher.tool for flasher in board.flashers] == ["pyocd", "openocd"]
    assert (board.verified, board.console.irq) == ("compiled", 28)


def test_parts_left_out_are_none(tmp_path: Path) -> None:
    content = with_parts()
    for key in ("pin", "watchdog", "usb", "flashers", "verified"):
        del content[key]
    del content["console"]["irq"]
    file = tmp_path / "bare.toml"
    file.write_text(dump(content))
    board = load_board(file)
    assert (board.pin, board.watchdog, board.usb, board.flashers) == (None, None, None, ())
    assert (board.verified, board.console.irq) == ("none", None)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"console": {"irq": 480}}, "`console.irq`"),
        ({"console": {"irq": -1}}, "`console.irq`"),
        ({"pin": {"kind": "nrf_gpio"}}, "`pin.enable_register` must be absent where kind is `nrf_gpio`"),
        ({"pin": {"kind": "gpio"}}, "`pin.kind`"),
        ({"pin": {"number": 16}}, "`pin.number`"),
        ({"pin": {"base": 2}}, "`pin.base`"),
        ({"pin": {"enable_bit": 32}}, "`pin.enable_bit`"),
        ({"pin": {"level": 1}}, "`pin.level` is unknown"),
        ({"watchdog": {"kind": "dog"}}, "`watchdog.kind`"),
        ({"watchdog": {"surprise": 1}}, "`watchdog.surprise` is unknown"),
        ({"usb": {"ids": []}}, "`usb.ids` is empty"),
        ({"usb": {"ids": ["0483:374B"]}}, "`usb.ids` must be a list of texts that match"),
        ({"usb": {"ids": ["0483:374b"] * 2}}, "`usb.ids` has '0483:374b' twice"),
        ({"usb": {"ids": "0483:374b"}}, "`usb.ids` must be a list of texts"),
        ({"usb": {"reset": "esd"}}, "`usb.reset`"),
        ({"usb": {"vendor": "ST"}}, "`usb.vendor` is unknown"),
        ({"flashers": [*FLASHERS, {"tool": "pyocd", "args": []}]}, "`flashers[2].tool` has 'pyocd' twice"),
        ({"flashers": [{"tool": "../pyocd", "args": []}]}, "`flashers[0].tool`"),
        ({"flashers": [{"tool": "pyocd"}]}, "`flashers[0].args` is missing"),
        ({"flashers": [{"tool": "pyocd", "args": ["x"] * 41}]}, "`flashers[0].args` has more than 40"),
        ({"flashers": ["pyocd"]}, "`flashers` must be a list of tables"),
        ({"flasher": {"tool": "pyocd", "args": []}}, "`flasher` is a list now: write [[flashers]]"),
        ({"verified": "hardware"}, "`verified`"),
        ({"verified": "qemu"}, "`verified` is `qemu`, but there is no [qemu] table"),
    ],
)
def test_a_wrong_part_is_named(changes: dict[str, Any], message: str, tmp_path: Path) -> None:
    content = with_parts(**{key: value for key, value in changes.items() if key != "flasher"})
    if "flasher" in changes:
        content["flasher"] = changes["flasher"]
    assert message in refused(tmp_path, dump(content))


@pytest.mark.parametrize(("kind", "most"), [("nrf_gpio", 31), ("rp2040_sio", 31), ("cmsdk_gpio", 15)])
def test_a_pin_is_one_of_its_port(kind: str, most: int, tmp_path: Path) -> None:
    pin = {"kind": kind, "pin": "GPIO", "base": 0x4001_0000, "number": most, "source": "a test"}
    content = content_of("mps2-an385") | {"pin": pin}
    file = tmp_path / "most.toml"
    file.write_text(dump(content))
    assert load_board(file).pin == Pin(kind, "GPIO", 0x4001_0000, most, None, None, "a test")
    assert "`pin.number`" in refused(tmp_path, dump(content | {"pin": pin | {"number": most + 1}}))


def test_without_firmware_nothing_is_verified(tmp_path: Path) -> None:
    content = content_of("esp32-devkit") | {"verified": "compiled"}
    assert "`verified` is `compiled`, but there is no firmware" in refused(tmp_path, dump(content))


def test_nan_is_not_a_current(tmp_path: Path) -> None:
    text = (boards_dir() / "nucleo-l4r5zi.toml").read_text().replace("value = 24.6", "value = nan")
    assert "`power.active_ma.value`" in refused(tmp_path, text)


def test_what_is_not_toml_is_refused(tmp_path: Path) -> None:
    assert "not a TOML file" in refused(tmp_path, "name = ")
    assert "not a TOML file" in refused(tmp_path, "a = " + "[" * 5000)
    assert "larger than" in refused(tmp_path, "#" * 100_000)
    (tmp_path / "folder.toml").mkdir()
    with pytest.raises(BoardError, match="cannot be read"):
        load_board(tmp_path / "folder.toml")
    with pytest.raises(BoardError, match="cannot be read"):
        load_board(tmp_path / "absent.toml")


def test_damaged_files_give_a_board_or_an_error(tmp_path: Path) -> None:
    seed = random.randrange(1 << 32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    good = (boards_dir() / "nucleo-g071rb.toml").read_bytes()
    errors = 0
    for _ in range(300):
        data = bytearray(good)
        for _ in range(chance.randint(1, 3)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        file = tmp_path / "damaged.toml"
        file.write_bytes(data)
        try:
            assert isinstance(load_board(file), Board)
        except BoardError as error:
            errors += 1
            assert re.match(re.escape(str(file)), error.message)
    assert errors > 100
