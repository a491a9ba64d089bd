"""UART with EasyDMA of Nordic's nRF52 (nRF52840 product specification, section 6.34)."""

from edgeopt.simulate.peripherals import PERIPHERALS
from edgeopt.simulate.peripherals.register_bank import RegisterBank

_STARTRX, _STOPRX, _STARTTX = 0x000, 0x004, 0x008
_RXDRDY, _ENDRX, _TXDRDY, _ENDTX, _RXSTARTED, _TXSTARTED = 0x108, 0x110, 0x11C, 0x120, 0x14C, 0x150
_ENABLE, _SHORTS, _INTENSET = 0x500, 0x200, 0x304
_RX_POINTER, _RX_MOST, _RX_AMOUNT = 0x534, 0x538, 0x53C
_TX_POINTER, _TX_MOST, _TX_AMOUNT = 0x544, 0x548, 0x54C
_ENABLED = 8
_ENDRX_STARTRX = 1 << 5
_RXDRDY_OR_ENDRX = 1 << 2 | 1 << 4  # of INTENSET


@PERIPHERALS.register("nrf_uarte")
class NrfUarte(RegisterBank):
    """Moves bytes between the console and RAM while it is enabled and started. What is sent is out at once.

    The pointer and size of a buffer are taken over when its transfer starts, as the chip's double-buffered registers
    are. Bytes come into RAM only where the program looks at their events, so that the console knows that it waits.
    """

    size_bytes = 0x1000
    _buffer: tuple[int, int] | None = None  # where the next byte goes, and how many more fit; None: not receiving
    _amount = 0

    def read(self, offset: int) -> int:
        if offset in (_ENDRX, _RXDRDY):
            self._receive()
            return self.registers.get(offset, 0)
        if offset in (_ENDTX, _TXDRDY, _RXSTARTED, _TXSTARTED, _RX_AMOUNT, _TX_AMOUNT, _ENABLE):
            return self.registers.get(offset, 0)
        return 0 if offset < _RXDRDY else super().read(offset)  # tasks read as 0

    def write(self, offset: int, value: int) -> None:
        super().write(offset, value)
        if not value or self.registers.get(_ENABLE) != _ENABLED:
            return
        if offset == _STARTRX:
            self._start()
        elif offset == _STOPRX:
            self._buffer = None
        elif offset == _STARTTX:
            self._send()

    def listens(self) -> bool:
        return self._buffer is not None and bool(self.registers.get(_INTENSET, 0) & _RXDRDY_OR_ENDRX)

    def _start(self) -> None:
        self._buffer = self.registers.get(_RX_POINTER, 0), self.registers.get(_RX_MOST, 0)
        self._amount = 0
        self.registers[_RXSTARTED] = 1

    def _receive(self) -> None:
        """One byte more, where the buffer has room and the program has seen the last one's event."""
        if self._buffer is None or self.registers.get(_ENDRX) or not self.machine.console.has_input():
            return
        address, room = self._buffer
        self.machine.store(address, bytes((self.machine.console.receive() or 0,)))
        self._amount += 1
        self._buffer = address + 1, room - 1
        self.registers[_RXDRDY] = 1
        if room <= 1:
            self.registers[_ENDRX], self.registers[_RX_AMOUNT] = 1, self._amount
            self._buffer = None
            if self.registers.get(_SHORTS, 0) & _ENDRX_STARTRX:
                self._start()

    def _send(self) -> None:
        data = self.machine.load(self.registers.get(_TX_POINTER, 0), self.registers.get(_TX_MOST, 0))
        self.machine.console.send(data)
        self.registers[_TX_AMOUNT] = len(data)
        for event in (_TXSTARTED, _TXDRDY, _ENDTX):
            self.registers[event] = 1
