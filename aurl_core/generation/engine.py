"""The loop that makes tokens: pieces sampled side by side, each with a random stream of its own, over a KV cache.

A piece comes out the same alone or in any company, up to the rounding of sums in the network. Shapes: B batch, T time,
V vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray

from aurl_core.generation.constraints import Guide, Limits, Seconds
from aurl_core.generation.params import SamplingConfig
from aurl_core.generation.sampling import draw, probabilities_of, surprise
from aurl_core.models.registry import Model
from aurl_core.tokens.tokenizer import Tokenizer
from aurl_core.tokens.vocabulary import BOS, EOS

_NUMBERS_AT_ONCE = 1024


def _nobody(seconds: Seconds) -> None:
    """Progress that nobody listens to."""


@dataclass(slots=True)
class TokenRun:
    """The tokens of one piece as they come."""

    token_ids: list[int]
    """BOS first, then the prompt if there is one; EOS last as soon as the piece has ended."""
    nats: float = 0.0
    """How surprising the model itself, at temperature 1 and without a grammar, finds the tokens it chose, summed."""
    seconds: float = 0.0
    is_closed: bool = False
    """Was the piece brought to its end by a limit, not by the model?"""
    num_ends_withheld: int = 0
    """How often the end was what the model wanted most and was held back."""


class Context:
    """What the model has in sight of B pieces that step together: the last tokens of each, as many as its window holds,
    and the latents that their noise stands for, if it has any.

    Older ones roll out of the cache. On real pieces that costs the same likelihood as filling a window anew from
    tokens, to half a percent, and no work.
    """

    def __init__(
        self, model: Model, token_ids_BT: NDArray[np.int64], noise_BZ: NDArray[np.float32] | None = None
    ) -> None:
        self._model = model
        self._device = next(model.parameters()).device
        noise = None if noise_BZ is None else torch.from_numpy(noise_BZ)
        self._cache = model.start_cache(len(token_ids_BT), noise)
        window = self._cache.window
        for start in range(0, token_ids_BT.shape[1], window):
            self.read(token_ids_BT[:, start : start + window])

    def read(self, token_ids_BT: NDArray[np.int64]) -> None:
        """Take in the next tokens of each piece, at most a window of them."""
        logits_BTV = self._model(torch.from_numpy(token_ids_BT).to(self._device), cache=self._cache)
        self.logits_BV: NDArray[np.float32] = logits_BTV[:, -1].float().cpu().numpy()

    def keep(self, rows: NDArray[np.bool_]) -> None:
        """Go on with the pieces at `rows` alone; they have to read on before the logits are theirs."""
        self._cache.select(torch.from_numpy(rows).to(self._device))


@dataclass(slots=True)
class _Numbers:
    """Random numbers from [0, 1): one a piece and step, each piece's from its own stream."""

    streams: Sequence[np.random.Generator]
    _ahead: NDArray[np.float64] = field(default_factory=lambda: np.zeros((0, 0)))
    _step: int = 0

    def next(self, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """The numbers of this step for the pieces at `rows`."""
        if self._step == self._ahead.shape[1]:
            self._ahead = np.stack([stream.random(_NUMBERS_AT_ONCE) for stream in self.streams])
            self._step = 0
        self._step += 1
        numbers: NDArray[np.float64] = self._ahead[rows, self._step - 1]
        return numbers


@torch.inference_mode()
def sample_tokens(
    model: Model,
    tokenizer: Tokenizer,
    *,
    limits: Limits,
    sampling: SamplingConfig,
    streams: Sequence[np.random.Generator],
    prompt: Sequence[int] = (),
    progress: Callable[[Seconds], None] = _nobody,
) -> list[TokenRun]:
    """One piece for each of `streams`, legal in the tokenizer's grammar from BOS to EOS.

    `prompt` (ids that may follow BOS) begins all of them; `progress` hears how many seconds each lasts so far.
    """
    noise_BZ = np.stack([stream.standard_normal(model.num_noise, np.float32) for stream in streams])
    runs = [TokenRun([BOS]) for _ in streams]
    rows, seconds = np.arange(len(runs)), np.zeros(len(runs))
    guide, numbers = Guide(tokenizer, limits), _Numbers(streams)
    for token in prompt:
        _take(np.full(len(rows), token), runs, guide)
    context = Context(model, np.array([run.token_ids for run in runs]), noise_BZ)
    while True:
        running = [runs[row] for row in rows]
        allowed_BV = _allowed(guide, context, running)
        ids_B = draw(probabilities_of(context.logits_BV, allowed_BV, sampling), numbers.next(rows))
        for run, nats in zip(running, surprise(context.logits_BV, ids_B).tolist(), strict=True):
            run.nats += nats
        _take(ids_B, running, guide)
        seconds[rows] = guide.seconds
        progress(seconds)
        goes_on_B = ids_B != EOS
        if not goes_on_B.any():
            return runs
        if not goes_on_B.all():
            rows, ids_B = rows[goes_on_B], ids_B[goes_on_B]
            guide.keep(goes_on_B)
            context.keep(goes_on_B)
        context.read(ids_B[:, None])


def _allowed(guide: Guide, context: Context, runs: Sequence[TokenRun]) -> NDArray[np.bool_]:
    """What the guide allows; it is noted in the runs where it holds an end back or makes one."""
    allowed_BV, is_withheld_B = guide.allowed()
    wants_end_B = is_withheld_B & (context.logits_BV.argmax(axis=1) == EOS)
    for run, is_closing, wants_end in zip(runs, guide.is_closing.tolist(), wants_end_B.tolist(), strict=True):
        run.is_closed |= is_closing
        run.num_ends_withheld += wants_end
    assert allowed_BV.any(axis=1).all(), "the grammar has led to a dead end"
    return allowed_BV


def _take(ids_B: NDArray[np.int64], runs: Sequence[TokenRun], guide: Guide) -> None:
    guide.advance(ids_B)
    for run, token, seconds in zip(runs, ids_B.tolist(), guide.seconds.tolist(), strict=True):
        run.token_ids.append(token)
        run.seconds = seconds
