"""Which pieces of the training split are shown, by what the corpus says of them, or by chance."""

from __future__ import annotations

import numpy as np

from aurl_core.corpus.cache import SplitReader
from aurl_core.errors import SettingError
from aurl_core.random_streams import stream
from aurl_core.training.protocol.params import PieceParams


def chosen(reader: SplitReader, params: PieceParams) -> SplitReader:
    """The reader of the pieces that the settings ask for: of each column one of its values; `SettingError` if there are
    none."""
    if not params.chosen:
        return reader
    found = {column: reader.column(column).to_pylist() for column in params.chosen}
    is_chosen = [
        all(found[column][piece] in values for column, values in params.chosen.items()) for piece in range(len(reader))
    ]
    if not any(is_chosen):
        there = {column: sorted({str(one) for one in values}) for column, values in found.items()}
        raise SettingError(
            f"train.protocol.pieces {params.chosen}: no piece of the training split is of these; there are {there}"
        )
    return reader.only(np.flatnonzero(is_chosen))


def share_of(reader: SplitReader, share: float, *, seed: int) -> SplitReader:
    """The reader of a share of the pieces, at least one: the first ones of an order that is the seed's."""
    if share == 1:
        return reader
    order = stream(seed, "share of pieces").permutation(len(reader))
    return reader.only(np.sort(order[: max(1, round(share * len(reader)))]))
