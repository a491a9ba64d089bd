"""An emulated Otii server with an Arc: the JSON requests that a measurement makes, and a recording fed by a profile."""

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from edgeopt.power.emulator import EMULATORS, Faults
from edgeopt.power.meter import Meter
from edgeopt.power.meters.otii import OtiiMeter
from edgeopt.power.otii_recording import Settings
from edgeopt.power.profile import Profile
from edgeopt.power.serving import MemoryPort

RATE_HZ = 4000
_VOLTS_HZ = 1000
_EDGE_HZ = 20_000  # at which the digital inputs are looked at
_PROJECT, _RECORDING = 1, 7


class Refusal(Exception):
    """An error's code, and its data."""

    def __init__(self, code: str, **data: Any) -> None:
        super().__init__(code)
        self.code, self.data = code, data


class OtiiEmulator:
    """One server; what is wrong with it is set from outside before it is connected to.

    Samples that `faults.lost` takes are null. The board has its supply while the main output is on.
    """

    def __init__(self, profile: Profile, faults: Faults) -> None:
        self._profile, self._faults = profile, faults
        self._random = np.random.default_rng(faults.seed)
        self.greeting: Mapping[str, Any] = {
            "type": "information",
            "info": "connected",
            "data": {"otii_version": "3.5.5", "protocol_version": "0.1", "server": "otii-server"},
        }
        self.devices = [{"device_id": "Arc0001", "name": "Arc I", "type": "Arc"}]
        self.licences = [{"id": 42, "type": "Automation", "available": True, "reserved_to": "", "hostname": ""}]
        self.logged_in = True
        self.refused: dict[str, str] = {}  # commands, and the error code that they meet
        self.asked: list[str] = []
        self.main = False
        self.began_s = 0.0  # of the last recording
        self._ended_s: float | None = None
        self._now_s = 0.0
        self._greeted = False
        self._rest = b""

    def receive(self, data: bytes, now_s: float) -> bytes:
        self._now_s = now_s
        *lines, self._rest = (self._rest + data).split(b"\n")
        return b"".join(self._answer(json.loads(line)) for line in lines)

    def stream(self, now_s: float) -> bytes:
        self._now_s = now_s
        greeted, self._greeted = self._greeted, True
        return b"" if greeted else _line(self.greeting)

    def _answer(self, request: Mapping[str, Any]) -> bytes:
        command, data = request["cmd"], request.get("data", {})
        self.asked.append(command)
        about = {"cmd": command, "trans_id": request["trans_id"]}
        try:
            if command in self.refused:
                raise Refusal(self.refused[command], message="as it was told to")
            if command.startswith("arc_") and data.get("device_id") != self.devices[0]["device_id"]:
                raise Refusal("Device not connected", device_id=data.get("device_id"))
            result = self._obey(command, data)
        except Refusal as refusal:
            return _line({"type": "error", "errorcode": refusal.code, "data": refusal.data} | about)
        return _line({"type": "progress", "progress_value": 0.5} | about) + _line(
            {"type": "response", "data": result} | about
        )

    def _obey(self, command: str, data: Mapping[str, Any]) -> Mapping[str, Any]:
        if command == "arc_get_gpi":
            level = int(self._profile.digital(np.array([self._now_s]))[0]) >> (data["pin"] - 1) & 1
            return {"value": bool(level)}
        if command == "arc_set_channel_samplerate" and data["value"] != RATE_HZ:
            raise Refusal("Invalid key value", key="value", value=data["value"])
        if command == "arc_set_main":
            self.main = data["enable"]
        elif command == "otii_reserve_license":
            self.licences[0]["reserved_to"] = "me"
        elif command == "otii_return_license":
            self.licences[0]["reserved_to"] = ""
        elif command == "project_start_recording":
            self.began_s, self._ended_s = self._now_s, None
        elif command == "project_stop_recording":
            self._ended_s = self._now_s
        elif command == "recording_get_channel_data_count":
            return {"count": self._count(data["channel"])}
        elif command == "recording_get_channel_data":
            return self._data(data["channel"], data["index"], data["count"])
        told: dict[str, Mapping[str, Any]] = {
            "otii_is_logged_in": {"logged_in": self.logged_in},
            "otii_get_licenses": {"licenses": self.licences},
            "otii_get_devices": {"devices": self.devices},
            "otii_get_active_project": {"project_id": -1},
            "otii_create_project": {"project_id": _PROJECT},
            "project_get_last_recording": {"recording_id": _RECORDING, "name": "Recording 1"},
        }
        return told.get(command, {})

    def _count(self, channel: str) -> int:
        seconds = (self._now_s if self._ended_s is None else self._ended_s) - self.began_s
        if channel in ("i1", "i2"):
            return len(self._edges(channel, seconds))
        return int(seconds * self._faults.clock * (RATE_HZ if channel == "mc" else _VOLTS_HZ))

    def _data(self, channel: str, index: int, count: int) -> Mapping[str, Any]:
        count = min(count, self._count(channel) - index)
        if channel in ("i1", "i2"):
            seconds = (self._now_s if self._ended_s is None else self._ended_s) - self.began_s
            values = self._edges(channel, seconds)[index : index + count]
            return {"data_type": "digital", "values": [{"timestamp": at, "value": level} for at, level in values]}
        rate_hz = RATE_HZ if channel == "mc" else _VOLTS_HZ
        times_s = self.began_s + (index + np.arange(count + 1)) / (rate_hz * self._faults.clock)
        analog = {"data_type": "analog", "timestamp": index / rate_hz, "interval": 1 / rate_hz}
        if channel == "mv":
            return analog | {"values": [self._profile.supply_v] * count}
        amps = np.diff(self._profile.charge_c(times_s)) / np.diff(times_s) * self._faults.gain + self._faults.offset_a
        amps = (amps + self._random.normal(0, self._faults.noise_a, count)) * self.main
        lost = self._random.random(count) < self._faults.lost
        return analog | {"values": [None if gone else float(a) for a, gone in zip(amps, lost, strict=True)]}

    def _edges(self, channel: str, seconds: float) -> list[tuple[float, bool]]:
        """The changes since the recording began, by the server's clock."""
        at_s = np.arange(1, int(seconds * _EDGE_HZ)) / _EDGE_HZ
        levels = self._profile.digital(self.began_s + np.concatenate(([0.0], at_s))) >> int(channel == "i2") & 1
        changed = np.flatnonzero(np.diff(levels.astype(np.int8)))
        return [(float(at_s[k]) * self._faults.clock, bool(levels[k + 1])) for k in changed]


def _line(message: Mapping[str, Any]) -> bytes:
    return json.dumps(message).encode() + b"\r\n"


@EMULATORS.register("otii")
def emulated_otii(profile: Profile, faults: Faults) -> Meter:
    """An Arc at 4 kHz that feeds the profile's voltage."""
    port = MemoryPort(OtiiEmulator(profile, faults), "emulated Otii server", faults.unplugged_s)
    return OtiiMeter(port, Settings(profile.supply_v), port.clock, label="simulated")
