import pytest
import pytorch_lightning as pl
import torch
from torch.utils.data import DataLoader

from aurl_core.losses.params import LossParams, PlayersParams
from aurl_core.models.likelihood import Batch
from aurl_core.models.params import MODEL_CONFIG
from aurl_core.models.registry import build
from aurl_core.tokens.traits import TokenTraits
from aurl_core.tokens.vocabulary import BOS, SPECIAL_TOKENS, Vocabulary
from aurl_core.training.adversarial import AdversarialLearner, Stage, stage_at
from aurl_core.training.adversarial_params import AdversarialParams
from aurl_core.training.learner import seed_torch
from aurl_core.training.schedules import Schedule
from aurl_core.training.variational import VariationalLearner

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*LeafSpec.*:FutureWarning"),
    pytest.mark.filterwarnings("ignore:.*no `val_dataloader`"),
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),
]

TOKENS = (*SPECIAL_TOKENS, "BAR", "POSITION_0", "POSITION_12", "PITCH_60", "PITCH_64", "VELOCITY_3")
TRAITS = TokenTraits.of(Vocabulary(TOKENS, {"kind": "bar", "steps_per_beat": 24}))
SIZES = {"num_layers": 1, "num_heads": 2, "model_dim": 8, "feedforward": "gelu", "feedforward_dim": 8}
VAE = SIZES | {"context_length": 9, "encoder": {"num_layers": 1}, "latent": {"dim": 4, "bars": 2, "phrase_bars": 1}}
DISCRIMINATOR = {"dim": 4, "num_layers": 3, "local_window": 2, "phrase_window": 3, "num_sections": 2}
LOSSES = {"plain_cross_entropy": 1.0, "kl": 1.0}
GAME = LOSSES | {"hinge_generator": 1.0, "feature_matching": 1.0, "hinge_critic": 1.0, "gradient_penalty_real": 1.0}


@pytest.fixture
def make_learner(make_recipe):
    """A function that makes a learner of eight steps in two intervals; its arguments replace settings."""

    def make(mode: str = "vae_gan", *, weights=GAME, players=None, **settings):
        seed_torch(3, "model")
        is_gan = mode == "vae_gan"
        config = VAE | {"mode": mode} | ({"discriminator": DISCRIMINATOR} if is_gan else {})
        losses = LossParams(weights=weights if is_gan else LOSSES, players=PlayersParams(**players or {}))
        adversarial = AdversarialParams(**{"alone_share": 0.25, "warmup_share": 0.25, "remake_every": 3} | settings)
        train = make_recipe(losses=losses, adversarial=adversarial).train
        schedule = Schedule(num_intervals=2, legs_per_interval=1, steps_per_leg=4, batch_size=3, context_length=9)
        teach = AdversarialLearner if is_gan else VariationalLearner
        return teach(build(MODEL_CONFIG.validate_python(config), TRAITS), train, schedule, traits=TRAITS, seed=3)

    return make


def batches(num_steps: int = 4) -> list[Batch]:
    ids = torch.randint(4, len(TOKENS), (num_steps, 3, 9), generator=torch.Generator().manual_seed(0))
    ids[:, :, 0] = BOS
    return [Batch(one[:, :-1], one[:, 1:]) for one in ids]


def loader() -> DataLoader:
    """One batch after the other."""
    return DataLoader(batches(), batch_size=None)


def trainer(num_intervals: int = 2) -> pl.Trainer:
    return pl.Trainer(
        accelerator="cpu",
        max_epochs=num_intervals,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )


def taught(learner, num_intervals: int = 2):
    """The learner after its intervals."""
    trainer(num_intervals).fit(learner, train_dataloaders=loader())
    return learner


def assert_same(one: torch.nn.Module, other: torch.nn.Module) -> None:
    assert all(torch.equal(a, b) for a, b in zip(one.parameters(), other.parameters(), strict=True))


@pytest.mark.parametrize(
    ("progress", "stage"),
    [(0, (False, 0)), (0.39, (False, 0)), (0.4, (True, 0)), (0.6, (True, 0)), (0.7, (True, 0.5)), (1, (True, 1))],
)
def test_three_stages_follow_each_other(progress, stage):
    params = AdversarialParams(alone_share=0.4, warmup_share=0.2, rise_share=0.2)
    assert stage_at(progress, params) == Stage(*stage)


def test_without_a_rise_the_weight_is_full_at_once():
    assert stage_at(0.5, AdversarialParams(alone_share=0.4, warmup_share=0.1, rise_share=0)).heed == 1


def test_until_it_is_heeded_the_discriminator_changes_nothing_of_the_vae(make_learner):
    """To the bit: the same draws, the same steps."""
    gan = taught(make_learner(alone_share=0.25, warmup_share=0.74))
    alone = taught(make_learner("vae"))
    assert_same(gan.vae_gan.generator, alone.vae)
    assert gan.running_accuracy != 0.5


def test_while_the_vae_is_alone_the_discriminator_learns_nothing(make_learner):
    learner = make_learner(alone_share=0.9, warmup_share=0)
    before = make_learner().vae_gan.discriminator
    assert_same(taught(learner, num_intervals=1).vae_gan.discriminator, before)
    assert "hinge_critic" not in learner.history.values


def test_the_generator_learns_from_what_it_is_told(make_learner):
    gan, alone = taught(make_learner(alone_share=0, warmup_share=0, rise_share=0)), taught(make_learner("vae"))
    pairs = zip(gan.vae_gan.generator.parameters(), alone.vae.parameters(), strict=True)
    moved = [not torch.equal(one, other) for one, other in pairs]
    assert sum(moved) > len(moved) / 2


def test_what_became_of_all_losses_is_remembered(make_learner):
    history = taught(make_learner(players={"lowest_accuracy": 0, "highest_accuracy": 1})).history
    assert history.values.keys() == {*GAME, "accuracy", "adversarial_weight"}
    assert [len(history.steps[name]) for name in ("kl", "hinge_critic", "hinge_generator")] == [8, 6, 3]


def test_a_discriminator_that_is_too_sure_waits(make_learner):
    learner = make_learner(players={"lowest_accuracy": 0.1, "highest_accuracy": 0.2})
    assert_same(taught(learner).vae_gan.discriminator, make_learner().vae_gan.discriminator)


def test_a_generator_does_not_heed_a_discriminator_that_guesses(make_learner):
    learner = taught(
        make_learner(alone_share=0, warmup_share=0, players={"lowest_accuracy": 0.95, "highest_accuracy": 1})
    )
    assert "hinge_generator" not in learner.history.values
    assert "hinge_critic" in learner.history.values


@pytest.mark.parametrize("weight", [0.5, 2.0])
def test_the_adversarial_gradient_has_its_share_in_the_last_layer(make_learner, weight):
    learner = make_learner(weight=weight, largest_weight=1e9)
    learner.on_fit_start()
    torch.nn.init.normal_(learner.vae.decoder.norm.weight)
    batch = batches(1)[0]
    loss = learner.bound(learner.autoencode(batch), 7)
    deceit = learner._deceive(learner._game(batch, 7), loss, 7)
    last = learner.vae.decoder.norm.weight
    one, other = (torch.autograd.grad(part, last, retain_graph=True)[0].norm() for part in (deceit, loss))
    torch.testing.assert_close(one, weight * other)
    assert all(parameter.requires_grad for parameter in learner.vae_gan.discriminator.parameters())


def test_a_resumed_run_is_the_uninterrupted_one(make_learner, tmp_path):
    """Killed after the first interval, in the midst of the warm-up; all state is in the checkpoint, to the bit."""
    whole = taught(make_learner())
    first = trainer(num_intervals=1)
    first.fit(make_learner(), train_dataloaders=loader())
    first.save_checkpoint(tmp_path / "state.ckpt")
    resumed = make_learner()
    trainer().fit(resumed, train_dataloaders=loader(), ckpt_path=tmp_path / "state.ckpt", weights_only=True)
    assert_same(whole, resumed)
    assert torch.equal(whole.running_accuracy, resumed.running_accuracy)
    assert whole.history.state() == resumed.history.state()


@pytest.mark.parametrize(
    "weights",
    [
        {"wasserstein_generator": 1, "wasserstein_critic": 1, "gradient_penalty_between": 10},
        {"relativistic_generator": 1, "relativistic_critic": 1, "gradient_penalty_fake": 1},
    ],
)
def test_other_games_are_played_by_the_same_rules(make_learner, weights):
    learner = taught(make_learner(weights=LOSSES | weights, alone_share=0, warmup_share=0))
    for name in weights:
        values = torch.tensor(learner.history.values[name])
        assert values.isfinite().all() and values.unique().numel() > 1
