"""That a training which was killed ends as if it had not been: after damage and want of disk, too."""

import resource
from dataclasses import replace

import pytest

from aurl_core.models.params import MODEL_CONFIG
from aurl_core.random_streams import stream
from aurl_core.sums import faults
from tests.learning.runs import assert_same, begin, kill, train

LATENT = {"encoder": {"num_layers": 1}, "latent": {"dim": 8, "bars": 2, "phrase_bars": 1}, "context_length": 256}
DISCRIMINATOR = {"discriminator": {"num_layers": 3, "dim": 8}}
PLAYERS = {"plain_cross_entropy": 1, "kl": 1, "hinge_generator": 1, "hinge_critic": 1}


@pytest.fixture
def recipe(make_recipe):
    """Four intervals of two legs of four steps."""
    legs = {"every_tokens": 512, "keep_last": 3}
    return make_recipe(budget_tokens=4096, validate_every_tokens=1024, checkpoints=legs, dropout=0.2)


@pytest.mark.parametrize("kind", ["muon", "adamw"])
def test_killed_at_a_random_step_it_ends_undisturbed(recipe, small_corpus, tmp_path, kind):
    step = int(stream(2026, f"kill {kind}").integers(5, 32))
    optimizer = {"kind": kind, "learning_rate": 0.01}
    recipe = replace(recipe, train=recipe.train.model_validate(recipe.train.model_dump() | {"optimizer": optimizer}))
    kill(recipe, small_corpus, tmp_path / "killed", tokens=128 * step)
    seen = []
    resumed = train(recipe, small_corpus, tmp_path / "killed", seen)
    assert seen[0] == 512 * ((step - (step % 4 == 0)) // 4)
    assert_same(resumed, train(recipe, small_corpus, tmp_path / "undisturbed"))


@pytest.mark.parametrize(
    ("mode", "parts", "weights"),
    [("vae", LATENT, {"plain_cross_entropy": 1, "kl": 1}), ("vae_gan", LATENT | DISCRIMINATOR, PLAYERS)],
)
def test_so_do_networks_with_latents_and_with_two_players(make_recipe, bar_corpus, tmp_path, mode, parts, weights):
    recipe = make_recipe(
        losses={"weights": weights},
        budget_tokens=8192,
        validate_every_tokens=4096,
        checkpoints={"every_tokens": 2048},
    )
    model = MODEL_CONFIG.validate_python(recipe.model.model_dump(exclude={"mode"}) | {"mode": mode} | parts)
    step = int(stream(2026, f"kill {mode}").integers(3, 8))
    kill(replace(recipe, model=model), bar_corpus, tmp_path / "killed", tokens=1024 * step)
    resumed = train(replace(recipe, model=model), bar_corpus, tmp_path / "killed")
    assert_same(resumed, train(replace(recipe, model=model), bar_corpus, tmp_path / "undisturbed"))


def test_damage_and_want_of_room_cost_time_and_nothing_else(recipe, small_corpus, tmp_path, caplog):
    """Killed; the newest state is damaged and the next cannot be written; then all but the first are damaged."""
    folder = tmp_path / "killed"
    kill(recipe, small_corpus, folder, tokens=1792)
    places = sorted(folder.glob("step-*"))
    room = (places[0] / "state.ckpt").stat().st_size - 1000
    limits = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))}
    (places[2] / "state.ckpt").write_bytes(b"damaged")

    failed = begin(recipe, small_corpus, folder, tokens=4096, **limits)
    assert failed.returncode == 1
    assert "step-000000008 is passed over" not in failed.stderr
    assert "step-000000012 is passed over: state.ckpt is damaged" in failed.stderr
    assert "OSError: [Errno 27] File too large" in failed.stderr
    assert [faults(place) for place in places] == [[], [], ["state.ckpt is damaged"]]

    (places[1] / "SHA256SUMS").unlink()
    seen = []
    resumed = train(recipe, small_corpus, folder, seen)
    assert seen[0] == 512
    assert caplog.text.count("is passed over") == 2
    assert_same(resumed, train(recipe, small_corpus, tmp_path / "undisturbed"))


def test_with_all_states_damaged_it_starts_anew_and_ends_the_same(recipe, small_corpus, tmp_path, caplog):
    first = train(recipe, small_corpus, tmp_path / "run")
    for place in (tmp_path / "run").glob("step-*"):
        (place / "state.ckpt").write_bytes(b"")
    seen = []
    assert_same(train(recipe, small_corpus, tmp_path / "run", seen), first)
    assert seen[0] == 0
    assert "the training starts from its beginning" in caplog.text
