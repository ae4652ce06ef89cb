"""Where the time of a training step goes: the parts of the network forward and backward, losses, optimizers, batches.

`python -m benchmarks.step_profile [--corpus FOLDER] [--steps 30] [--cpu] [-S train.batch_size=8 ...]` trains as
params.yaml says, through Lightning, with clocks at the joints, and prints medians over steps. `--cpu` reads the
process's own time in place of the clock's, with one thread, for a machine that others use too. The clocks cost about a
percent. What no part has is told as such.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import pytorch_lightning as pl
from rich.console import Console
from rich.table import Table
from torch import nn
from torch.optim import Optimizer

from aurl_core.models.threads import cpu_threads
from aurl_core.training.learner import Learner
from aurl_core.training.loading.workers import IN_PROCESS
from aurl_core.training.optimization.precision import lightning_precision
from aurl_core.training.recipe import Recipe
from aurl_core.training.trainer import begun, data_of
from tasks.params import load_params
from tasks.profiles import overridden

_WARM_UP = 3
_BAR = 40
OF_MODULES = {
    "Embedding": "embedding",
    "Hearing": "hearing",
    "CausalAttention": "attention",
    "SlidingWindowAttention": "attention",
    "SwiGLU": "feed-forward",
    "GELU": "feed-forward",
    "RMSNorm": "norms",
    "Dropout": "drop-out",
}
"""What the time inside a module of a class counts as; modules inside it count with it."""

Clock = Callable[[], float]


class Joints(pl.Callback):
    """Clocks at the joints of a step: seconds by part, for every step."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.steps: list[dict[str, float]] = []
        self.totals: list[float] = []
        self._parts: dict[str, float] = defaultdict(float)
        self._inside: list[str] = []
        self._begun = self._mark = self._ended = 0.0

    def on_fit_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        assert isinstance(pl_module, Learner)
        for module in pl_module.model.modules():
            if name := OF_MODULES.get(type(module).__name__):
                self._watch(module, name)
        pl_module.model.register_forward_pre_hook(lambda *_: self._enter("rest of forward"))
        pl_module.model.register_forward_hook(lambda *_: self._leave("rest of forward"))
        for optimizer in pl_module.all_optimizers():
            self._watch_optimizer(optimizer)
        self._ended = self.clock()

    def on_train_batch_start(self, *_: Any) -> None:
        self._begun = self._mark = self.clock()

    def on_before_backward(self, *_: Any) -> None:
        self._lap("losses, and what lies before and after the network")

    def on_after_backward(self, *_: Any) -> None:
        self._lap("rest of backward")

    def on_train_batch_end(self, *_: Any) -> None:
        self._lap("zeroing, logging")
        now = self.clock()
        self.steps.append(dict(self._parts))
        self.totals.append(now - self._ended)
        self._parts, self._ended = defaultdict(float), now

    def batches(self, loader: Any) -> Iterator[Any]:
        """The batches of a loader, each timed."""
        batches = iter(loader)
        while True:
            start = self.clock()
            batch = next(batches, None)
            self._parts["batches"] += self.clock() - start
            if batch is None:
                return
            yield batch

    def _lap(self, name: str) -> None:
        now = self.clock()
        self._parts[name] += now - self._mark
        self._mark = now

    def _watch(self, module: nn.Module, name: str) -> None:
        module.register_forward_pre_hook(lambda *_: self._enter(name))
        module.register_forward_hook(lambda *_: self._leave(name))
        if name in ("attention", "feed-forward"):
            module.register_full_backward_pre_hook(lambda *_: self._lap("rest of backward"))
            module.register_full_backward_hook(lambda *_: self._lap(f"{name}, backward"))

    def _watch_optimizer(self, optimizer: Optimizer) -> None:
        name = type(optimizer).__name__
        optimizer.register_step_pre_hook(lambda *_: self._lap("clipping, learning rate"))
        optimizer.register_step_post_hook(lambda *_: self._lap(name))

    def _enter(self, name: str) -> None:
        if self._part():
            self._lap(self._part())
        elif not self._inside:
            self._lap("losses, and what lies before and after the network")
        self._inside.append(name)

    def _leave(self, name: str) -> None:
        self._lap(self._part())
        assert self._inside.pop() == name

    def _part(self) -> str:
        """The outermost part that the network is in; the whole network if in none."""
        return self._inside[min(1, len(self._inside) - 1)] if self._inside else ""


def profiled(recipe: Recipe, corpus: Path, *, num_steps: int, clock: Clock) -> Joints:
    """Train for so many steps with clocks at the joints."""
    tokens = num_steps * recipe.train.batch_size * recipe.model.context_length
    train = recipe.train.model_copy(update={"budget_tokens": tokens, "validate_every_tokens": tokens})
    recipe, joints = replace(recipe, train=train), Joints(clock)
    with tempfile.TemporaryDirectory() as cache:
        data = data_of(recipe, corpus, cache=Path(cache), cache_bytes=1 << 40, workers=IN_PROCESS, studies=None)
        learner = begun(recipe, data.tokenizer.vocabulary, before=None)
        trainer = pl.Trainer(
            accelerator="cpu", devices=1, precision=lightning_precision(train), max_epochs=1, limit_val_batches=0,
            callbacks=[joints], logger=False, enable_checkpointing=False, enable_progress_bar=False,
            enable_model_summary=False, use_distributed_sampler=False,
        )  # fmt: skip
        trainer.fit(learner, train_dataloaders=Batches(joints, data.train_dataloader()))
    return joints


class Batches:
    """A loader whose batches are timed."""

    def __init__(self, joints: Joints, loader: Any) -> None:
        self.joints = joints
        self.loader = loader

    def __len__(self) -> int:
        return len(self.loader)

    def __iter__(self) -> Iterator[Any]:
        return self.joints.batches(self.loader)


def table_of(joints: Joints, tokens_per_step: int) -> Table:
    """Medians over the steps after the first few, the largest first."""
    steps, total = joints.steps[_WARM_UP:], median(joints.totals[_WARM_UP:])
    names = list(dict.fromkeys(name for step in steps for name in step))
    typical = {name: median(step.get(name, 0.0) for step in steps) for name in names}
    typical["unaccounted: Lightning between the joints"] = max(0.0, total - sum(typical.values()))
    named = 1 - typical["unaccounted: Lightning between the joints"] / total
    title = f"{1000 * total:.1f} ms a step, {tokens_per_step / total:,.0f} tokens/s; {named:.0%} of it has a name"
    table = Table("", "ms", "share", "", title=title)
    for name, took in sorted(typical.items(), key=lambda one: -one[1]):
        table.add_row(name, f"{1000 * took:.1f}", f"{took / total:.0%}", "█" * round(_BAR * took / total))
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, default=Path("data/corpus"))
    parser.add_argument("--steps", type=int, default=30)
    parser.add_argument("--cpu", action="store_true", help="the process's own time on one thread, not the clock's")
    parser.add_argument("-S", dest="overrides", action="append", default=[], help="a setting that differs")
    options = parser.parse_args()
    params = overridden(load_params(), options.overrides)
    clock = time.process_time if options.cpu else time.perf_counter
    with cpu_threads(1 if options.cpu else params.train.num_threads):
        recipe = Recipe(params.train, params.model, params.augment, params.seed)
        joints = profiled(recipe, options.corpus, num_steps=options.steps, clock=clock)
    Console(width=120).print(table_of(joints, params.train.batch_size * params.model.context_length))


if __name__ == "__main__":
    main()
