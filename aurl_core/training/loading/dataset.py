"""Pieces as windows of tokens, tokenized and varied on the fly. Which of them make a batch is said in batches.py.

A training window starts in a piece where the sequence policy says (sequences.py) and, where that ends, goes on with
other pieces from their beginnings, so that it is always full: no token of the budget is spent on padding.

Any window can be made by its number alone, which also says how far the training has come, and so how likely each kind
of variation is; a resumed run therefore goes on where it was without replaying anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from torch.utils.data import Dataset

from aurl_core.augmentation.params import AugmentParams
from aurl_core.augmentation.policy import Kind, augment, kinds_of, num_transpositions
from aurl_core.corpus.cache import SplitReader
from aurl_core.models.likelihood import IGNORED, Window, strided_windows
from aurl_core.random_streams import stream
from aurl_core.tokens.tokenizer import Tokenizer
from aurl_core.tokens.traits import TokenTraits
from aurl_core.tokens.vocabulary import PAD
from aurl_core.training.loading.params import SLIDING, SequenceParams
from aurl_core.training.loading.recent import Recent
from aurl_core.training.loading.sequences import starts_of

TokenIds = NDArray[np.uint16]

_TOKENS_BYTES: Final = 64 << 20
"""Of pieces as they were last varied: 32 million tokens."""
_ORDERS_BYTES: Final = 16 << 20


class TrainingWindows(Dataset[Window]):
    """Windows of the training split, numbered without end; how many an epoch has, the sequence policy says.

    `num_windows` is how many of them the whole training shows.
    """

    def __init__(
        self,
        reader: SplitReader,
        tokenizer: Tokenizer,
        params: AugmentParams,
        *,
        length: int,
        num_windows: int,
        seed: int,
        sequences: SequenceParams = SLIDING,
    ) -> None:
        self.reader = reader
        self.tokenizer = tokenizer
        self.params = params
        self.length = length
        self.num_windows = num_windows
        self.seed = seed
        is_bar_V = TokenTraits.of(tokenizer.vocabulary).is_bar_V
        self._starts = starts_of(sequences, reader.num_tokens, length=length, is_bar_V=is_bar_V)
        self.windows_per_epoch = self._starts.num_windows
        self._order = Recent(self._shuffled, limit_bytes=_ORDERS_BYTES)
        self._tokens = Recent(self._varied, limit_bytes=_TOKENS_BYTES)

    def __getitem__(self, number: int) -> Window:
        rng = stream(self.seed, "window", number)
        piece, share = self._start(number, rng)
        ids = self._shown(piece, number)
        filled = [ids[self._starts.token(share, ids) :]]
        while sum(map(len, filled)) <= self.length:
            filled.append(self._shown(int(rng.integers(len(self.reader))), number))
        return shifted(np.concatenate(filled)[: self.length + 1])

    def _start(self, number: int, rng: np.random.Generator) -> tuple[int, float]:
        """In which piece a window starts, and after which share of it."""
        epoch, place = divmod(number, self.windows_per_epoch)
        return self._starts.start(int(self._order(epoch)[place]), rng)

    def _shuffled(self, epoch: int) -> NDArray[np.int64]:
        return stream(self.seed, "epoch", epoch).permutation(self.windows_per_epoch)

    def _shown(self, piece: int, number: int) -> TokenIds:
        """A piece's tokens as a window shows them."""
        epoch, progress = number // self.windows_per_epoch, min(1.0, number / self.num_windows)
        piece_id = self.reader.piece_id(piece)
        kinds = kinds_of(self.params, seed=self.seed, piece_id=piece_id, epoch=epoch, progress=progress)
        return self._tokens(piece, epoch, kinds)

    def _varied(self, piece: int, epoch: int, kinds: tuple[Kind, ...]) -> TokenIds:
        score, piece_id = self.reader.score(piece), self.reader.piece_id(piece)
        return self.tokenizer.encode(augment(score, self.params, kinds, seed=self.seed, piece_id=piece_id, epoch=epoch))


def shifted(ids: TokenIds) -> Window:
    """What is read, and as targets what follows each of it; padding is never a target."""
    targets = ids[1:].astype(np.int64)
    return Window(ids[:-1].astype(np.int64), np.where(targets == PAD, IGNORED, targets))


def whole_pieces(reader: SplitReader, tokenizer: Tokenizer) -> Iterator[TokenIds]:
    """Each piece's tokens, not varied."""
    return (tokenizer.encode(reader.score(piece)) for piece in range(len(reader)))


def varied_pieces(reader: SplitReader, tokenizer: Tokenizer, params: AugmentParams, *, seed: int) -> Iterator[TokenIds]:
    """Each piece's tokens as training varies them: once in each key that it may be shown in, the other kinds as likely
    as they are from the training's beginning to its end."""
    for piece in range(len(reader)):
        score, piece_id = reader.score(piece), reader.piece_id(piece)
        num_epochs = num_transpositions(score, params)
        for epoch in range(num_epochs):
            kinds = kinds_of(params, seed=seed, piece_id=piece_id, epoch=epoch, progress=epoch / num_epochs)
            yield tokenizer.encode(augment(score, params, kinds, seed=seed, piece_id=piece_id, epoch=epoch))


class HeldOutWindows(Dataset[Window]):
    """Windows of a held-out split in which every token is predicted once, shortest first."""

    def __init__(self, pieces: Sequence[TokenIds], *, length: int) -> None:
        windows = (
            window for ids in pieces for window in strided_windows(ids, length=length, stride=max(1, length // 2))
        )
        self.windows = sorted(windows, key=lambda window: len(window.token_ids_T))

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, number: int) -> Window:
        return self.windows[number]
