"""The errors that edgeopt raises on purpose: one line that says what is wrong and where, a hint, an exit code.

EdgeoptError                 1  internal
├── UsageError               2  the command line, a configuration file or a data file is wrong
│   └── BoardError           2  a board file is wrong, or there is no such board
├── ModelError               3  the model cannot be used
│   ├── MalformedModel       3  the file is damaged or not a model
│   └── UnsupportedModel     3  the file is sound, but has what edgeopt does not do (all of it named at once)
├── OverBudget               4  a limit is broken
│   └── DoesNotFit           4  flash or RAM of the board is too small
├── OutputsDiffer            5  the device and the oracle disagree, or the outputs are unusable
│   └── InputsDrifted        5  what a device is given is no longer what its network was calibrated with
├── DeviceError              6  device, link, flasher or meter
│   ├── PortError            6  a port cannot be opened, or has vanished
│   ├── MeterError           6  a power meter fails, or what it delivers cannot be used
│   ├── DeviceRestarted      6  the device restarted, and what a network remembered is lost
│   ├── LinkTimeout          6  nothing came in time
│   └── ProtocolError        6  what came is not the protocol, or is damaged
└── ToolchainError           7  a compiler or another tool is missing or failed
"""

from typing import Any, ClassVar


class EdgeoptError(Exception):
    """Base of all errors meant for the user. `message` is one line; `hint` says what to do next."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(EdgeoptError):
    exit_code = 2


class BoardError(UsageError):
    pass


class ModelError(EdgeoptError):
    exit_code = 3


class MalformedModel(ModelError):
    pass


class UnsupportedModel(ModelError):
    pass


class OverBudget(EdgeoptError):
    exit_code = 4


class DoesNotFit(OverBudget):
    pass


class OutputsDiffer(EdgeoptError):
    exit_code = 5


class InputsDrifted(OutputsDiffer):
    pass


class DeviceError(EdgeoptError):
    exit_code = 6


class PortError(DeviceError):
    pass


class MeterError(DeviceError):
    pass


class DeviceRestarted(DeviceError):
    """`crash`: what the device told of a fault (an edgeopt.device.crash.Crash), None if it told of none."""

    def __init__(self, message: str, hint: str = "", crash: Any = None) -> None:
        super().__init__(message, hint)
        self.crash = crash


class LinkTimeout(DeviceError):
    pass


class ProtocolError(DeviceError):
    pass


class ToolchainError(EdgeoptError):
    exit_code = 7
