"""Requests to Qoitech's Otii server: one JSON object a line over TCP, the answer found by its `trans_id`.

Found in otii-tcp-client 1.0.13 (MIT), otii_connection.py and otii_exception.py.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

from edgeopt.errors import MeterError
from edgeopt.power.ports import MeterPort

_LONGEST_LINE = 1 << 24
_ANSWER_S = 10.0
_GREETING_S = 3.0

# What the server's error codes mean for whoever measures.
_HINTS = {
    "Not logged in": "log in in the Otii app, or with `otii_control login`; then try again",
    "Could not login": "log in in the Otii app, or with `otii_control login`; then try again",
    "No license": "it needs a licence of Otii Automation (Toolbox): reserve one in the app, or see your account",
    "License could not be reserved": "somebody else has it reserved: return it there, or wait",
    "Connection denied": "another program is connected to the server: end it",
    "Device not connected": "is the Otii still plugged in, and has it power?",
    "Not ready": "wait until the app has found the device, then try again",
}


class OtiiError(MeterError):
    """The server refused a request; `code` is its `errorcode`."""

    def __init__(self, request: str, code: str, told: str) -> None:
        what = f"the Otii server refuses `{request}`: {code}{f', {told}' if told and told != code else ''}"
        super().__init__(what, _HINTS.get(code, "see the Otii app; is it of version 3?"))
        self.code = code


class OtiiLink:
    """A connection to the server. MeterError where it is none, PortError where it is gone."""

    def __init__(self, port: MeterPort, clock: Callable[[], float] = time.monotonic) -> None:
        self._port = port
        self._clock = clock
        self._rest = bytearray()
        self._number = 0
        greeting = self._receive(self._clock() + _GREETING_S)
        if greeting is None:
            raise MeterError("what is at the port does not greet as an Otii server does", "is it the Otii app's port?")
        if greeting.get("type") == "error":
            raise OtiiError("connect", _text(greeting.get("errorcode")), "")
        if greeting.get("info") != "connected":
            raise _nonsense("its greeting", greeting)
        self.version = _text(_mapping(greeting.get("data")).get("otii_version"))

    def ask(self, command: str, **data: Any) -> Mapping[str, Any]:
        """The answer's `data`; OtiiError where the server refuses."""
        self._number += 1
        number = str(self._number)
        request = {"type": "request", "cmd": command, "trans_id": number} | ({"data": data} if data else {})
        self._port.write(json.dumps(request).encode() + b"\r\n")
        end_s = self._clock() + _ANSWER_S
        while True:
            message = self._receive(end_s)
            if message is None:
                raise MeterError(
                    f"the Otii server does not answer `{command}` within {_ANSWER_S:g} s", "restart the Otii app"
                )
            if message.get("type") in ("information", "progress") or message.get("trans_id") != number:
                continue  # for others, or of a request that was given up
            if message["type"] == "error":
                told = _mapping(message.get("data"))
                raise OtiiError(command, _text(message.get("errorcode")), _text(told.get("message", "")))
            if message["type"] != "response":
                raise _nonsense(f"the answer to `{command}`", message)
            return _mapping(message.get("data"))

    def idle(self, seconds: float) -> None:
        """So long, or until something comes."""
        self._rest += self._port.read(seconds)

    def close(self) -> None:
        self._port.close()

    def _receive(self, end_s: float) -> Mapping[str, Any] | None:
        """The next message; None if none comes in time."""
        searched = 0
        while (at := self._rest.find(b"\n", searched)) < 0:
            searched = len(self._rest)
            if searched > _LONGEST_LINE:
                raise MeterError("the Otii server sends no end of a line", "is it the Otii app's port?")
            data = self._port.read(max(end_s - self._clock(), 0.0))
            if not data and self._clock() >= end_s:
                return None
            self._rest += data
        line = bytes(self._rest[:at])
        del self._rest[: at + 1]
        try:
            message = json.loads(line)
        except (ValueError, RecursionError):
            raise _nonsense("a line of it", line[:80]) from None
        if not isinstance(message, dict) or not isinstance(message.get("type"), str):
            raise _nonsense("a line of it", line[:80])
        return message


def _nonsense(what: str, found: object) -> MeterError:
    shown = "".join(c if c.isprintable() else "?" for c in str(found))[:80]
    return MeterError(f"this is no Otii server: {what} is {shown}", "is it the Otii app's port (1905)?")


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return "".join(c if c.isprintable() else "?" for c in str(value))[:120]
