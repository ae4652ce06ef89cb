import json
from hashlib import sha256

import grimp
import pytest

from aurl_core.errors import InputError, MissingError
from aurl_core.generation.lineage import CODE, Lineage
from aurl_core.generation.params import GenerateParams

PARAMS = GenerateParams.model_validate(
    {
        "num_pieces": 1,
        "length": {"least_seconds": 1, "most_seconds": 2},
        "long_length": {"least_seconds": 1, "most_seconds": 2},
        "most_tokens": 100,
        "batch_size": 4,
        "num_threads": 1,
        "sampling": {},
    }
)


def lineage_of(bundle, params=PARAMS):
    return Lineage.of(params, models=bundle / "models", corpus=bundle / "corpus", seed=7)


def test_hashes_are_those_of_the_files(bundle):
    said = json.loads(lineage_of(bundle).of_sample(3).to_json())["aurl"]
    for key, path in [("corpus", "corpus/manifest.json"), ("vocabulary", "models/vocabulary.json"),
                      ("model", "models/model.safetensors")]:  # fmt: skip
        assert said[key] == sha256((bundle / path).read_bytes()).hexdigest()
    assert (said["seed"], said["sample"], said["prompt"]) == (7, 3, "")
    assert len(said["code"]) == 64


def test_the_code_that_is_hashed_is_the_code_that_runs():
    graph = grimp.build_graph("aurl_core", cache_dir=None)
    runs = {"aurl_core.generation.run", *graph.find_upstream_modules("aurl_core.generation.run")}
    hashed = {module for name in CODE for module in (name, *graph.find_descendants(name))}
    bookkeeping = {
        "aurl_core.chunks",
        "aurl_core.code_hash",
        "aurl_core.errors",
        "aurl_core.files",
        "aurl_core.section",
    }
    music = {module for module in runs - bookkeeping if not module.startswith("aurl_core.corpus")}
    assert {module for module in hashed if module in runs or not graph.find_children(module)} == music


def test_a_model_without_its_corpus_says_so(bundle):
    assert Lineage.of(PARAMS, models=bundle / "models", corpus=None, seed=7).corpus == ""


def test_other_settings_make_another_lineage(bundle, tmp_path):
    hotter = PARAMS.model_copy(update={"most_tokens": 101})
    assert lineage_of(bundle).settings != lineage_of(bundle, hotter).settings
    (tmp_path / "prompt.mid").write_bytes(b"MThd")
    prompted = PARAMS.model_copy(update={"prompt": str(tmp_path / "prompt.mid")})
    assert lineage_of(bundle, prompted).prompt == sha256(b"MThd").hexdigest()


def test_without_a_corpus_it_cannot_be_said(bundle, tmp_path):
    with pytest.raises(MissingError, match=r"manifest\.json is not there"):
        Lineage.of(PARAMS, models=bundle / "models", corpus=tmp_path, seed=1)


def test_a_prompt_that_is_not_there_is_the_users_to_mend(bundle, tmp_path):
    prompted = PARAMS.model_copy(update={"prompt": str(tmp_path / "nowhere.mid")})
    with pytest.raises(InputError, match=r"nowhere\.mid is no file"):
        lineage_of(bundle, prompted)
