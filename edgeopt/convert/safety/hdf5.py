"""HDF5 files: no other file is reached through them, no array is larger than it may be, and all hold plain numbers."""

from __future__ import annotations

from typing import Any

from edgeopt.convert.safety.archives import check_size
from edgeopt.errors import MalformedModel, UnsupportedModel

_AGAIN = "save or download it again"
_NUMBERS = "biufcSU"  # numpy's kinds of numbers and of text of fixed size


def check_hdf5(file: Any, where: str, trusted: bool) -> None:
    """Looks at every object of an open h5py.File and reads none of their data. MalformedModel, UnsupportedModel."""
    import h5py

    total_bytes = 0

    def check_link(name: str, link: Any) -> None:
        if isinstance(link, h5py.ExternalLink):
            raise MalformedModel(f"{where}: its `{name}` is a link to the file `{link.filename}`", _AGAIN)

    def check_object(name: str, item: Any) -> None:
        nonlocal total_bytes
        if not isinstance(item, h5py.Dataset):
            return
        if item.external or item.is_virtual:
            raise MalformedModel(f"{where}: the data of its `{name}` lie in another file", _AGAIN)
        if not trusted and item.dtype.kind not in _NUMBERS and h5py.check_string_dtype(item.dtype) is None:
            raise UnsupportedModel(
                f"{where}: its `{name}` holds {item.dtype}, which may be pickled objects",
                "save the model without it, or say that you trust it: --trust-model",
            )
        total_bytes += (item.size or 0) * item.dtype.itemsize
        check_size(total_bytes, where)

    # h5py lets what these functions raise through
    file.visititems_links(check_link)
    file.visititems(check_object)
