"""`train.sequences`: how pieces become windows of `model.context_length` tokens. What is done lives in sequences.py."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from aurl_core.section import Section


class SequenceParams(Section):
    """Where the windows that a model learns from begin."""

    policy: Literal["sliding", "truncate", "adaptive"] = "sliding"
    """`sliding`: anywhere in a piece, so that all tokens are shown equally often. `truncate`: with the piece, and what
    lies beyond the context is never shown. `adaptive`: pieces that fit in the context are shown whole; in longer ones
    a window begins with the piece or at a bar line (anywhere if the tokens say no bars). reports/shard.json says what
    each comes to."""
    stride: float = Field(default=1.0, gt=0, le=1)
    """For `sliding` and `adaptive`: contexts from one window to the next in an epoch. At 0.5 an epoch shows each token
    twice, in windows that begin elsewhere."""


SLIDING: Final = SequenceParams()
"""Windows that begin anywhere."""
