"""What a UART makes of bytes that were sent at another speed."""


def received_at(data: bytes, sent_baud: int, read_baud: int) -> bytes:
    """The bytes that a receiver of `read_baud` sees on the line: 8N1, each bit sampled in its middle."""
    if sent_baud == read_baud:
        return data
    bits = [1] + [bit for byte in data for bit in (0, *(byte >> i & 1 for i in range(8)), 1)] + [1] * 10
    ratio = sent_baud / read_baud  # sender's bits in one of the receiver's

    def line(at: float) -> int:
        return bits[min(int(at), len(bits) - 1)]

    found = bytearray()
    at = 0
    while at < len(bits) - 10:
        if bits[at] == 1:
            at += 1
            continue
        if line(at + 0.5 * ratio) == 0:  # a start bit, and no spike
            found.append(sum(line(at + (i + 1.5) * ratio) << i for i in range(8)))
            at = int(at + 9.5 * ratio)
            while at < len(bits) and bits[at] == 0:  # framing error: the next byte begins after the line is idle again
                at += 1
        at += 1
    return bytes(found)
