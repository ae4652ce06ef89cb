"""Learning to deceive and to discern: a VAE's losses, and beside them the game of its decoder with a discriminator.

Three stages follow each other: the VAE alone, the discriminator beside it, and both against each other; who of the two
waits for the other is said by `losses.balance.Players`. What the discriminator sees as made is said in
`models.vae_gan`. What all ways of training share lives in learner.py.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim import AdamW, Optimizer

from aurl_core.losses.adversarial import accuracy, mixed
from aurl_core.losses.balance import Players, adversarial_weight
from aurl_core.losses.history import LossHistory
from aurl_core.losses.outputs import CriticOutput, Outputs
from aurl_core.models.likelihood import IGNORED, Batch
from aurl_core.models.vae_gan import VAEGAN, Invention, invent, reread
from aurl_core.tokens.traits import TokenTraits
from aurl_core.training.adversarial_params import AdversarialParams
from aurl_core.training.health.events import Unstable
from aurl_core.training.objective import Objective
from aurl_core.training.optimization.accumulation import Tally
from aurl_core.training.optimization.optimizers import build_optimizers, set_learning_rate
from aurl_core.training.params import TrainParams
from aurl_core.training.schedules import Schedule
from aurl_core.training.variational import VariationalLearner

_BETAS: Final = (0.0, 0.99)
_GUESSING: Final = 0.5


class Stage(NamedTuple):
    """What goes on at a step, beside the VAE's own learning."""

    has_critic: bool
    """Does the discriminator learn?"""
    heed: float
    """How much the generator heeds it, from 0 to 1."""


def stage_at(progress: float, params: AdversarialParams) -> Stage:
    """The stage when a share `progress` of the steps is done.

    >>> params = AdversarialParams(alone_share=0.5, warmup_share=0.1, rise_share=0.2)
    >>> [stage_at(progress, params).heed for progress in (0.4, 0.5, 0.65, 0.7, 0.9)]
    [0.0, 0.0, 0.25, 0.5, 1.0]
    """
    heeded = round(progress - params.alone_share - params.warmup_share, 9)
    if heeded < 0:
        return Stage(progress >= params.alone_share, 0.0)
    return Stage(True, round(min(1.0, heeded / params.rise_share), 9) if params.rise_share else 1.0)


class AdversarialLearner(VariationalLearner):
    """For a VAE-GAN. It is measured as a VAE is."""

    running_accuracy: Tensor
    """Of the discriminator lately, over real and made windows of all scales."""

    def __init__(
        self, model: VAEGAN, params: TrainParams, schedule: Schedule, *, traits: TokenTraits, seed: int
    ) -> None:
        super().__init__(model, params, schedule, traits=traits, seed=seed)
        self.vae_gan = model
        self.deceit = Objective(params.losses, ["generator"])
        self.discernment = Objective(params.losses, ["critic"])
        self.register_buffer("running_accuracy", torch.tensor(_GUESSING, dtype=torch.float64))
        self._invention: Invention | None = None

    def configure_optimizers(self) -> list[Optimizer]:
        params = self.params.adversarial
        weights = {"params": list(self.critic_side.parameters()), "factor": 1.0}
        critic = AdamW([weights], lr=params.learning_rate, betas=_BETAS, weight_decay=0.0)
        return [*build_optimizers(self.generator_side, self.params.optimizer), critic]

    @property
    def history(self) -> LossHistory:
        """What all components have been, those of both players, with the discriminator's running `accuracy` and the
        `adversarial_weight`."""
        of_each = [objective.history.state() for objective in (self.objective, self.deceit, self.discernment)]
        return LossHistory.of({name: records for one in of_each for name, records in one.items()})

    @property
    def generator_side(self) -> nn.ModuleList:
        """All that learns with the generator."""
        return nn.ModuleList([*self.vae_gan.generator, self.objective, self.deceit])

    @property
    def critic_side(self) -> nn.ModuleList:
        """All that learns with the discriminator."""
        return nn.ModuleList([self.vae_gan.discriminator, self.discernment])

    @property
    def players(self) -> Players:
        """Who learns now."""
        return Players(float(self.running_accuracy), self.params.losses.players)

    def learn(self, batch: Batch, step: int) -> Tally:
        outputs = self.autoencode(batch)
        loss = self.bound(outputs, step)
        self.beta.hear(self._carried.pop())
        stage = stage_at(step / self.schedule.num_steps, self.params.adversarial)
        game = self._game(batch, step) if stage.has_critic else None
        if game is not None and stage.heed and self.players.generator_learns:
            loss = loss + stage.heed * self._deceive(game, loss, step)
        self.descend([loss], self.generator_side, self.all_optimizers()[:-1], step)
        if game is not None:
            self._discern(game, step)
        assert outputs.tokens is not None
        return Tally.of(outputs.tokens)

    def recover(self, trouble: Unstable, step: int) -> None:
        super().recover(trouble, step)
        self._invention = None

    def _game(self, batch: Batch, step: int) -> Game:
        """The batch's real segments and as many made ones. Each leg begins with new ones, so that a resumed run
        needs none of the leg before."""
        batch_size, turns = len(batch.token_ids_BT), self.params.adversarial.remake_every
        turn = step % self.schedule.steps_per_leg % turns
        if self._invention is None or turn == 0:
            self._invention = invent(self.vae_gan, batch.token_ids_BT[:, 0].repeat(turns))
        made = self._invention.rows(turn * batch_size, (turn + 1) * batch_size)
        return Game(batch.targets_BT.clamp(min=0), batch.targets_BT != IGNORED, made)

    def _deceive(self, game: Game, loss: Tensor, step: int) -> Tensor:
        """() the generator's adversarial losses, weighed against all its others."""
        params, judge = self.params.adversarial, self.vae_gan.discriminator
        with _fixed(judge):
            real = judge(game.real_BT, game.is_real_BT)
            fake = judge(reread(self.vae_gan, game.made, temperature=params.temperature), game.made.is_real_BT)
        critic = CriticOutput(real.logits, fake.logits, real.features, fake.features)
        deceit: Tensor = self.deceit(Outputs(generator=critic), step=step)
        last_layer = self.vae_gan.decoder.norm.weight
        weight = params.weight * adversarial_weight(loss, deceit, last_layer, largest=params.largest_weight)
        self.deceit.history.record(step, {"adversarial_weight": weight})
        return weight * deceit

    def _discern(self, game: Game, step: int) -> None:
        """The discriminator's step, unless it is too sure already."""
        optimizer, critic = self.all_optimizers()[-1], self._judged(game)
        loss = self.discernment(Outputs(critic=critic), step=step)
        players = self.players.after(accuracy(critic))
        self.running_accuracy.fill_(players.accuracy)
        self.discernment.history.record(step, {"accuracy": players.accuracy})
        if players.critic_learns:
            self.manual_backward(loss)
            norm = torch.nn.utils.clip_grad_norm_(self.critic_side.parameters(), self.params.adversarial.clip_norm)
            self.watch.refuse_non_finite(loss, norm)
            set_learning_rate([optimizer], self.params.adversarial.learning_rate * self.watch.rate_scale)
            optimizer.step()
        optimizer.zero_grad()

    def _judged(self, game: Game) -> CriticOutput:
        """What the discriminator says of real and made tokens, with what the gradient penalties that are on need."""
        judge, weights = self.vae_gan.discriminator, self.params.losses.weights
        game = game.of_one_length()
        real_BTD = judge.observation(game.real_BT, game.is_real_BT)
        fake_BTD = judge.observation(game.made.drawn_BT, game.made.is_real_BT)
        if "gradient_penalty_between" in weights:
            mixed_BTD = mixed(real_BTD, fake_BTD)
            between = judge.judge(mixed_BTD, game.is_real_BT | game.made.is_real_BT).logits
        else:
            mixed_BTD, between = None, ()
        real, fake = judge.judge(real_BTD, game.is_real_BT), judge.judge(fake_BTD, game.made.is_real_BT)
        return CriticOutput(
            real.logits, fake.logits, real.features, fake.features, real_BTD, fake_BTD, mixed_BTD, between
        )


class Game(NamedTuple):
    """What a discriminator is to tell apart at a step."""

    real_BT: Tensor
    """Ids of real segments without their first token, which nobody predicts."""
    is_real_BT: Tensor
    """bool: False at padding."""
    made: Invention

    def of_one_length(self) -> Game:
        """The same, the shorter of the two padded to the longer."""
        length = max(self.real_BT.shape[1], self.made.drawn_BT.shape[1])
        real_BT, is_real_BT, drawn_BT, is_drawn_BT = (
            F.pad(x_BT, (0, length - x_BT.shape[1]))
            for x_BT in (self.real_BT, self.is_real_BT, self.made.drawn_BT, self.made.is_real_BT)
        )
        return Game(real_BT, is_real_BT, self.made._replace(drawn_BT=drawn_BT, is_real_BT=is_drawn_BT))


@contextmanager
def _fixed(module: nn.Module) -> Iterator[None]:
    """Gradients pass through the module and leave none in it."""
    module.requires_grad_(False)
    yield
    module.requires_grad_(True)
