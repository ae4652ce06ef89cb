"""The file in a checkpoint that holds the state: compressed, opened, read. Lightning writes it."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

import pyarrow as pa
import torch
from torch import Tensor

from aurl_core.errors import InputError

STATE_FILE: Final = "state.ckpt"
_PACKED_FILE: Final = f"{STATE_FILE}.zst"
_CHUNK_BYTES: Final = 1 << 20


def pack(folder: Path, compression: Literal["none", "zstd"]) -> None:
    """Compress the state in `folder`, if it is to be and is one file."""
    plain = folder / STATE_FILE
    if compression == "none" or not plain.is_file():
        return
    with plain.open("rb") as source, pa.CompressedOutputStream(str(folder / _PACKED_FILE), compression) as target:
        shutil.copyfileobj(source, target, _CHUNK_BYTES)
    plain.unlink()


@contextmanager
def opened(folder: Path) -> Iterator[Path]:
    """The state in `folder` as Lightning reads it; what was compressed is unpacked for as long as the block takes."""
    packed = folder / _PACKED_FILE
    if not packed.is_file():
        yield folder / STATE_FILE
        return
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}.", dir=folder.parent) as room:
        plain = Path(room) / STATE_FILE
        with pa.CompressedInputStream(str(packed), "zstd") as source, plain.open("wb") as target:
            shutil.copyfileobj(source, target, _CHUNK_BYTES)
        yield plain


def weights_of(folder: Path) -> dict[str, Tensor]:
    """The weights of the network that a state shows, by their names in it, on the CPU: see `Learner.shown`.

    `InputError` if several processes hold them in parts.
    """
    with opened(folder) as path:
        if path.is_dir():
            raise InputError(
                f"{folder} holds the parts of several processes (train.strategy.kind fsdp, tensor or pipeline), which "
                "only a training puts together: let it end, and its model is in paths.data"
            )
        weights: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)["shown"]
    return weights
