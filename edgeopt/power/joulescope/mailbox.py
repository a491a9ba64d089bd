"""From the threads of pyjoulescope_driver to the thread that reads."""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

Letter = tuple[str, Mapping[str, Any]]  # topic and value


class Mailbox:
    """Holds at most `most_bytes` of samples; what comes then is thrown away. `wait` waits so many seconds, or less."""

    def __init__(self, wait: Callable[[float], None] | None, most_bytes: int) -> None:
        self._lock = threading.Lock()
        self._event = threading.Event()
        self._wait = wait
        self._letters: deque[Letter] = deque()
        self._bytes = 0
        self._most_bytes = most_bytes

    def put(self, topic: str, value: Mapping[str, Any]) -> None:
        size = int(getattr(value.get("data"), "nbytes", 0)) if isinstance(value, Mapping) else 0
        with self._lock:
            if self._bytes + size <= self._most_bytes:
                self._letters.append((topic, value))
                self._bytes += size
        self._event.set()

    def take(self, timeout_s: float) -> list[Letter]:
        if not self._letters:
            if self._wait is None:
                self._event.wait(timeout_s)
            else:
                self._wait(timeout_s)
        with self._lock:
            letters, self._bytes = list(self._letters), 0
            self._letters.clear()
            self._event.clear()
        return letters
