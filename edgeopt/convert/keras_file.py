"""Keras files read as data: the version that wrote them and their configuration, without Keras. In the worker."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

from edgeopt.convert.safety.hdf5 import check_hdf5
from edgeopt.errors import MalformedModel

HDF5 = b"\x89HDF\r\n\x1a\n"
_MAX_JSON_BYTES = 2**26
_AGAIN = "save or download it again"


def read_keras_file(path: Path, where: str, trusted: bool) -> tuple[str, Any]:
    """(Keras version that wrote the file, the model's configuration); its arrays are looked at and not read.

    MalformedModel where the file has no network or is damaged, UnsupportedModel where it holds objects.
    """
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if name.endswith(".h5"):
                    _check_weights(io.BytesIO(_member(archive, name, where)), f"{where}: {name}", trusted)
            metadata = _json(_member(archive, "metadata.json", where, _MAX_JSON_BYTES), where)
            config = _json(_member(archive, "config.json", where, _MAX_JSON_BYTES), where)
            return str(metadata.get("keras_version", "")) if isinstance(metadata, dict) else "", config
    version, config = _check_weights(path, where, trusted)
    if config is None:
        raise MalformedModel(
            f"{where}: holds weights without a network", "save the whole model: model.save(path), not save_weights"
        )
    return _text(version), _json(config, where)


def _check_weights(file: Path | io.BytesIO, where: str, trusted: bool) -> tuple[Any, Any]:
    """Attributes of a sound HDF5 file: (Keras version, configuration or None)."""
    import h5py

    try:
        with h5py.File(file, "r") as opened:
            check_hdf5(opened, where, trusted)
            return opened.attrs.get("keras_version", ""), opened.attrs.get("model_config")
    except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
        raise MalformedModel(f"{where}: is not a sound HDF5 file: {error}"[:300], "download it again") from None


def _member(archive: zipfile.ZipFile, name: str, where: str, limit_bytes: int = 2**62) -> bytes:
    try:
        if archive.getinfo(name).file_size > limit_bytes:
            raise MalformedModel(f"{where}: its `{name}` is larger than {limit_bytes} bytes", "is it a Keras file?")
        return archive.read(name)
    except (KeyError, zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError):
        raise MalformedModel(f"{where}: its `{name}` is missing or damaged", _AGAIN) from None


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _json(text: Any, where: str) -> Any:
    try:
        return json.loads(_text(text))
    except (ValueError, RecursionError):
        raise MalformedModel(f"{where}: its configuration is not JSON", _AGAIN) from None
