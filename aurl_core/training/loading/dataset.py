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
from aurl_core.score.phrases import phrase_starts
from aurl_core.score.score import Score
from aurl_core.tokens.tokenizer import Tokenizer
from aurl_core.tokens.traits import TokenTraits
from aurl_core.tokens.vocabulary import PAD
from aurl_core.training.loading.curriculum import Competence
from aurl_core.training.loading.params import SLIDING, SequenceParams
from aurl_core.training.loading.recent import Recent
from aurl_core.training.loading.sequences import Lines, starts_of

TokenIds = NDArray[np.uint16]
Variation = tuple[int, int, tuple[Kind, ...]]
"""A piece, the epoch in which it is varied, and how."""

_TOKENS_BYTES: Final = 64 << 20
"""Of pieces as they were last varied: 32 million tokens."""
_ORDERS_BYTES: Final = 16 << 20
_ANYWHERE: Final = np.zeros(0, np.int64)


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
        competence: Competence | None = None,
        tells_phrase_ends: bool = False,
    ) -> None:
        self.reader = reader
        self.tokenizer = tokenizer
        self.params = params
        self.length = length
        self.num_windows = num_windows
        self.seed = seed
        self.sequences = sequences
        self.competence = competence or Competence.full(len(reader))
        self.tells_phrase_ends = tells_phrase_ends
        self.is_bar_V = TokenTraits.of(tokenizer.vocabulary).is_bar_V
        self._starts = starts_of(sequences, reader.num_tokens[self.competence.order_P], length=length)
        self.windows_per_epoch = self._starts.num_windows
        self._order = Recent(self._shuffled, limit_bytes=_ORDERS_BYTES)
        self._tokens = Recent(self._varied, limit_bytes=_TOKENS_BYTES)
        self._phrases = Recent(self._varied_phrases, limit_bytes=_TOKENS_BYTES)
        self._phrase_ends = Recent(self._varied_phrase_ends, limit_bytes=_TOKENS_BYTES)

    def __getitem__(self, number: int) -> Window:
        random = stream(self.seed, "window", number)
        piece, share = self._start(number, random)
        shown = [self._variation(piece, number)]
        first, last = self._bounds(share, shown[0])
        filled = [self._tokens(*shown[0])[first : last + 1]]
        while self.sequences.is_filled and sum(map(len, filled)) <= self.length:
            piece = self.competence.any_piece(self._progress(number), random)
            shown.append(self._variation(piece, number))
            filled.append(self._tokens(*shown[-1]))
        window = shifted(np.concatenate(filled)[: self.length + 1])
        if not self.tells_phrase_ends:
            return window
        ends = [self._phrase_ends(*shown[0])[first : last + 1], *(self._phrase_ends(*one) for one in shown[1:])]
        return window._replace(is_phrase_end_T=np.concatenate(ends)[1 : self.length + 1])

    def planned_length(self, number: int) -> int:
        """Tokens that a window reads if its piece is shown as it stands: variations that add or drop tokens aside."""
        if self.sequences.is_filled:
            return self.length
        piece, share = self._start(number, stream(self.seed, "window", number))
        first, last = self._bounds(share, (piece, 0, ()))
        return last - first

    def _start(self, number: int, random: np.random.Generator) -> tuple[int, float]:
        """In which piece a window starts, and after which share of it."""
        epoch, place = divmod(number, self.windows_per_epoch)
        window = int(self._order(epoch)[place])
        within = self.competence.num_within(self.windows_per_epoch, self._progress(number))
        easy, share = self._starts.start(window if window < within else int(random.integers(within)), random)
        return int(self.competence.order_P[easy]), share

    def _bounds(self, share: float, shown: Variation) -> tuple[int, int]:
        """The first token that a window reads of its piece, and the last that it predicts."""
        num_tokens = len(self._tokens(*shown))
        first = self._starts.token(share, num_tokens, self._lines(shown))
        first = first if self.sequences.is_filled else min(first, num_tokens - 2)
        return first, min(first + self.length, num_tokens - 1)

    def _lines(self, shown: Variation) -> Lines:
        """Where windows may begin if the policy does not take any place."""
        if self.sequences.policy == "phrases":
            return self._phrases(*shown)
        if self.sequences.policy == "adaptive":
            return np.flatnonzero(self.is_bar_V[self._tokens(*shown)])
        return _ANYWHERE

    def _shuffled(self, epoch: int) -> NDArray[np.int64]:
        return stream(self.seed, "epoch", epoch).permutation(self.windows_per_epoch)

    def _progress(self, number: int) -> float:
        return min(1.0, number / self.num_windows)

    def _variation(self, piece: int, number: int) -> Variation:
        """How a window shows a piece."""
        epoch, piece_id = number // self.windows_per_epoch, self.reader.piece_id(piece)
        progress = self._progress(number)
        return piece, epoch, kinds_of(self.params, seed=self.seed, piece_id=piece_id, epoch=epoch, progress=progress)

    def _varied(self, piece: int, epoch: int, kinds: tuple[Kind, ...]) -> TokenIds:
        return self.tokenizer.encode(self._varied_score(piece, epoch, kinds))

    def _varied_phrases(self, piece: int, epoch: int, kinds: tuple[Kind, ...]) -> Lines:
        score, ids = self._varied_score(piece, epoch, kinds), self._tokens(piece, epoch, kinds)
        return phrase_tokens(score, ids, self.tokenizer)

    def _varied_phrase_ends(self, piece: int, epoch: int, kinds: tuple[Kind, ...]) -> NDArray[np.bool_]:
        score, ids = self._varied_score(piece, epoch, kinds), self._tokens(piece, epoch, kinds)
        return is_phrase_end(score, ids, self.tokenizer, beats=self.sequences.phrase_end_beats)

    def _varied_score(self, piece: int, epoch: int, kinds: tuple[Kind, ...]) -> Score:
        score, piece_id = self.reader.score(piece), self.reader.piece_id(piece)
        return augment(score, self.params, kinds, seed=self.seed, piece_id=piece_id, epoch=epoch)


def phrase_tokens(score: Score, ids: TokenIds, tokenizer: Tokenizer) -> Lines:
    """Where in a piece's tokens its phrases begin."""
    return tokens_at(phrase_starts(score), score, ids, tokenizer)


def is_phrase_end(score: Score, ids: TokenIds, tokenizer: Tokenizer, *, beats: float) -> NDArray[np.bool_]:
    """Per token: is it in the last `beats` quarter notes of a phrase? What ends the piece belongs to the last one."""
    starts = phrase_starts(score)
    ends = np.append(starts[1:], [score.music_end] * min(len(starts), 1))
    last_beats = np.maximum(starts, ends - round(beats * score.ticks_per_beat))
    first, after = (tokens_at(moments, score, ids, tokenizer) for moments in (last_beats, ends))
    after[-1:] = len(ids)
    steps = np.zeros(len(ids) + 1, np.int64)
    np.add.at(steps, first, 1)
    np.add.at(steps, after, -1)
    is_end: NDArray[np.bool_] = steps[:-1].cumsum() > 0
    return is_end


def tokens_at(moments: NDArray[np.int64], score: Score, ids: TokenIds, tokenizer: Tokenizer) -> Lines:
    """Where in a piece's tokens each of some moments begins: with what follows the last note before it."""
    said = tokenizer.normal_form(score)
    onset = said.notes.onset.astype(np.int64) * score.ticks_per_beat
    rounding = score.ticks_per_beat // 2  # an onset may be said half a unit early
    notes_before = np.searchsorted(onset, moments * said.ticks_per_beat - rounding)
    return np.searchsorted(np.cumsum(tokenizer.num_notes[ids], dtype=np.int64), notes_before) + (notes_before > 0)


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
