"""dvc.yaml tells the truth: each stage depends on exactly the code it imports and the settings it takes."""

from pathlib import Path

import pytest

from tasks.params import Params, load_params
from tasks.pipeline import STAGES, read_pipeline
from tasks.profiles import use_profile
from tasks.runner import load_stage
from tests.architecture.closure import code_of

WITHOUT_EFFECT = {"cluster", "paths", "tracking"}
"""Sections that say where and how, not what: a change in them reruns nothing."""


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory: pytest.TempPathFactory):
    params = tmp_path_factory.mktemp("params") / "params.yaml"
    use_profile("base", target=params)
    return read_pipeline(load_params(params).model_dump(mode="json"))


def test_one_name_in_four_places(pipeline) -> None:
    assert list(pipeline) == list(STAGES)
    assert [name for name in Params.model_fields if name in STAGES] == list(STAGES)
    assert [name for name in STAGES if not Path(f"tasks/{name}.py").is_file()] == []


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_depends_on_the_code_it_imports(pipeline, name: str) -> None:
    declared = [str(dep) for dep in pipeline[name].deps if dep not in pipeline[name].inputs]

    assert declared == code_of(name), "dvc.yaml should list:\n" + "\n".join(f"      - {dep}" for dep in code_of(name))


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_depends_on_the_sections_it_takes(pipeline, name: str) -> None:
    assert set(pipeline[name].params) == set(load_stage(name).sections) - WITHOUT_EFFECT


@pytest.mark.parametrize("name", STAGES)
def test_what_a_stage_reads_is_written_by_an_earlier_one(pipeline, name: str) -> None:
    written = [out for earlier in STAGES[: STAGES.index(name)] for out in pipeline[earlier].outs]

    assert [path for path in pipeline[name].inputs if not {path, *path.parents} & set(written)] == []


@pytest.mark.parametrize("name", STAGES)
def test_a_stage_has_its_report_as_metric(pipeline, name: str) -> None:
    assert Path(f"reports/{name}.json") in pipeline[name].outs


@pytest.mark.parametrize("of", ["corpus/split=train", "studies"])
def test_training_depends_on_studies_only_if_its_curriculum_does(of: str) -> None:
    settings = load_params().model_dump(mode="json")
    settings["train"]["curriculum"]["complexity"]["of"] = of

    inputs = [str(path) for path in read_pipeline(settings)["train"].inputs]

    assert ("data/studies" in inputs) == (of == "studies")
