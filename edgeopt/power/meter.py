"""Meters: what measures current, all alike to the recorder. A new kind of meter is one file in `meters/`."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from edgeopt.errors import UsageError
from edgeopt.power.trace import Block, TraceInfo
from edgeopt.registry import Registry


class Meter(Protocol):
    """One meter that is open, set up, and (where it feeds the board) has switched the board's supply on.

    All calls raise DeviceError (MeterError, PortError ...) where the meter fails or is gone. `read` is called from one
    thread only; `stop` and `close` after it has ended.
    """

    @property
    def info(self) -> TraceInfo: ...

    def start(self) -> None:
        """Begins to sample; what was sampled before is thrown away."""
        ...

    def read(self, timeout_s: float) -> Sequence[Block]:
        """What has come, in order, after waiting for at least one block; () if none comes within `timeout_s`."""
        ...

    def stop(self) -> Sequence[Block]:
        """Ends the sampling; what was still on its way.

        What fails here, or failed in `read` after the last blocks that it gave, costs nothing of that: it is then
        in the optional attribute `failure: DeviceError | None`. A driver that has nothing left to give may raise it.
        """
        ...

    def close(self) -> None: ...


@dataclass(frozen=True)
class MeterSpec:
    """`--meter KIND[:PORT][,KEY=VALUE]...`. `board_v`: the supply voltage that the board's file tells, if any."""

    kind: str
    port: str = ""
    options: Mapping[str, str] = field(default_factory=dict)
    board_v: float | None = None

    def fed_volts(self, least: float, most: float) -> float | None:
        """What a meter that feeds the board is to give: the option `volts`, else what the board's file tells."""
        volts = self.number("volts", least, most)
        if volts is None and self.board_v is not None and least <= self.board_v <= most:
            return self.board_v
        return volts

    def number(self, key: str, least: float, most: float) -> float | None:
        """An option as a number within bounds; None where it is not given, UsageError where it is wrong."""
        text = self.options.get(key)
        if text is None:
            return None
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not least <= value <= most:
            raise UsageError(
                f"`{key}={text:.40}` of the meter `{self.kind}` cannot be", f"a number from {least:g} to {most:g}"
            )
        return value

    def check_keys(self, *known: str) -> None:
        """UsageError for an option that the meter does not have."""
        for key in self.options:
            if key not in known:
                hint = f"it has: {', '.join(known)}" if known else "it has no options"
                raise UsageError(f"the meter `{self.kind}` has no option `{key:.40}`", hint)


Opener = Callable[[], Meter]

# Checks the port and the options: what cannot work is known before anything is opened.
METERS: Registry[Callable[[MeterSpec], Opener]] = Registry("meter", "edgeopt.power.meters")


def parse_meter(text: str) -> MeterSpec:
    """`ppk2:auto`, `ppk2:/dev/ttyACM0,volts=3.0` -> MeterSpec; UsageError where it is not of that form."""
    kind, _, rest = text.partition(":")
    port, *pairs = rest.split(",")
    if "," in kind:  # `emulated,volts=3`: options without a port
        kind, *pairs = text.split(",")
        port = ""
    options: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not key or not value:
            raise UsageError(f"`{pair:.40}` of `{text:.80}` is no option", "write ppk2:auto,volts=3.0")
        if key in options:
            raise UsageError(f"`{key:.40}` stands twice in `{text:.80}`", "leave one of them out")
        options[key] = value
    return MeterSpec(kind.lower(), port, options)


def meter_opener(text: str) -> Opener:
    """What opens the meter that `text` names; UsageError where there is no such meter, or not so."""
    spec = parse_meter(text)
    return METERS.get(spec.kind)(spec)
