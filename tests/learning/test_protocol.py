"""That teachers teach, pushes hurt, adapters go on where they were, and what is off changes nothing."""

import pytest
import torch

from aurl_core.corpus.cache import SplitReader
from aurl_core.models.weights import load_model
from aurl_core.tokens.tokenizer import load_tokenizer
from aurl_core.training.bundle import write_bundle
from aurl_core.training.loading.dataset import whole_pieces
from aurl_core.training.trainer import fit

TAUGHT = {"weights": {"distillation": 1.0}, "distillation_temperature": 1.0}
RANK = 2


class StoppedError(Exception):
    """The training was stopped from outside."""


@pytest.fixture
def train(small_corpus, tmp_path):
    def run(recipe, name, progress=lambda *_: None):
        return fit(recipe, small_corpus, checkpoints=tmp_path / name, cache=tmp_path / "cache", progress=progress)

    return run


@pytest.fixture
def base(train, make_recipe, small_corpus, tmp_path) -> str:
    """The bundle of a network that has learnt a little."""
    done = train(make_recipe(budget_tokens=4096, validate_every_tokens=4096), "base-run")
    (tmp_path / "base").mkdir()
    write_bundle(tmp_path / "base", done, corpus=small_corpus)
    return str(tmp_path / "base")


def weights(done) -> dict[str, torch.Tensor]:
    return done.model.state_dict()


@pytest.fixture
def divergence(small_corpus, tmp_path):
    """A function that says how many nats a student is from a teacher, a token of held-out music."""
    tokenizer = load_tokenizer(small_corpus / "vocabulary.json")
    reader = SplitReader.of(small_corpus / "split=validation", cache=tmp_path / "cache")
    ids_BT = torch.stack([torch.from_numpy(ids[:32].astype("int64")) for ids in whole_pieces(reader, tokenizer)])

    @torch.no_grad()
    def measure(teacher, student) -> float:
        teacher_BTV, student_BTV = teacher(ids_BT).log_softmax(-1), student(ids_BT).log_softmax(-1)
        return float((teacher_BTV.exp() * (teacher_BTV - student_BTV)).sum(-1).mean())

    return measure


def test_a_taught_student_comes_nearer_to_its_teacher_than_one_alone(train, make_recipe, base, divergence):
    settings = {"budget_tokens": 2048, "validate_every_tokens": 2048}
    alone = train(make_recipe(**settings), "alone")
    taught = train(make_recipe(**settings, losses=TAUGHT, protocol={"teacher": base}), "taught")
    teacher = load_model(taught.origins["teacher"].folder)
    assert divergence(teacher, taught.model) < 0.9 * divergence(teacher, alone.model)


def test_pushed_tokens_are_foreseen_worse_and_the_network_learns_from_it(train, make_recipe):
    pushed = train(make_recipe(dropout=0.0, protocol={"perturbation": {"epsilon": 0.05}}), "pushed")
    told = pushed.losses.values
    assert all(worst > clean for worst, clean in zip(told["perturbed"], told["plain_cross_entropy"], strict=True))
    plain = train(make_recipe(dropout=0.0), "plain")
    assert any(not torch.equal(tensor, weights(pushed)[name]) for name, tensor in weights(plain).items())


def test_what_is_off_changes_no_bit(train, make_recipe):
    off = {"lora": {"alpha": 2.0}, "perturbation": {"steps": 3, "share": 0.9}}
    found, plain = train(make_recipe(protocol=off), "off"), train(make_recipe(), "plain")
    assert all(torch.equal(tensor, weights(found)[name]) for name, tensor in weights(plain).items())
    assert "perturbed" not in found.losses.values


def test_adapters_change_matrices_by_their_rank_and_nothing_else(train, make_recipe, base):
    done = train(make_recipe(protocol={"warm_start": base, "lora": {"rank": RANK}}), "adapted")
    for name, before in load_model(done.origins["warm_start"].folder).state_dict().items():
        change = weights(done)[name].float() - before.float()
        is_target = ".attention." in name or ".feedforward." in name
        assert (int(torch.linalg.matrix_rank(change, rtol=1e-3)) == RANK) if is_target else not change.any()


def test_adapters_that_were_stopped_go_on_to_the_same_weights(train, make_recipe, base):
    recipe = make_recipe(protocol={"warm_start": base, "lora": {"rank": RANK, "dropout": 0.2}})

    def stop(done, total):
        if done >= 768:
            raise StoppedError

    with pytest.raises(StoppedError):
        train(recipe, "stopped", stop)
    resumed, whole = train(recipe, "stopped"), train(recipe, "undisturbed")
    assert all(torch.equal(tensor, weights(resumed)[name]) for name, tensor in weights(whole).items())
    assert all(torch.equal(tensor, resumed.adapters[name]) for name, tensor in whole.adapters.items())
