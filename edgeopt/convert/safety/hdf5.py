"""HDF5 files: no other file is reached through them, no array is larger than it may be, and all hold plain numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from edgeopt.convert.safety.archives import check_size
from edgeopt.errors import MalformedModel, UnsupportedModel

_AGAIN = "save or download it again"
_NUMBERS = "biufcSU"  # numpy's kinds of numbers and of text of fixed size


def check_hdf5(file: Any, where: str, trusted: bool) -> None:
    """Looks at every object of an open h5py.File and reads none of their data. MalformedModel, UnsupportedModel."""
    import h5py

    total_bytes = 0
    for name, item in _arrays(file, where):
        if item.external or item.is_virtual:
            raise MalformedModel(f"{where}: the data of its `{name}` lie in another file", _AGAIN)
        if not trusted and item.dtype.kind not in _NUMBERS and h5py.check_string_dtype(item.dtype) is None:
            raise UnsupportedModel(
                f"{where}: its `{name}` holds {item.dtype}, which may be pickled objects",
                "save the model without it, or say that you trust it: --trust-model",
            )
        total_bytes += (item.size or 0) * item.dtype.itemsize
        check_size(total_bytes, where)


def _arrays(file: Any, where: str) -> Iterator[tuple[str, Any]]:
    """Every array once, by one of its names. A soft link leads to what has a name of its own, or to nothing."""
    import h5py

    pending, seen = [("", file)], {_address(file)}
    while pending:
        prefix, group = pending.pop()
        for name in group:
            link, path = group.get(name, getlink=True), f"{prefix}{name}"
            if isinstance(link, h5py.ExternalLink):
                raise MalformedModel(f"{where}: its `{path}` is a link to the file `{link.filename}`", _AGAIN)
            if isinstance(link, h5py.SoftLink) or _address(item := group[name]) in seen:
                continue
            seen.add(_address(item))
            if isinstance(item, h5py.Group):
                pending.append((f"{path}/", item))
            elif isinstance(item, h5py.Dataset):
                yield path, item


def _address(item: Any) -> int:
    """Where in the file an object lies: it may have several names, and contain itself."""
    import h5py

    return int(h5py.h5o.get_info(item.id).addr)
