"""Bytes into lines, however they come, with no more memory than the longest line."""


class LineSplitter:
    """What is longer than `longest` bytes without an end is thrown away up to the next end."""

    def __init__(self, longest: int) -> None:
        self._longest = longest
        self._rest = b""
        self._skipping = False

    def feed(self, data: bytes) -> list[bytes]:
        """The lines that are complete now, without their ends; an empty one for each that was too long."""
        *lines, rest = (self._rest + data).split(b"\n")
        if self._skipping and lines:
            lines[0] = b""
            self._skipping = False
        if len(rest) > self._longest:
            self._skipping = True
        self._rest = b"" if self._skipping else rest
        return [line.rstrip(b"\r") if len(line) <= self._longest else b"" for line in lines]
