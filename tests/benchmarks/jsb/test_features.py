from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch

from benchmarks.jsb.chorales import Chorales, IntArray, build_chorales
from benchmarks.jsb.features import Features, build_features
from benchmarks.jsb.matching import VIEWS, continuations

OPENING = np.array([69, 64, 59, 52])
READ = ("step_ids", "voice_ids", "last_pitches", "references", "histograms", "votes")
MakePieces = Callable[..., list[IntArray]]
Describe = Callable[[Chorales, Chorales], Features]


def chorales_of(*pieces: IntArray, opening: IntArray = OPENING) -> Chorales:
    return build_chorales(list(pieces), opening=opening, voice_order=(0, 1, 2, 3))


def changed_at(piece: IntArray, step: int, voice: int) -> IntArray:
    changed = piece.copy()
    changed[step:, voice] += 1
    return changed


def test_a_step_is_told_nothing_of_itself_or_later(make_pieces: MakePieces, describe: Describe) -> None:
    (piece,), train = make_pieces(1, num_pieces=1), chorales_of(*make_pieces(2))
    before = describe(chorales_of(piece), train)
    after = describe(chorales_of(changed_at(piece, 20, 0)), train)
    for name in READ:
        told = slice(None, 21) if getattr(before, name).shape[1] != 4 else slice(None, 20)
        assert torch.equal(getattr(before, name)[told], getattr(after, name)[told]), name
    assert not torch.equal(before.last_pitches[21], after.last_pitches[21])


def test_a_voice_is_told_only_of_the_voices_before_it(make_pieces: MakePieces, describe: Describe) -> None:
    (piece,), train = make_pieces(3, num_pieces=1), chorales_of(*make_pieces(4))
    before = describe(chorales_of(piece), train)
    after = describe(chorales_of(changed_at(piece, 20, 1)), train)
    for name in ("voice_ids", "last_pitches", "references", "histograms", "votes"):
        assert torch.equal(getattr(before, name)[20, :2], getattr(after, name)[20, :2]), name
    assert not torch.equal(before.voice_ids[20, 2:], after.voice_ids[20, 2:])


def test_another_key_changes_the_last_pitches_alone(make_pieces: MakePieces, describe: Describe) -> None:
    (piece,) = make_pieces(5, num_pieces=1)
    low = chorales_of(piece)
    high = chorales_of(piece + 5, opening=OPENING + 5)
    matches = [[continuations(c, c, view=view, scope="past") for view in VIEWS] for c in (low, high)]
    first = build_features(low, own=matches[0], retrieved=[], opening=OPENING)
    second = build_features(high, own=matches[1], retrieved=[], opening=OPENING + 5)
    for name in set(READ) - {"last_pitches"}:
        assert torch.equal(getattr(first, name), getattr(second, name)), name
    assert torch.equal(first.last_pitches + 5, second.last_pitches)


def test_ids_of_features_do_not_meet(make_pieces: MakePieces, describe: Describe) -> None:
    chorales = chorales_of(*make_pieces(6, num_pieces=4))
    features = describe(chorales, chorales)
    lowest, highest = features.step_ids.amin(0), features.step_ids.amax(0)
    assert torch.all(highest[:-1] < lowest[1:])
    assert int(highest[-1]) < features.num_step_ids
    assert int(features.voice_ids.max()) < features.num_voice_ids


def test_retrieved_columns_are_those_that_training_pieces_change(make_pieces: MakePieces, describe: Describe) -> None:
    chorales = chorales_of(*make_pieces(7))
    knowing, ignorant = describe(chorales, chorales), describe(chorales, chorales_of(*make_pieces(8)))
    differs = (knowing.step_ids != ignorant.step_ids).any(0)
    assert differs.any()
    assert not (differs & ~knowing.is_retrieved_step).any()
    assert replace(knowing).is_retrieved_vote.tolist() == [False, False, True, True]
