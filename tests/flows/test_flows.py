"""Each flow names stages and has the same form."""

from collections.abc import Callable
from pathlib import Path

import pytest

from flows.build_corpus import build_corpus
from flows.deployments import FLOWS, deployment


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_the_form_offers_profile_overrides_and_the_stage_to_force_from(flow) -> None:
    form = deployment(flow)._parameter_openapi_schema.model_dump()

    settings = form["definitions"]["RunSettings"]["properties"]
    assert set(settings) == {"profile", "overrides", "force_from"}
    assert "export" in str(settings["force_from"])


def test_a_flow_brings_up_to_date_what_its_target_needs(toy: Callable[..., Path]) -> None:
    toy(ingest="", shard="", study="")

    assert build_corpus() == ["ingest: ran", "shard: ran"]
