"""That the two players of a VAE-GAN learn, and that the generator learns from the other."""

import pytest
import pytorch_lightning as pl
import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader

from aurl_core.losses.adversarial import hinge_critic
from aurl_core.losses.outputs import CriticOutput
from aurl_core.losses.params import LossParams
from aurl_core.models.discriminator import Judgement
from aurl_core.models.likelihood import collate
from aurl_core.models.params import MODEL_CONFIG
from aurl_core.models.vae_gan import VAEGAN, invent, reread
from aurl_core.tokens.traits import TokenTraits
from aurl_core.tokens.vocabulary import BOS, SPECIAL_TOKENS, Vocabulary
from aurl_core.training.adversarial import AdversarialLearner
from aurl_core.training.adversarial_params import AdversarialParams
from aurl_core.training.loading.dataset import shifted
from aurl_core.training.schedules import Schedule
from aurl_core.training.variational_params import ConstantBeta, VariationalParams

pytestmark = [
    pytest.mark.filterwarnings("ignore:.*LeafSpec.*:FutureWarning"),
    pytest.mark.filterwarnings("ignore:.*no `val_dataloader`"),
    pytest.mark.filterwarnings("ignore:.*does not have many workers"),
]

TOKENS = (*SPECIAL_TOKENS, "BAR", "POSITION_0", "POSITION_12", "PITCH_60", "PITCH_64", "PITCH_67")
TRAITS = TokenTraits.of(Vocabulary(TOKENS, {"kind": "bar", "steps_per_beat": 24}))
ID = {name: number for number, name in enumerate(TOKENS)}
CONFIG = {
    "mode": "vae_gan",
    "num_layers": 2,
    "num_heads": 2,
    "model_dim": 32,
    "feedforward": "swiglu",
    "feedforward_dim": 48,
    "context_length": 16,
    "encoder": {"num_layers": 1},
    "latent": {"dim": 8, "bars": 2, "phrase_bars": 1, "word_dropout": 0},
    "discriminator": {"dim": 16, "num_layers": 6, "local_window": 5, "phrase_window": 9, "num_sections": 2},
}
LOSSES = {
    "plain_cross_entropy": 1.0,
    "kl_free_bits": 1.0,
    "hinge_generator": 1.0,
    "feature_matching": 1.0,
    "hinge_critic": 1.0,
    "gradient_penalty_real": 1.0,
}


@pytest.fixture
def model() -> VAEGAN:
    torch.manual_seed(0)
    return VAEGAN(MODEL_CONFIG.validate_python(CONFIG), TRAITS)


def real(num_segments: int) -> torch.Tensor:
    """Two bars each, without BOS: an octave of pitches, of which the second never is the first."""
    first, step = torch.randint(3, (num_segments, 2)), torch.randint(1, 3, (num_segments, 2))
    ids = torch.tensor(
        [ID[name] for name in ("BAR", "POSITION_0", "PITCH_60", "POSITION_12", "PITCH_60") * 2 + ("EOS",)]
    )
    ids = ids.repeat(num_segments, 1)
    for place in (0, 1):
        ids[:, 5 * place + 2] += first[:, place]
        ids[:, 5 * place + 4] += (first[:, place] + step[:, place]) % 3
    return ids


def test_one_batch_is_learnt_by_heart_by_both_players_together(model, make_recipe):
    ids = torch.randint(4, len(TOKENS), (4, 13), generator=torch.Generator().manual_seed(2))
    ids[:, 0] = BOS
    batch = collate([shifted(row.numpy()) for row in ids])
    train = make_recipe(
        losses=LossParams(weights=LOSSES, free_bits=1.0),
        adversarial=AdversarialParams(alone_share=0, warmup_share=0.2, weight=0.3),
        variational=VariationalParams(beta=ConstantBeta(end=0.5)),
    ).train
    schedule = Schedule(num_intervals=1, legs_per_interval=1, steps_per_leg=100, batch_size=4, context_length=16)
    learner = AdversarialLearner(model, train, schedule, traits=TRAITS, seed=0)
    trainer = pl.Trainer(
        accelerator="cpu", max_epochs=1, logger=False, enable_checkpointing=False, enable_progress_bar=False,
        enable_model_summary=False,
    )  # fmt: skip
    trainer.fit(learner, train_dataloaders=DataLoader([batch] * 100, batch_size=None))
    assert learner.history.values["plain_cross_entropy"][-1] < 0.2
    assert len(learner.history.values["hinge_generator"]) > 20


@torch.no_grad()
def test_a_token_moves_no_logits_before_it(model):
    model.eval()
    for parameter in model.generator.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    ids = torch.cat([torch.full((4, 1), BOS), real(4)], 1)
    latents = model.sample(torch.randn(4, model.num_noise))
    for place in (1, 5, 10):
        changed = ids.clone()
        changed[:, place] = ID["PITCH_67"] + ID["POSITION_0"] - changed[:, place].clamp(ID["POSITION_0"])
        before, after = model.decode(ids, latents), model.decode(changed, latents)
        assert torch.equal(before[:, :place], after[:, :place])
        assert not torch.equal(before[:, place], after[:, place])


def judged(model: VAEGAN, tokens: torch.Tensor, is_real: torch.Tensor | None = None) -> Judgement:
    return model.discriminator(tokens, torch.ones_like(tokens, dtype=torch.bool) if is_real is None else is_real)


def score(model: VAEGAN, num_segments: int) -> torch.Tensor:
    """What the discriminator thinks of made segments, with gradients to the decoder."""
    made = invent(model, torch.full((num_segments,), BOS))
    judgement = judged(model, reread(model, made, temperature=1.0), made.is_real_BT)
    return torch.stack([logits.mean() for logits in judgement.logits]).mean()


def test_following_the_discriminators_gradient_makes_music_that_it_finds_more_real(model):
    """The decoder knows the music roughly; the discriminator then tells its segments from
    real ones and stands still, and the decoder follows it."""
    generator = torch.optim.Adam(model.generator.parameters(), lr=5e-3)
    for _ in range(100):
        ids = torch.cat([torch.full((16, 1), BOS), real(16)], 1)
        logits = model.decode(ids[:, :-1], model.sample(torch.randn(16, model.num_noise)))
        generator.zero_grad()
        F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten()).backward()
        generator.step()
    critic = torch.optim.Adam(model.discriminator.parameters(), lr=2e-3, betas=(0.0, 0.99))
    for _ in range(60):
        made = invent(model, torch.full((16,), BOS))
        output = CriticOutput(judged(model, real(16)).logits, judged(model, made.drawn_BT, made.is_real_BT).logits)
        critic.zero_grad()
        hinge_critic(output).backward()
        critic.step()
    model.discriminator.requires_grad_(False).eval()
    before = score(model, 400).item()
    follower = torch.optim.SGD(model.decoder.parameters(), lr=0.1)
    for _ in range(10):
        follower.zero_grad()
        (-score(model, 32)).backward()
        follower.step()
    assert score(model, 400).item() > before + 0.1
