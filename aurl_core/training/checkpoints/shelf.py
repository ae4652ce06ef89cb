"""`Shelf`: the checkpoints of one run: the newest and the best that are unharmed, and which make room for others."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from aurl_core.errors import InputError
from aurl_core.sums import faults
from aurl_core.training.checkpoints.params import CheckpointParams
from aurl_core.training.checkpoints.record import Checkpoint, read_record
from aurl_core.training.checkpoints.score import score
from aurl_core.training.checkpoints.state import opened

_log = logging.getLogger(__name__)


class Shelf:
    """The folder of a run, `step-*/` in it a checkpoint each."""

    def __init__(self, folder: Path, params: CheckpointParams) -> None:
        self.folder = folder
        self.params = params

    def place(self, step: int) -> Path:
        """Where the state after so many gradient steps belongs."""
        return self.folder / f"step-{step:09d}"

    def newest(self) -> Checkpoint | None:
        """The last state that is unharmed; a damaged one is passed over with a warning, for the one before it.

        `InputError` if it is of a format that is not read here.
        """
        places = self._places()
        found = next(_unharmed(reversed(places)), None)
        if places and not found:
            _log.warning("%s holds no state that is unharmed, so the training starts from its beginning", self.folder)
        return found

    def best(self) -> Checkpoint:
        """The unharmed state with the highest score, of equals the first.

        `InputError` if none has a score.
        """
        scored = [(value, one) for one in _unharmed(self._places()) if (value := self._score(one)) is not None]
        if not scored:
            raise InputError(
                f"no checkpoint in {self.folder} has what train.checkpoints.score weighs, so none is the best; set "
                "train.num_samples above 0 if quality counts, or train.checkpoints.use to last"
            )
        return max(scored, key=lambda pair: pair[0])[1]

    @contextmanager
    def resumed(self) -> Iterator[Path | None]:
        """The state to go on from, as Lightning reads it; None to begin at the beginning."""
        found = self.newest()
        if found is None:
            yield None
            return
        with opened(found.folder) as path:
            yield path

    def tidy(self, step: int) -> None:
        """Delete what nobody asked to keep, now that the state after `step` is whole.

        A state beyond `step` is from before a damaged one was passed over: it will be had again.
        """
        places = self._places()
        kept = self._kept([place for place in places if place <= self.place(step)])
        for place in places:
            if place not in kept:
                shutil.rmtree(place)

    def _kept(self, places: list[Path]) -> set[Path]:
        known = [one for place in places if (one := _glanced_at(place))]
        scored = [(value, one.folder) for one in known if (value := self._score(one)) is not None]
        best = sorted(scored, key=lambda pair: -pair[0])[: self.params.keep_best]
        last = known[-self.params.keep_last :]
        return {folder for _, folder in best} | {one.folder for one in last} | set(self._milestones(known))

    def _milestones(self, known: list[Checkpoint]) -> Iterator[Path]:
        """The first state at or after each multiple of `keep_every_tokens`."""
        every, passed = self.params.keep_every_tokens, 0
        for one in known if every else ():
            if one.record.tokens_seen // every > passed:
                passed = one.record.tokens_seen // every
                yield one.folder

    def _places(self) -> list[Path]:
        return sorted(self.folder.glob("step-*"))

    def _score(self, checkpoint: Checkpoint) -> float | None:
        return score(checkpoint.record.figures, self.params.score)


def _unharmed(places: Iterable[Path]) -> Iterator[Checkpoint]:
    for place in places:
        if found := faults(place):
            _log.warning("%s is passed over: %s", place, ", ".join(found))
            continue
        yield Checkpoint(place, read_record(place))


def _glanced_at(place: Path) -> Checkpoint | None:
    """A checkpoint by its record alone, which costs nothing; None if not even that can be read."""
    try:
        return Checkpoint(place, read_record(place))
    except (OSError, ValueError):
        return None
