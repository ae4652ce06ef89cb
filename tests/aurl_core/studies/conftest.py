from pathlib import Path

import pytest
import yaml

from aurl_core.studies.params import StudyParams

BASE_PROFILE = Path(__file__).parents[3] / "profiles" / "base.yaml"


@pytest.fixture(scope="session")
def params() -> StudyParams:
    """The settings that are shipped."""
    return StudyParams.model_validate(yaml.safe_load(BASE_PROFILE.read_text())["study"])
