"""A flow names the stages it is after; what they need comes with them."""

from collections.abc import Callable
from pathlib import Path

from flows.build_corpus import build_corpus


def test_a_flow_brings_up_to_date_what_its_target_needs(toy: Callable[..., Path]) -> None:
    toy(ingest="", shard="", study="")

    assert build_corpus() == ["ingest: ran", "shard: ran"]
