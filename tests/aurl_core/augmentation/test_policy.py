import pytest

from aurl_core.augmentation.params import (
    AugmentParams,
    DynamicsParams,
    GrooveParams,
    Ramp,
    StretchParams,
    TimbreParams,
    TransposeParams,
)
from aurl_core.augmentation.policy import KINDS, augment, kinds_of, num_transpositions
from aurl_core.score.score import Notes, Score, Track

KEYS = AugmentParams(transpose=TransposeParams(chance=1, semitones=(-5, 6)))
ALL = AugmentParams(
    transpose=TransposeParams(chance=0.5),
    stretch=StretchParams(chance=0.5),
    dynamics=DynamicsParams(chance=0.5),
    timbre=TimbreParams(chance=0.5),
    groove=GrooveParams(chance=0.5),
)


def note(pitch: int, **track) -> Score:
    return Score(24, Notes.of(onset=[0], duration=24, pitch=[pitch]), (Track(**track),))


def shown(
    score: Score, params: AugmentParams, epoch: int, *, piece_id: str = "a", seed: int = 1, progress=0.0
) -> Score:
    kinds = kinds_of(params, seed=seed, piece_id=piece_id, epoch=epoch, progress=progress)
    return augment(score, params, kinds, seed=seed, piece_id=piece_id, epoch=epoch)


def pitches(epochs: range, **place) -> list[int]:
    return [int(shown(note(60), KEYS, epoch, **place).notes.pitch[0]) for epoch in epochs]


def test_every_transposition_comes_once_in_a_cycle():
    for start in (0, 12, 24):
        assert sorted(pitches(range(start, start + 12))) == list(range(55, 67))
    assert num_transpositions(note(60), KEYS) == 12


def test_seed_piece_and_epoch_decide():
    assert pitches(range(40)) == pitches(range(40))
    assert pitches(range(40)) != pitches(range(40), piece_id="b")
    assert pitches(range(40)) != pitches(range(40), seed=2)
    assert pitches(range(12)) != pitches(range(12, 24))


def test_off_is_off(make_piece):
    assert shown(make_piece(1), AugmentParams(), 3) is not None
    assert shown(make_piece(1), AugmentParams(), 3).equals(make_piece(1))
    assert num_transpositions(note(60), AugmentParams()) == 1


def test_each_kind_comes_as_often_as_its_chance_says():
    params = AugmentParams(stretch=StretchParams(chance=0.2), groove=GrooveParams(chance=0.7))
    seen = [kinds_of(params, seed=1, piece_id="a", epoch=epoch, progress=0) for epoch in range(500)]
    shares = {kind: sum(kind in kinds for kinds in seen) / 500 for kind in KINDS}
    assert shares == pytest.approx(dict.fromkeys(KINDS, 0.0) | {"stretch": 0.2, "groove": 0.7}, abs=0.06)


def test_a_rising_chance_takes_nothing_away():
    params = AugmentParams(dynamics=DynamicsParams(chance=Ramp(shape="linear", start=0, end=1)))
    turns = [
        ["dynamics" in kinds_of(params, seed=1, piece_id="a", epoch=epoch, progress=step / 20) for step in range(21)]
        for epoch in range(50)
    ]
    assert all(has == sorted(has) and has[-1] and not has[0] for has in turns)
    assert len({has.index(True) for has in turns}) > 5


def test_one_kind_leaves_the_others_as_they_were(make_piece):
    both = KEYS.model_copy(update={"dynamics": DynamicsParams(chance=1)})
    for epoch in range(10):
        one, two = shown(make_piece(1), KEYS, epoch), shown(make_piece(1), both, epoch)
        assert (one.notes.pitch == two.notes.pitch).all()
        assert (one.notes.velocity != two.notes.velocity).any()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_changes_something_and_the_same_again(make_piece, kind):
    params = AugmentParams.model_validate({kind: {"chance": 1}})
    varied = [shown(make_piece(1), params, epoch) for epoch in range(4)]
    assert any(not one.equals(make_piece(1)) for one in varied)
    assert all(shown(make_piece(1), params, epoch).equals(one) for epoch, one in enumerate(varied))


def test_stretched_onsets_are_another_setting(make_piece):
    params = AugmentParams(stretch=StretchParams(chance=1, factor=(1.2, 1.2), changes="onsets"))
    assert shown(make_piece(1), params, 0).end == pytest.approx(1.2 * make_piece(1).end, abs=1)


def test_all_together_leave_a_piece_that_can_be_played(make_piece):
    for epoch in range(50):
        notes = shown(make_piece(epoch), ALL, epoch, progress=0.5).notes
        assert len(notes) == len(make_piece(epoch).notes)
        assert (notes.duration > 0).all()
        assert ((notes.velocity > 0) & (notes.velocity < 128)).all()
