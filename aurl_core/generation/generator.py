"""From a model to pieces: which, how long, in what batches. Tokens come from engine.py, files from renderings.py."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from aurl_core.generation.constraints import Limits, Seconds
from aurl_core.generation.engine import TokenRun, sample_tokens
from aurl_core.generation.lineage import Lineage
from aurl_core.generation.params import GenerateParams, LengthConfig
from aurl_core.generation.prompts import read_prompt
from aurl_core.generation.samples import Sample
from aurl_core.models.registry import Model
from aurl_core.models.threads import cpu_threads
from aurl_core.random_streams import stream
from aurl_core.score.lines import playable
from aurl_core.tokens.tokenizer import Tokenizer

_STREAM: Final = "generate"


@dataclass(frozen=True, slots=True)
class _Order:
    """A piece to be made."""

    number: int
    sample_id: str
    length: LengthConfig


def generate_samples(
    model: Model,
    tokenizer: Tokenizer,
    params: GenerateParams,
    *,
    lineage: Lineage,
    progress: Callable[[float], None] = lambda share: None,
) -> list[Sample]:
    """The pieces that `params` asks for, the long ones last; `progress` hears which share of the music is made.

    The same model, params and seed (the lineage's) give the same pieces, each from a random stream of its own number.
    """
    with cpu_threads(params.num_threads):
        return list(_generated(model, tokenizer, params, lineage=lineage, progress=progress))


def _generated(
    model: Model,
    tokenizer: Tokenizer,
    params: GenerateParams,
    *,
    lineage: Lineage,
    progress: Callable[[float], None],
) -> Iterator[Sample]:
    orders = _orders(params)
    prompt = read_prompt(Path(params.prompt), tokenizer, beats=params.prompt_beats) if params.prompt else []
    share = _Share(orders, progress)
    for start in range(0, len(orders), params.batch_size):
        batch = orders[start : start + params.batch_size]
        runs = sample_tokens(
            model,
            tokenizer,
            limits=_limits(batch, params),
            sampling=params.sampling,
            streams=[stream(lineage.seed, _STREAM, order.number) for order in batch],
            prompt=prompt,
            progress=partial(share.hear, start),
        )
        for order, run in zip(batch, runs, strict=True):
            yield _sample(order, run, tokenizer, params, lineage=lineage, num_prompt_tokens=1 + len(prompt))


def _orders(params: GenerateParams) -> list[_Order]:
    lengths = [params.length] * params.num_pieces + [params.long_length] * params.num_long_pieces
    return [_Order(number, f"piece-{number:03d}", length) for number, length in enumerate(lengths)]


def _limits(orders: Sequence[_Order], params: GenerateParams) -> Limits:
    return Limits(
        least_seconds=np.array([order.length.least_seconds for order in orders]),
        most_seconds=np.array([order.length.most_seconds for order in orders]),
        most_tokens=params.most_tokens,
        longest_note_beats=params.longest_note_beats or np.inf,
    )


def _sample(
    order: _Order,
    run: TokenRun,
    tokenizer: Tokenizer,
    params: GenerateParams,
    *,
    lineage: Lineage,
    num_prompt_tokens: int,
) -> Sample:
    token_ids = np.array(run.token_ids, np.uint16)
    return Sample(
        sample_id=order.sample_id,
        number=order.number,
        seed=lineage.seed,
        token_ids=token_ids,
        num_prompt_tokens=num_prompt_tokens,
        nats=run.nats,
        score=playable(tokenizer.decode(token_ids)),
        is_closed=run.is_closed,
        num_ends_withheld=run.num_ends_withheld,
        least_seconds=order.length.least_seconds,
        longest_note_beats=params.longest_note_beats,
        sampling=params.sampling,
        prompt=Path(params.prompt).name,
        lineage=lineage.of_sample(order.number).to_json(),
    )


class _Share:
    """How much of the music that must be made has been made."""

    def __init__(self, orders: Sequence[_Order], progress: Callable[[float], None]) -> None:
        self._least = np.array([max(order.length.least_seconds, 1e-6) for order in orders])
        self._seconds: Seconds = np.zeros(len(orders))
        self._progress = progress

    def hear(self, start: int, seconds: Seconds) -> None:
        """Take how long each piece of the batch that begins with piece `start` lasts so far."""
        self._seconds[start : start + len(seconds)] = seconds
        self._progress(float(np.minimum(self._seconds, self._least).sum() / self._least.sum()))
