"""A recording that runs in the Otii server: what is new of it, fetched and put side by side."""

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edgeopt.errors import MeterError
from edgeopt.power.otii_data import LINES, Analog, analog, changes, count_of, levels_at
from edgeopt.power.otii_link import OtiiLink
from edgeopt.power.trace import SATURATED, Block

_MOST_AT_ONCE = 40_000  # entries of one request, as Qoitech's own client asks for them
_DEAD_S = 5.0
_UNLIKE = 0.01  # of the interval that the server tells


@dataclass(frozen=True)
class Settings:
    """`--meter otii:HOST,...`."""

    volts: float
    limit_a: float = 0.5  # at which it switches off
    rate_hz: int | None = None  # of the current; None: the device's own
    device: str = ""  # its name or id; "": the only one


class Recording:
    """`first_levels`: of the digital inputs before their first change."""

    def __init__(
        self,
        link: OtiiLink,
        device: str,
        number: int,
        rate_hz: float,
        first_levels: Sequence[int],
        settings: Settings,
        clock: Callable[[], float],
    ) -> None:
        self._link, self._clock, self._rate_hz = link, clock, rate_hz
        self._about = {"recording_id": number, "device_id": device}
        self._done = dict.fromkeys(("mc", "mv", *LINES), 0)  # entries of each channel that were fetched
        self._levels = list(first_levels)
        self._changes: list[list[tuple[float, int]]] = [[] for _ in LINES]
        self._limit_a = settings.limit_a
        self._volts = np.array([[-1.0, settings.volts]])  # times, and the voltages from then on
        self._arrived: deque[tuple[int, float]] = deque([(0, clock())])  # samples, and when they were there

    def fetch(self, hold_s: float) -> list[Block]:
        """What is new, up to `hold_s` before the newest sample: other channels may be told later."""
        count = count_of(self._ask("recording_get_channel_data_count", "mc"))
        now_s = self._clock()
        if count > self._arrived[-1][0]:
            self._arrived.append((count, now_s))
        elif hold_s and now_s - self._arrived[-1][1] > _DEAD_S:
            raise MeterError("the Otii's recording does not grow", "has it switched off? See its limit: limit=1.0 (A)")
        wanted = min(count - int(hold_s * self._rate_hz) - self._done["mc"], _MOST_AT_ONCE)
        if wanted <= 0:
            return []
        self._fetch_others()
        data = self._ask("recording_get_channel_data", "mc", index=self._done["mc"], count=wanted)
        current = analog(data)
        return [self._block(current)] if len(current.values) else []

    def _ask(self, command: str, channel: str, **data: int) -> Mapping[str, Any]:
        return self._link.ask(command, channel=channel, **self._about, **data)

    def _fetch_others(self) -> None:
        """Voltages and changes of the digital inputs, up to now."""
        for channel in ("mv", *LINES):
            left = count_of(self._ask("recording_get_channel_data_count", channel)) - self._done[channel]
            if left <= 0:
                continue
            wanted = min(left, _MOST_AT_ONCE)
            data = self._ask("recording_get_channel_data", channel, index=self._done[channel], count=wanted)
            if channel == "mv":
                volts = analog(data)
                times_s = volts.begin_s + volts.interval_s * np.arange(len(volts.values))
                self._volts = np.concatenate((self._volts, np.column_stack((times_s, volts.values))))
                self._done[channel] += len(volts.values)
            else:
                told = changes(data)
                self._changes[LINES.index(channel)] += told
                self._done[channel] += len(told)

    def _block(self, current: Analog) -> Block:
        if abs(current.interval_s * self._rate_hz - 1) > _UNLIKE:
            told_hz = 1 / current.interval_s
            raise MeterError(
                f"the Otii samples {told_hz:g} times a second, not {self._rate_hz:g}", f"say so: rate={told_hz:.0f}"
            )
        first = self._done["mc"]
        self._done["mc"] += len(current.values)
        times_s = current.begin_s + current.interval_s * np.arange(len(current.values))
        digital = np.zeros(len(times_s), dtype=np.uint8)
        for bit, events in enumerate(self._changes):
            digital |= levels_at(times_s, self._levels[bit], events) << np.uint8(bit)
        at = np.searchsorted(self._volts[:, 0], times_s, side="right") - 1
        volts: NDArray[np.float32] = self._volts[np.maximum(at, 0), 1].astype(np.float32)
        self._forget(float(times_s[-1]))
        over = np.abs(current.values) >= self._limit_a
        return Block(
            first=first,
            amps=current.values.astype(np.float32),
            volts=volts,
            digital=digital,
            quality=np.where(over, SATURATED, 0).astype(np.uint8) if over.any() else None,
            host_s=self._arrived[0][1],
        )

    def _forget(self, before_s: float) -> None:
        """What is not needed for samples after this time."""
        self._volts = self._volts[max(int(np.searchsorted(self._volts[:, 0], before_s, side="right")) - 1, 0) :]
        for bit, events in enumerate(self._changes):
            while events and events[0][0] <= before_s:
                self._levels[bit] = events.pop(0)[1]
        while len(self._arrived) > 1 and self._arrived[0][0] < self._done["mc"]:
            self._arrived.popleft()
