"""Qoitech Otii Arc and Ace, by the TCP server of the Otii app. They feed the board, and measure what it takes.

The server does not stream: a recording runs in it, and what is new of it is fetched. Its automation needs a licence,
which is reserved while the meter is open; the user is logged in in the app.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from edgeopt.errors import DeviceError, MeterError, PortError, UsageError
from edgeopt.power.meter import METERS, MeterSpec, Opener
from edgeopt.power.otii_data import LINES, nonsense
from edgeopt.power.otii_link import OtiiError, OtiiLink
from edgeopt.power.otii_recording import Recording, Settings
from edgeopt.power.ports import MeterPort
from edgeopt.power.tcp_port import TcpPort
from edgeopt.power.trace import Block, TraceInfo

AUTO = "auto"
PORT = 1905
_LICENCES = ("Automation", "All", "Admin", "Enterprise")  # types that hold what automation needs
_POLL_S = 0.1
_HOLD_S = 0.2  # a change of a digital input may be told later than the samples about it
_OLD = ("Invalid command", "Operation not supported", "Command not valid for device type")


@dataclass(frozen=True)
class _Kind:
    rate_hz: int  # unless another is asked for
    gain_error: float
    offset_error_a: float
    supply_error: float
    source: str


_KINDS = {
    "Arc": _Kind(4000, 0.0085, 50e-9, 0.002, "0.1 % + 50 nA up to 19 mA, 150 uA (at most 0.75 %) above; remembered"),
    "Ace": _Kind(
        50_000,
        0.002,
        25e-9,
        0.002,
        "0.05 % + 25 nA at low currents (its distributor RS), rounded up; voltage remembered",
    ),
}
_KINDS["Simulator"] = _KINDS["Arc"]


class OtiiMeter:
    """A device of the server that is set up and feeds the board."""

    def __init__(
        self,
        port: MeterPort,
        settings: Settings,
        clock: Callable[[], float] = time.monotonic,
        label: str = "measured",
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._licence: int | None = None
        self._recording: Recording | None = None
        self.failure: DeviceError | None = None  # that `stop` met
        self._device = ""
        try:
            self._link = OtiiLink(port, clock)
        except BaseException:
            port.close()
            raise
        try:
            self._reserve()
            device = self._find(settings.device)
            self._device = str(device["device_id"])
            self._project = self._get_project()
            kind = _KINDS[str(device["type"])]
            rate_hz = self._set_up(settings, kind)
        except BaseException:
            self.close()
            raise
        self.info = _info(device, kind, settings, rate_hz, label)

    def start(self) -> None:
        self.failure = None
        levels = [int(bool(self._arc("arc_get_gpi", pin=line + 1).get("value"))) for line in range(len(LINES))]
        self._link.ask("project_start_recording", project_id=self._project)
        told = self._link.ask("project_get_last_recording", project_id=self._project).get("recording_id")
        if not isinstance(told, int) or told < 0:
            raise MeterError("the Otii server tells no recording after it has started one", "see the Otii app")
        self._recording = Recording(
            self._link, self._device, told, self.info.rate_hz, levels, self._settings, self._clock
        )
        self._asked_s = self._clock()

    def read(self, timeout_s: float) -> Sequence[Block]:
        end_s = self._clock() + timeout_s
        while True:
            while (left_s := min(self._asked_s + _POLL_S, end_s) - self._clock()) > 0:
                self._link.idle(left_s)
            self._asked_s = self._clock()
            blocks = [] if self._recording is None else self._recording.fetch(_HOLD_S)
            if blocks or self._clock() >= end_s:
                return blocks

    def stop(self) -> Sequence[Block]:
        recording, self._recording = self._recording, None
        if recording is None:
            return []
        blocks: list[Block] = []
        try:
            self._link.ask("project_stop_recording", project_id=self._project)
            while more := recording.fetch(0.0):
                blocks += more
        except DeviceError as error:  # what came is there
            self.failure = error
        return blocks

    def close(self) -> None:
        """Stops, switches the board off, and gives the licence back, as far as the server still answers."""
        link = self._link
        try:
            if self._recording is not None:
                link.ask("project_stop_recording", project_id=self._project)
            if self._device:
                self._arc("arc_set_main", enable=False)
            if self._licence is not None:
                link.ask("otii_return_license", license_id=self._licence)
        except DeviceError:
            pass  # it is gone, and the board with it
        link.close()

    def _arc(self, command: str, **data: Any) -> Mapping[str, Any]:
        return self._link.ask(command, device_id=self._device, **data)

    def _reserve(self) -> None:
        """Sees that somebody is logged in, and reserves a licence; servers that are too old for both need neither."""
        try:
            if not self._link.ask("otii_is_logged_in").get("logged_in"):
                raise OtiiError("otii_is_logged_in", "Not logged in", "")
            licences = self._link.ask("otii_get_licenses").get("licenses")
        except OtiiError as error:
            if error.code in _OLD:
                return
            raise
        fitting = [
            licence
            for licence in (licences if isinstance(licences, list) else [])
            if isinstance(licence, dict) and licence.get("type") in _LICENCES and licence.get("available")
        ]
        if any(licence.get("reserved_to") for licence in fitting):  # by this user, on this computer
            return
        free = [licence["id"] for licence in fitting if isinstance(licence.get("id"), int)]
        if not free:
            raise OtiiError("otii_reserve_license", "No license", "none of type Automation is free")
        self._link.ask("otii_reserve_license", license_id=free[0])
        self._licence = free[0]

    def _find(self, wanted: str) -> Mapping[str, Any]:
        told = self._link.ask("otii_get_devices", timeout=3).get("devices")
        devices = [device for device in (told if isinstance(told, list) else []) if _is_usable(device)]
        names = ", ".join(f"{device.get('name')!s:.40}" for device in devices[:4])
        fitting = [device for device in devices if wanted in ("", device.get("name"), device["device_id"])]
        if len(fitting) == 1:
            return fitting[0]
        if not devices:
            raise MeterError("the Otii server has no Arc and no Ace", "is it plugged in? Does the Otii app show it?")
        if fitting:
            raise MeterError(f"the Otii server has several devices: {names}", f"name one: device={names.split(',')[0]}")
        raise MeterError(f"the Otii server has no device `{wanted:.40}`", f"it has: {names}")

    def _get_project(self) -> int:
        project = self._link.ask("otii_get_active_project").get("project_id")
        if project in (None, -1):
            project = self._link.ask("otii_create_project").get("project_id")
        if not isinstance(project, int):
            raise nonsense()
        return project

    def _set_up(self, settings: Settings, kind: _Kind) -> int:
        """Switches the board on; -> the rate of the current's samples."""
        self._arc("arc_add_to_project")
        self._arc("arc_set_main", enable=False)
        self._arc("arc_calibrate")
        self._arc("arc_set_range", range="low")  # it changes to the high one by itself
        self._arc("arc_set_main_voltage", value=settings.volts)
        self._arc("arc_set_max_current", value=settings.limit_a)
        self._arc("arc_enable_exp_port", enable=True)
        self._arc("arc_set_exp_voltage", value=min(max(settings.volts, 1.2), 5.0))
        for channel in ("mc", "mv", *LINES):
            self._arc("arc_enable_channel", channel=channel, enable=True)
        rate_hz = self._set_rate(settings.rate_hz, kind)
        self._arc("arc_set_main", enable=True)
        return rate_hz

    def _set_rate(self, asked_hz: int | None, kind: _Kind) -> int:
        rate_hz = asked_hz or kind.rate_hz
        try:
            self._arc("arc_set_channel_samplerate", channel="mc", value=rate_hz)
        except OtiiError as error:
            if asked_hz is not None and asked_hz != kind.rate_hz:
                raise MeterError(
                    f"the Otii does not sample {asked_hz} times a second: {error.code}", f"leave out rate={asked_hz}"
                ) from None
        return rate_hz


def _is_usable(device: object) -> TypeGuard[dict[str, Any]]:
    """Whether it is a device of a known type; the server's answer may be anything."""
    if not isinstance(device, dict):
        return False
    return str(device.get("type")) in _KINDS and isinstance(device.get("device_id"), str)


def _info(device: Mapping[str, Any], kind: _Kind, settings: Settings, rate_hz: int, label: str) -> TraceInfo:
    name = "".join(c if c.isprintable() else "?" for c in str(device.get("name", "")))[:60]
    return TraceInfo(
        meter="otii",
        title=f"Qoitech Otii {device['type']}, `{name}`",
        label=label,
        rate_hz=float(rate_hz),
        supply_v=None,
        supply_source=f"set to {settings.volts:g} V, measured by the Otii",
        gain_error=kind.gain_error,
        offset_error_a=kind.offset_error_a,
        supply_error=kind.supply_error,
        clock_error=50e-6,
        accuracy_source=f"{kind.source}; clock 50 ppm (remembered)",
        digital_lines=len(LINES),
        full_scale_a=settings.limit_a,
        remarks=("it feeds the board: cut other supplies, or they feed a part of it unseen",),
    )


@METERS.register("otii")
def otii_opener(spec: MeterSpec) -> Opener:
    """`otii:auto|HOST[:PORT],volts=V[,limit=A][,rate=HZ][,device=NAME]`."""
    spec.check_keys("volts", "limit", "rate", "device")
    volts, limit_a = spec.fed_volts(0.5, 25.0), spec.number("limit", 0.001, 5.0)
    rate_hz = spec.number("rate", 1, 50_000)
    if volts is None:
        raise UsageError("the meter `otii` feeds the board: it must know its voltage", "otii:auto,volts=3.3")
    settings = Settings(
        volts, limit_a or Settings.limit_a, None if rate_hz is None else int(rate_hz), spec.options.get("device", "")
    )
    host, _, port = ("127.0.0.1" if spec.port in ("", AUTO) else spec.port).partition(":")
    if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65_536):
        raise UsageError(f"`{port:.20}` is no TCP port", f"otii:{host}:{PORT}")
    return lambda: OtiiMeter(_connect(host, int(port or PORT)), settings)


def _connect(host: str, port: int) -> MeterPort:
    try:
        return TcpPort(host, port)
    except PortError as error:
        raise PortError(error.message, "start the Otii app (version 3), and in it the TCP server") from None
