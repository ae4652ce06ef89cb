"""A corpus folder as loaders of segments. What a segment is stands in segments.py."""

from __future__ import annotations

from functools import cached_property
from itertools import chain
from typing import Any

from torch.utils.data import Dataset

from aurl_core.errors import SettingError
from aurl_core.models.likelihood import Window
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.loading.data_module import HELD_OUT, CorpusData
from aurl_core.training.loading.dataset import whole_pieces
from aurl_core.training.loading.segments import HeldOutSegments, TrainingSegments, longest_bar


class SegmentData(CorpusData):
    """The splits of a corpus as segments of `bars` bars at most.

    `SettingError` if its tokens say no bar lines, or if a bar does not fit in the context.
    """

    def __init__(self, *corpus: Any, bars: int, **settings: Any) -> None:
        super().__init__(*corpus, **settings)
        self.bars = bars
        self.is_bar_V = TokenTraits.of(self.tokenizer.vocabulary).is_bar_V
        self._check_bars()

    @cached_property
    def training_windows(self) -> TrainingSegments:
        """What is learned from, without end."""
        return self._windows(TrainingSegments, bars=self.bars)

    def held_out_windows(self, split: str) -> Dataset[Window]:
        return HeldOutSegments(
            self.held_out[split], bars=self.bars, is_bar_V=self.is_bar_V, length=self.schedule.context_length
        )

    def _check_bars(self) -> None:
        """Every piece is looked at as it stands; one that is varied may come out longer, and is then cut off."""
        if not self.is_bar_V.any():
            raise SettingError(
                f"shard.tokenizer.kind {self.tokenizer.vocabulary.config.get('kind')!r} says no bar lines, of which "
                "model.mode vae and vae_gan make segments; take bar, or a miditok one with bars such as REMI"
            )
        held_out = (ids for split in HELD_OUT for ids in self.held_out[split])
        self.longest_bar = longest_bar(chain(whole_pieces(self._train, self.tokenizer), held_out), self.is_bar_V)
        if self.longest_bar > self.schedule.context_length:
            raise SettingError(
                f"model.context_length {self.schedule.context_length} is shorter than a bar: the longest bar of "
                f"{self.corpus} has {self.longest_bar} tokens; take at least as many, better as many for each of the "
                f"model.latent.bars {self.bars}"
            )
