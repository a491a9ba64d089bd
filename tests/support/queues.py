"""What theory says of a queue with random arrivals and a service that always takes as long: M/D/1.

The mean wait is Pollaczek and Khinchine's, W = rho D / (2 (1 - rho)), and E[W^2] = 2 W^2 + rho D^2 / (3 (1 - rho)) is
Takacs'. How far the mean over n requests may lie from W follows from them. Waits of neighbours hang together, so it is
not the waits' own spread over sqrt(n):

Let V be the work that is left. For h(x) = x^2 / (2 (1 - rho)) the generator of V gives A h(x) = -h'(x) + lambda (h(x +
D) - h(x)) = -(x - W), at x = 0 too, as h'(0) = 0. So lambda times the integral of V - W is, but for the ends, a
martingale whose jump at an arrival that finds V = x is lambda (h(x + D) - h(x)); and the sum of W_i - W is that
martingale and another one with jumps x - W. Together the jump is

    lambda (2 x D + D^2) / (2 (1 - rho)) + x - W  =  x / (1 - rho)

and the sum over n requests has the variance n E[W^2] / (1 - rho)^2. The same with h(x) = x for the share of requests
that wait: its jump is 1 for a request that waits and 0 for another, so the variance of their number is n rho. (With an
exponential service the first argument gives rho (2 + 5 rho - 4 rho^2 + rho^3) / (1 - rho)^4, which is M/M/1's, known.)
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class MD1:
    """`load` is rho, the rate of arrivals times `service`, in any unit of time."""

    load: float
    service: float

    @property
    def mean_wait(self) -> float:
        return self.load * self.service / (2 * (1 - self.load))

    @property
    def mean_square_wait(self) -> float:
        return 2 * self.mean_wait**2 + self.load * self.service**2 / (3 * (1 - self.load))

    def error_of_mean_wait(self, requests: int) -> float:
        """Standard deviation of the mean over so many requests."""
        return math.sqrt(self.mean_square_wait / requests) / (1 - self.load)

    def error_of_share_waiting(self, requests: int) -> float:
        """Standard deviation of the share of so many requests that waits; the share is `load`."""
        return math.sqrt(self.load / requests)

    def error_of_utilization(self, requests: int) -> float:
        """Of the time in which so many requests come: the sum of so many exponential gaps."""
        return self.load / math.sqrt(requests)


def waits(gaps: NDArray[np.float64], service: float) -> NDArray[np.float64]:
    """Lindley's recursion: W(i) = max(0, W(i - 1) + service - gap(i)), from an idle server on."""
    found = np.empty(len(gaps))
    wait = -service
    for i, gap in enumerate(gaps):
        wait = max(0.0, wait + service - gap)
        found[i] = wait
    return found
