"""The fake device with its timestamp pin in view."""

import ctypes

from support.fake_device import LibraryLink


class PinLink(LibraryLink):
    """A device whose timestamp pin is watched."""

    def pin(self) -> list[tuple[int, int]]:
        """When the pin was set since the start, in ticks, and to what."""
        ticks, level = ctypes.c_uint32(), ctypes.c_uint32()
        changes: list[tuple[int, int]] = []
        while len(changes) < self._device.fake_pin(len(changes), ctypes.byref(ticks), ctypes.byref(level)):
            changes.append((ticks.value, level.value))
        return changes
