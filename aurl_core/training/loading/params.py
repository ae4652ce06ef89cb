"""How a corpus becomes batches: `train.sequences`, `train.batching` and `train.curriculum`.

What is done lives in sequences.py, buckets.py and curriculum.py.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from aurl_core.section import Section


class SequenceParams(Section):
    """Where the windows that a model learns from begin and end."""

    policy: Literal["sliding", "truncate", "adaptive", "phrases"] = "sliding"
    """`sliding`: anywhere in a piece, so that all tokens are shown equally often. `truncate`: with the piece, and what
    lies beyond the context is never shown. `adaptive`: pieces that fit in the context are shown whole; in longer ones
    a window begins with the piece or at a bar line (anywhere if the tokens say no bars). `phrases`: as adaptive, but
    where a phrase begins. reports/shard.json says what each of the first three comes to."""
    stride: float = Field(default=1.0, gt=0, le=1)
    """For all but `truncate`: contexts from one window to the next in an epoch. At 0.5 an epoch shows each token
    twice, in windows that begin elsewhere."""
    is_filled: bool = True
    """Where its piece ends a window goes on with others, so that it is always full; if not, it ends there, and shows
    one piece alone."""
    phrase_end_beats: float = Field(default=2.0, gt=0)
    """Quarter notes at the end of a phrase that the loss `phrase_end_cross_entropy` looks at."""


class InOrderConfig(Section):
    """A batch is the `train.batch_size` windows that come next; what is shorter than the longest of them is padded."""

    kind: Literal["windows"]


class BucketsConfig(Section):
    """A batch is windows of about the same length, as many as `train.batch_size` windows of a full context have
    tokens."""

    kind: Literal["buckets"]
    pool: int = Field(default=16, ge=1)
    """The windows of so many batches are sorted by length together. More pad less and mix less."""


BatchingConfig = Annotated[InOrderConfig | BucketsConfig, Field(discriminator="kind")]


class LengthParams(Section):
    """From short contexts to the full one: a step keeps its tokens, cut into more, shorter windows."""

    start: int = Field(default=0, ge=0)
    """Tokens of the first context at least: `model.context_length` halved as often as it stays that long; 0 is off."""
    until: float = Field(default=0.5, gt=0, le=1)
    """Share of the training after which the context is full; each length before takes as long as the others."""


class ComplexityParams(Section):
    """From easy pieces to all of them."""

    start: float = Field(default=1.0, gt=0, le=1)
    """Share of the windows, those of the easiest pieces, that the training begins with; 1 is off."""
    until: float = Field(default=0.5, gt=0, le=1)
    """Share of the training after which all pieces are shown."""
    of: Literal["corpus/split=train", "studies"] = "corpus/split=train"
    """By what a piece is judged, a folder of paths.data: its notes alone, or also its chords and keys. With `studies`
    the train stage depends on what the study stage found."""

    @property
    def is_on(self) -> bool:
        """Are there pieces that are not shown from the beginning?"""
        return self.start < 1


class CurriculumParams(Section):
    """What is shown first."""

    length: LengthParams = LengthParams()
    complexity: ComplexityParams = ComplexityParams()


SLIDING: Final = SequenceParams()
"""Windows that begin anywhere."""
IN_ORDER: Final = InOrderConfig(kind="windows")
"""Batches of the windows that come next."""
ALL_AT_ONCE: Final = CurriculumParams()
"""No curriculum."""
