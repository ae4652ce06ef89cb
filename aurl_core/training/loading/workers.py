"""Processes that make batches ahead of the training. What a batch is stands in batches.py; nothing here changes it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Final

from torch.utils.data import DataLoader, Dataset, Sampler

from aurl_core.errors import AurlError
from aurl_core.models.likelihood import Batch

_READ_ONCE: Final = ("aurl_core.training.loading.segments",)
"""Modules that the workers share, with all that these import."""
_LOST: Final = "DataLoader worker"


@dataclass(frozen=True, slots=True)
class Workers:
    """Who makes batches."""

    number: int = 0
    """Processes, each of one thread with the corpus's files mapped for itself; 0: the training makes its own."""
    prefetch: int = 2
    """Batches that each has ready."""

    def loader(self, batches: Dataset[Batch], steps: Sampler[int], *, is_pinned: bool = False) -> DataLoader[Batch]:
        """The batches of the steps that the sampler says, in order; `is_pinned` for a GPU to fetch them faster.

        The processes live from the first leg to the last.
        """
        if not self.number:
            return DataLoader(batches, batch_size=None, sampler=steps, pin_memory=is_pinned)
        context = get_context("forkserver")  # a fork of the training itself would inherit its threads' locks
        context.set_forkserver_preload([*_READ_ONCE])
        return DataLoader(
            batches,
            batch_size=None,
            sampler=steps,
            pin_memory=is_pinned,
            num_workers=self.number,
            prefetch_factor=self.prefetch,
            persistent_workers=True,
            multiprocessing_context=context,
        )


IN_PROCESS: Final = Workers()
"""The training makes its own batches."""


@contextmanager
def lost_workers_told() -> Iterator[None]:
    """AurlError in place of torch's if a worker is killed in the block."""
    try:
        yield
    except RuntimeError as error:
        if not str(error).startswith(_LOST):
            raise
        raise AurlError(
            f"a process that makes batches was lost ({str(error).strip()}): a machine without memory is the usual "
            "cause; set cluster.loader_workers lower, or to 0, and run `dvc repro` again: it goes on from the last "
            "state that was saved"
        ) from error
