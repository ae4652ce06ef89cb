"""Which of a run's states is the best: likelihood and musical quality as one number. Nothing is read or kept here."""

from __future__ import annotations

import math
from collections.abc import Mapping

from aurl_core.training.checkpoints.params import ScoreParams

LIKELIHOOD, QUALITY = "validation_nats_per_token", "sample_quality"


def score(figures: Mapping[str, float], params: ScoreParams) -> float | None:
    """The weighted mean of 1 / perplexity and sample quality, from 0 to 1; higher is better.

    None where a figure that counts was not measured or is no number, as between two validations.

    >>> round(score({"validation_nats_per_token": 0.693147, "sample_quality": 0.9}, ScoreParams(quality=3)), 3)
    0.8
    """
    nats, quality = figures.get(LIKELIHOOD, math.nan), figures.get(QUALITY, math.nan)
    parts = [(params.likelihood, math.exp(-nats)), (params.quality, quality)]
    counted = [(weight, value) for weight, value in parts if weight]
    mean = sum(weight * value for weight, value in counted) / sum(weight for weight, _ in counted)
    return mean if math.isfinite(mean) else None
