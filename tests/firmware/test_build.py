"""Every board's firmware compiles and links with both toolchains; sizes, limits and complaints are right."""

import itertools
import shutil
import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from elftools.elf.elffile import ELFFile

from edgeopt.board import Board, board_names, load_board
from edgeopt.errors import BoardError, DoesNotFit, ToolchainError, UsageError
from edgeopt.firmware import build, core, find_toolchain, read_sizes
from edgeopt.firmware.cores import CORES
from edgeopt.firmware.sizes import allocated_sections

MakeProject = Callable[[Board], Path]


def loaded_bytes(elf: Path, board: Board) -> tuple[bytes, int]:
    """What a flasher writes, from the first to the last byte, and where: the segments at their load addresses."""
    parts = {}
    with elf.open("rb") as file:
        for segment in ELFFile(file).iter_segments("PT_LOAD"):
            if segment["p_filesz"]:
                parts[segment["p_paddr"]] = segment.data()
    first = min(parts)
    image = bytearray(max(address + len(data) for address, data in parts.items()) - first)
    for address, data in parts.items():
        image[address - first : address - first + len(data)] = data
    assert board.flash.origin <= first
    return bytes(image), first


def symbol(elf: Path, name: str) -> int:
    with elf.open("rb") as file:
        found = ELFFile(file).get_section_by_name(".symtab").get_symbol_by_name(name)
        assert found, name
        return int(found[0]["st_value"])


BUILT_FOR = [name for name in board_names() if CORES[load_board(name).core].has_compiler]


@pytest.mark.parametrize("name", BUILT_FOR)
def test_every_board_links(name: str, toolchain: str, make_project: MakeProject) -> None:
    board = load_board(name)
    folder = make_project(board)
    firmware = build(folder, board, toolchain)
    assert firmware.warnings == ()
    assert firmware.elf == folder / "build" / "firmware.elf"
    assert firmware.toolchain.startswith(toolchain)
    image, origin = loaded_bytes(firmware.elf, board)
    flash, ram = firmware.sizes.flash_bytes, firmware.sizes.ram_bytes
    assert flash.total == len(image)
    assert flash.total == flash.weights + flash.kernels + flash.model + flash.runtime
    assert flash.weights == 1024
    assert 10 < flash.kernels < 2000
    assert 100 < flash.model < 600
    assert ram.total == ram.arena + ram.static + ram.stack + ram.runtime
    assert (ram.arena, ram.static, ram.stack) == (256, 0, 4096)
    stack, reset = struct.unpack_from("<II", image, board.code_origin - origin)
    assert stack == symbol(firmware.elf, "eo_stack_top") == board.ram.origin + 4096
    assert reset == symbol(firmware.elf, "Reset_Handler")
    assert reset & 1


@pytest.mark.parametrize("optimization", ["-O0", "-O3", "-Os"])
def test_other_levels_link(optimization: str, toolchain: str, make_project: MakeProject) -> None:
    board = load_board("nucleo-l4r5zi")
    firmware = build(make_project(board), board, toolchain, optimization)
    assert firmware.optimization == optimization
    assert optimization in firmware.log.read_text()


def test_the_folder_does_not_show_in_the_elf(toolchain: str, make_project: MakeProject, tmp_path: Path) -> None:
    board = load_board("nucleo-l4r5zi")
    here = make_project(board)
    there = tmp_path / "somewhere" / "else"
    shutil.copytree(here, there)
    assert build(here, board, toolchain).elf.read_bytes() == build(there, board, toolchain).elf.read_bytes()


@pytest.mark.parametrize(("flash_bytes", "ram_bytes"), [(3072, 36_864), (131_072, 4_352)])
def test_too_small_a_board_is_told_what_is_missing(
    flash_bytes: int, ram_bytes: int, toolchain: str, make_project: MakeProject
) -> None:
    board = load_board("nucleo-g071rb")
    project = make_project(board)
    sizes = build(project, board, toolchain).sizes
    small = replace(
        board,
        flash=replace(board.flash, size_bytes=flash_bytes),
        ram=replace(board.ram, size_bytes=ram_bytes, reserve_bytes=0),
    )
    script = project / "linker.ld"
    text = script.read_text().replace("LENGTH = 131072", f"LENGTH = {flash_bytes}")
    script.write_text(text.replace("LENGTH = 36864", f"LENGTH = {ram_bytes}"))
    with pytest.raises(DoesNotFit) as caught:
        build(project, small, toolchain)
    assert "does not fit nucleo-g071rb" in caught.value.message
    if flash_bytes < sizes.flash_bytes.total:
        # Linkers tell what the image needs, give or take the padding at its end.
        missing = int(caught.value.message.split("of flash, ")[1].split(" ")[0].replace(",", ""))
        assert abs(missing - (sizes.flash_bytes.total - flash_bytes)) <= 16
    else:
        assert f"{sizes.ram_bytes.total - ram_bytes:,} B more than it has" in caught.value.message


def test_an_error_of_the_compiler_is_one_line(toolchain: str, make_project: MakeProject) -> None:
    board = load_board("nucleo-l4r5zi")
    project = make_project(board)
    (project / "model" / "eo_fake_double.c").write_text("void eo_fake_double(void) { surprise(); int = 3; }\n")
    with pytest.raises(ToolchainError) as caught:
        build(project, board, toolchain)
    assert caught.value.message.startswith("`model/eo_fake_double.c` does not compile: ")
    assert "\n" not in caught.value.message
    assert "error:" in (project / "build" / "build.log").read_text()


def test_an_undefined_function_is_named(toolchain: str, make_project: MakeProject) -> None:
    board = load_board("nucleo-l4r5zi")
    project = make_project(board)
    (project / "model" / "eo_fake_double.c").unlink()
    with pytest.raises(ToolchainError, match=r"does not link: .*eo_fake_double"):
        build(project, board, toolchain)


def test_warnings_are_told(make_project: MakeProject, toolchain: str) -> None:
    board = load_board("nucleo-l4r5zi")
    project = make_project(board)
    with (project / "model" / "eo_fake_double.c").open("a") as file:
        file.write("static int unused;\n")
    assert "unused" in " ".join(build(project, board, toolchain).warnings)


def test_no_compiler_says_how_to_install_one(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainError, match="gcc toolchain is not installed") as caught:
        find_toolchain("gcc")
    assert "apt-get install gcc-arm-none-eabi" in caught.value.hint


def test_a_folder_that_is_no_project_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="is not a firmware project"):
        build(tmp_path, load_board("nucleo-l4r5zi"))
    assert not (tmp_path / "build").exists()


def test_wrong_options_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="`-O9` is not"):
        build(tmp_path, load_board("nucleo-l4r5zi"), optimization="-O9")
    with pytest.raises(UsageError, match="no toolchain is called `iar`"):
        find_toolchain("iar")
    with pytest.raises(BoardError, match="no core is called `z80`"):
        core("z80")


def test_what_is_not_an_elf_is_refused(tmp_path: Path) -> None:
    for data in (b"", b"\x7fELF", b"hello" * 100):
        file = tmp_path / "x.elf"
        file.write_bytes(data)
        with pytest.raises(ToolchainError, match="not an ELF file"):
            read_sizes(file, load_board("nucleo-l4r5zi"))


def test_flash_sections_do_not_overlap(toolchain: str, make_project: MakeProject) -> None:
    board = load_board("raspberry-pi-pico")
    sections = [s for s in allocated_sections(build(make_project(board), board, toolchain).elf) if s.in_file]
    sections.sort(key=lambda section: section.load_address)
    assert [section.name for section in sections][:2] == [".boot", ".vectors"]
    for before, after in itertools.pairwise(sections):
        assert before.load_address + before.size_bytes <= after.load_address


def test_divisions_that_the_runtime_calls_itself_are_not_the_kernels(make_project: MakeProject) -> None:
    """Armv6-M has no division: the functions for it are there without a model, and the report says so."""
    board = load_board("raspberry-pi-pico")
    elf = build(make_project(board), board, "gcc").elf
    called = {name for path in elf.parent.glob("runtime-*.o") for name in undefined(path)}
    sections = {section.name: section for section in allocated_sections(elf)}
    runtime = sections[".runtime"]
    assert {"__aeabi_uidiv", "__aeabi_uidivmod"} <= called
    for function in called & {"__aeabi_uidiv", "__aeabi_idiv", "__aeabi_uidivmod", "__aeabi_idivmod", "__aeabi_lmul"}:
        assert 0 <= symbol(elf, function) - runtime.address < runtime.size_bytes, function


def undefined(path: Path) -> list[str]:
    with path.open("rb") as file:
        symbols = ELFFile(file).get_section_by_name(".symtab").iter_symbols()
        return [found.name for found in symbols if found["st_shndx"] == "SHN_UNDEF"]
