"""Random inputs that host and device both make from a seed; twin of `fill` in eo_extension.c."""

from collections.abc import Iterator, Sequence
from typing import overload

import numpy as np

from edgeopt.ir import Array, Tensor

_MASK = 0xFFFF_FFFF


def random_bytes(seed: int, count: int) -> bytes:
    """`count` bytes of xorshift32 from `seed`, 1 to 2^32 - 1, four a number, the lowest first (Marsaglia 2003)."""
    words = []
    x = seed
    for _ in range(-(-count // 4)):
        x ^= x << 13 & _MASK
        x ^= x >> 17
        x ^= x << 5 & _MASK
        words.append(x)
    return np.array(words, "<u4").tobytes()[:count]


def input_seed(seed: int, index: int) -> int:
    """The seed of input `index` of the sample `seed`; never 0."""
    return (seed + index * 0x9E37_79B9) % _MASK + 1


class RandomSample(Sequence[Array]):
    """The sample `seed` for these inputs: one array of random bytes an input."""

    def __init__(self, seed: int, inputs: Sequence[Tensor]) -> None:
        self.seed = seed
        self._arrays = [
            np.frombuffer(random_bytes(input_seed(seed, i), t.size_bytes), np.dtype(t.dtype).newbyteorder("<")).reshape(
                t.shape
            )
            for i, t in enumerate(inputs)
        ]

    @overload
    def __getitem__(self, index: int) -> Array: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Array]: ...
    def __getitem__(self, index: int | slice) -> Array | Sequence[Array]:
        return self._arrays[index]

    def __len__(self) -> int:
        return len(self._arrays)

    def __iter__(self) -> Iterator[Array]:
        return iter(self._arrays)
