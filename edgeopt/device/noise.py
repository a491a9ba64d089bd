"""How noisy a link is, from what became of the commands so far, and how long the next one had better be.

Every byte is thought to be damaged with the same probability, apart from the others. Of a few such rates the likelihood
is kept (Bayes' rule); an exchange of n bytes is whole with probability (1 - rate)^n. What lies long back counts less,
so that a burst of noise passes.
"""

import math

_RATES = (1e-6, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1)
_PRIOR = tuple(-0.7 * i for i in range(len(_RATES)))  # log; links are good until they show otherwise
_MEMORY = 0.98  # of the evidence is left after another exchange
_FAILURE_BYTES = 500  # what could have been sent while a damaged answer is waited for, and its damage noticed
_OVERHEAD_BYTES = 62  # of a command and its answer that carry data: numbers, CRC, `m-ready`
_LEAST_PARTS = 8  # a command is at least the longest one's eighth


class Noise:
    """What is known of one link."""

    def __init__(self) -> None:
        self._log = list(_PRIOR)

    def record(self, count_bytes: int, whole: bool) -> None:
        """An exchange of so many bytes in both directions came through whole, or damaged."""
        for i, rate in enumerate(_RATES):
            survives = count_bytes * math.log1p(-rate)
            seen = survives if whole else math.log(-math.expm1(survives))
            self._log[i] = _PRIOR[i] + _MEMORY * (self._log[i] - _PRIOR[i]) + seen

    def least(self, most: int) -> int:
        """The fewest units that `best` ever gives."""
        return max(1, most // _LEAST_PARTS)

    def best(self, most: int, bytes_each: float) -> int:
        """How many units of `bytes_each` bytes, `most` or fewer, a command carries for the most units a second."""
        weights = self._weights()
        sizes = sorted({max(1, most // part) for part in (1, 2, 4, _LEAST_PARTS)}, reverse=True)

        def speed(count: int) -> float:
            length = _OVERHEAD_BYTES + count * bytes_each
            expected = 0.0
            for weight, rate in zip(weights, _RATES, strict=True):
                whole = (1 - rate) ** length
                expected += weight * count * whole / (length + (1 - whole) * _FAILURE_BYTES)
            return expected

        return max(sizes, key=speed)

    def _weights(self) -> list[float]:
        top = max(self._log)
        weights = [math.exp(log - top) for log in self._log]
        return [weight / sum(weights) for weight in weights]
