"""Each flow is deployed with the same form."""

import pytest

from flows.deployments import FLOWS, deployment


@pytest.mark.parametrize("flow", FLOWS, ids=lambda flow: flow.name)
def test_the_form_offers_profile_overrides_and_the_stage_to_force_from(flow) -> None:
    form = deployment(flow)._parameter_openapi_schema.model_dump()

    settings = form["definitions"]["RunSettings"]["properties"]
    assert set(settings) == {"profile", "overrides", "force_from"}
    assert settings["profile"]["enum"] == ["", "base", "dev", "finetune", "long", "prod", "test"]
    assert "export" in str(settings["force_from"])
