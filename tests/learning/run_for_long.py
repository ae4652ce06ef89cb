"""Goes through ten epochs and prints what memory it holds after each, in bytes: argv is corpus, folder, settings.

Settings with a model are those of a training, which is measured and saved after each epoch; others are of batches
alone, made by so many workers.
"""

import gc
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil

from aurl_core.augmentation.params import AugmentParams
from aurl_core.models.params import TransformerConfig
from aurl_core.training.loading.data_module import CorpusData
from aurl_core.training.loading.workers import Workers
from aurl_core.training.params import TrainParams
from aurl_core.training.recipe import Recipe
from aurl_core.training.schedules import Schedule
from aurl_core.training.trainer import fit

EPOCHS = 10


def held_bytes() -> int:
    """What this process and its workers have for themselves: the files that they have mapped do not count."""
    gc.collect()
    this = psutil.Process()
    return sum(process.memory_full_info().uss for process in (this, *this.children(recursive=True)))


def of_batches(corpus: Path, folder: Path, num_workers: int) -> Iterator[int]:
    schedule = Schedule(num_intervals=EPOCHS, legs_per_interval=1, steps_per_leg=60, batch_size=16, context_length=256)
    augment, workers = AugmentParams(transpose={"chance": 1.0}), Workers(num_workers)
    data = CorpusData(corpus, cache=folder, augment=augment, schedule=schedule, seed=1, workers=workers)
    loader = data.train_dataloader()
    for epoch in range(EPOCHS):
        loader.sampler.set_epoch(epoch)
        for _ in loader:
            pass
        yield held_bytes()


def of_training(corpus: Path, folder: Path, sections: dict[str, Any]) -> list[int]:
    found = list[int]()
    fit(
        Recipe(
            TrainParams(**sections["train"]),
            TransformerConfig(**sections["model"]),
            AugmentParams(**sections["augment"]),
            sections["seed"],
        ),
        corpus,
        checkpoints=folder / "run",
        cache=folder,
        progress=lambda done, total: None,
        metrics=lambda figures, tokens_seen: found.append(held_bytes()),
    )
    return found


def main(corpus: str, folder: str, text: str) -> None:
    settings = json.loads(text)
    measure = of_training if "model" in settings else of_batches
    for held in measure(Path(corpus), Path(folder), **settings if measure is of_batches else {"sections": settings}):
        print(held)


if __name__ == "__main__":
    main(*sys.argv[1:])
