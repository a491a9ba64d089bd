#!/bin/sh
# setup.sh EXTRAS -- makes .venv with edgeopt and EXTRAS (as pip writes them, "dev" or "quantize,oracle") in it, and
# installs Debian's compilers and QEMU, for dev Chromium too, where apt-get and the right to use it are there. What
# cannot be had is said and done without: the compiler in the ziglang wheel and the virtual board need nothing but pip.
# PYTHON=python3.12 chooses the interpreter.
set -eu
cd "$(dirname "$0")/.."
extras=$1
venv=.venv

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { printf 'error: %s\nhint:  %s\n' "$1" "$2" >&2; exit 1; }

suits() { "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 12))' 2>/dev/null; }

find_python() {
    for name in ${PYTHON:-python3.12 python3.11 python3}; do
        if suits "$name"; then echo "$name"; return; fi
    done
    fail "edgeopt needs Python 3.11 or 3.12, found $(python3 --version 2>/dev/null || echo none)" \
        "install python3.11 or python3.12, or name one: make setup PYTHON=/path/to/python3.12"
}

# The system packages among $* whose command is missing; each argument is COMMAND:PACKAGE[,PACKAGE].
missing_packages() {
    for pair in "$@"; do
        command -v "${pair%%:*}" >/dev/null 2>&1 || echo "${pair#*:}" | tr ',' ' '
    done
}

install_system() {
    packages=$(missing_packages "$@" | tr '\n' ' ')
    [ -n "$packages" ] || return 0
    if ! command -v apt-get >/dev/null 2>&1; then
        say "no apt-get here; going on without: $packages"
        return 0
    fi
    as_root=
    if [ "$(id -u)" != 0 ]; then
        # sudo may ask for the password only where somebody sits at a terminal.
        if command -v sudo >/dev/null 2>&1 && { [ -t 0 ] || sudo -n true 2>/dev/null; }; then
            as_root=sudo
        else
            say "not root, and sudo cannot be used; going on without: $packages"
            return 0
        fi
    fi
    say "installing with ${as_root:+$as_root }apt-get: $packages"
    if ! { $as_root apt-get update -qq && install_packages; } >"$log" 2>&1; then
        say "apt-get failed ($(tail -n 1 "$log")); going on without: $packages"
    fi
}

install_packages() {
    # shellcheck disable=SC2086 # a list of words
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages
}

make_venv() {
    if [ -x "$venv/bin/python" ] && suits "$venv/bin/python"; then return 0; fi
    python=$(find_python)
    say "making $venv with $("$python" --version)"
    rm -rf "$venv"
    if ! "$python" -m venv "$venv" >"$log" 2>&1; then
        rm -rf "$venv"
        fail "$python cannot make a virtual environment" "its venv module is missing: sudo apt-get install python3-venv"
    fi
}

log=$(mktemp)
trap 'rm -f "$log"' EXIT
make_venv
if [ "${SYSTEM:-yes}" = yes ]; then
    tools="arm-none-eabi-gcc:gcc-arm-none-eabi qemu-system-arm:qemu-system-arm"
    case ",$extras," in *,dev,*) tools="$tools gcc:gcc,libc6-dev g++:g++" ;; esac
    # shellcheck disable=SC2086 # a list of words
    install_system $tools
    # Of its own, as not every distribution has it in a package: without it the browser tests are skipped.
    case ",$extras," in *,dev,*) install_system chromium:chromium ;; esac
    # Flashers, whose tests are skipped without them.
    flashers="openocd:openocd stm32flash:stm32flash bossac:bossa-cli teensy_loader_cli:teensy-loader-cli"
    # shellcheck disable=SC2086 # a list of words
    case ",$extras," in *,dev,*) install_system $flashers ;; esac
fi
# 0.4 GB, so only where it is the one compiler there is.
command -v arm-none-eabi-gcc >/dev/null 2>&1 || extras="$extras,toolchain"
say "installing edgeopt[$extras] into $venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --editable ".[$extras]" ||
    fail "pip could not install edgeopt[$extras]" "see what it says above; is there a network?"
