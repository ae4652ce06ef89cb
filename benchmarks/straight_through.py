"""How true the straight-through gradient of a discriminator's score is, beside that of likelihood ratios.

`python -m benchmarks.straight_through` teaches a very small VAE-GAN's decoder a toy music of eleven tokens, by 100, 60
or 10 steps of likelihood (near, between, far), and then its discriminator to tell the decoder's segments from real
ones. The exact gradient of the expected score in the decoder's weights is what likelihood ratios (REINFORCE with the
mean of the other segments' scores as baseline) come to over two thousand segments; `halves` is the cosine between those
of two times a thousand. Each estimator is then told by its mean cosine with that: from batches of 16 segments, as a
step of a training has, and in the mean over all, where only its bias is left.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import torch
from torch import Tensor
from torch.nn import functional as F

from aurl_core.losses.adversarial import accuracy, hinge_critic
from aurl_core.losses.outputs import CriticOutput
from aurl_core.models.params import MODEL_CONFIG
from aurl_core.models.threads import cpu_threads
from aurl_core.models.vae_gan import VAEGAN, Invention, invent, reread
from aurl_core.tokens.traits import TokenTraits
from aurl_core.tokens.vocabulary import BOS, SPECIAL_TOKENS, Vocabulary

TOKENS: Final = (*SPECIAL_TOKENS, "BAR", "POSITION_0", "POSITION_12", "PITCH_60", "PITCH_64", "PITCH_67", "VELOCITY_3")
BAR: Final = ("BAR", "POSITION_0", "PITCH_60", "POSITION_12", "PITCH_60")
CONFIG: Final = {
    "mode": "vae_gan",
    "num_layers": 2,
    "num_heads": 2,
    "model_dim": 16,
    "feedforward": "swiglu",
    "feedforward_dim": 24,
    "context_length": 16,
    "encoder": {"num_layers": 1},
    "latent": {"dim": 8, "bars": 2, "phrase_bars": 1},
    "discriminator": {"dim": 16, "num_layers": 6, "local_window": 5, "phrase_window": 9, "num_sections": 4},
}
STANDINGS: Final = {"near": 100, "between": 60, "far": 10}
BATCH: Final = 16
NUM_BATCHES: Final = 128


def real(num_segments: int) -> Tensor:
    """Two bars each, without BOS, of which the second pitch never is the first."""
    ids = torch.tensor([TOKENS.index(name) for name in (*BAR, *BAR, "EOS")]).repeat(num_segments, 1)
    for bar in (0, 1):
        first, step = torch.randint(3, (num_segments,)), torch.randint(1, 3, (num_segments,))
        ids[:, 5 * bar + 2] += first
        ids[:, 5 * bar + 4] += (first + step) % 3
    return ids


def made(model: VAEGAN, num_segments: int) -> Invention:
    """Segments from the prior."""
    return invent(model, torch.full((num_segments,), BOS))


def taught(num_steps: int) -> tuple[VAEGAN, float]:
    """A decoder that has seen so many batches, its discriminator after a hundred and twenty, and how often that is
    right."""
    torch.manual_seed(0)
    traits = TokenTraits.of(Vocabulary(TOKENS, {"kind": "bar", "steps_per_beat": 24}))
    model = VAEGAN(MODEL_CONFIG.validate_python(CONFIG), traits)
    generator = torch.optim.Adam(model.generator.parameters(), lr=5e-3)
    for _ in range(num_steps):
        ids = F.pad(real(32), (1, 0), value=BOS)
        logits = model.decode(ids[:, :-1], model.sample(torch.randn(32, model.num_noise)))
        generator.zero_grad()
        F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten()).backward()
        generator.step()
    critic = torch.optim.Adam(model.discriminator.parameters(), lr=2e-3, betas=(0.0, 0.99))
    for _ in range(120):
        segments, fake = real(32), made(model, 32)
        judged = model.discriminator(segments, torch.ones_like(segments, dtype=torch.bool)).logits
        output = CriticOutput(judged, model.discriminator(fake.drawn_BT, fake.is_real_BT).logits)
        critic.zero_grad()
        hinge_critic(output).backward()
        critic.step()
    model.discriminator.requires_grad_(False)
    return model.eval(), accuracy(output)


def scores(model: VAEGAN, tokens: Tensor, invention: Invention) -> Tensor:
    """(B,) what the discriminator thinks of each segment, mean over its scales."""
    logits = model.discriminator(tokens, invention.is_real_BT).logits
    return torch.stack([one.mean(1) for one in logits]).mean(0)


def straight_through(temperature: float) -> Callable[[VAEGAN, Invention], Tensor]:
    """() whose gradient is that of the score through the samples."""
    return lambda model, one: scores(model, reread(model, one, temperature=temperature), one).mean()


def likelihood_ratios(model: VAEGAN, one: Invention) -> Tensor:
    """() whose gradient is that of the score by likelihood ratios."""
    score = scores(model, one.drawn_BT, one)
    better = score - (score.sum() - score) / (len(score) - 1)
    log_p = model.decode(one.read_BT, one.latents).log_softmax(-1)
    said = log_p.gather(-1, one.drawn_BT[..., None])[..., 0] * one.is_real_BT
    return (better * said.sum(1)).mean()


ESTIMATORS: Final = {
    "likelihood ratios": likelihood_ratios,
    **{f"straight-through, temperature {value:g}": straight_through(value) for value in (0.5, 1.0, 2.0)},
}


def gradient(surrogate: Tensor, model: VAEGAN) -> Tensor:
    """In all weights of the decoder, as one vector."""
    return torch.cat([part.flatten() for part in torch.autograd.grad(surrogate, list(model.decoder.parameters()))])


def cosine(one: Tensor, other: Tensor) -> float:
    return float(F.cosine_similarity(one, other, dim=0))


def main() -> None:
    print("| generator | discriminator right | halves | estimator | cosine of a batch | of the mean |")
    print("|---|---|---|---|---|---|")
    for standing, num_steps in STANDINGS.items():
        model, right = taught(num_steps)
        found: dict[str, list[Tensor]] = {name: [] for name in ESTIMATORS}
        for _ in range(NUM_BATCHES):
            invention = made(model, BATCH)
            for name, estimator in ESTIMATORS.items():
                found[name].append(gradient(estimator(model, invention), model))
        by_ratios = torch.stack(found["likelihood ratios"])
        exact, halves = by_ratios.mean(0), cosine(by_ratios[::2].mean(0), by_ratios[1::2].mean(0))
        for name, gradients in found.items():
            one = sum(cosine(each, exact) for each in gradients) / NUM_BATCHES
            mean = cosine(torch.stack(gradients).mean(0), exact)
            print(f"| {standing} | {100 * right:.0f} % | {halves:.2f} | {name} | {one:.2f} | {mean:.2f} |")


if __name__ == "__main__":
    with cpu_threads(1):
        main()
