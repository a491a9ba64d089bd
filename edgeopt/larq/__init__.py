"""Binarized networks: layers as the Larq Compute Engine has them become an integer graph, bits inside.

The Engine computes in bits and float32. Here a float tensor is a source of whole numbers (a count of differing bits, a
sum, a quantized value) and the float steps behind it (`values`, `sources`, `steps`), which are done only when somebody
reads them: a sign turns them into a comparison of the whole numbers, exact for each of them (`signs`); whoever needs
the values themselves gets int16 on a calibrated scale (`streams`). `rules` has a function for each operator.
"""

from edgeopt.larq.lowering import lower
from edgeopt.larq.work import Network

__all__ = ["Network", "lower"]
