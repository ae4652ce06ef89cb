from aurl_core.augmentation.params import AugmentParams
from aurl_core.augmentation.policy import allowed_shifts, augment
from aurl_core.score.score import Notes, Score, Track

WIDE = AugmentParams(lowest_shift=-5, highest_shift=6)


def note(pitch: int, **track) -> Score:
    return Score(24, Notes.of(onset=[0], duration=24, pitch=[pitch]), (Track(**track),))


def pitches(epochs: range, piece_id: str = "a", seed: int = 1) -> list[int]:
    varied = (augment(note(60), WIDE, seed=seed, piece_id=piece_id, epoch=epoch) for epoch in epochs)
    return [int(score.notes.pitch[0]) for score in varied]


def test_every_transposition_comes_once_in_a_cycle():
    for start in (0, 12, 24):
        assert sorted(pitches(range(start, start + 12))) == list(range(55, 67))


def test_seed_piece_and_epoch_decide():
    assert pitches(range(40)) == pitches(range(40))
    assert pitches(range(40)) != pitches(range(40), piece_id="b")
    assert pitches(range(40)) != pitches(range(40), seed=2)
    assert pitches(range(12)) != pitches(range(12, 24))


def test_shifts_stay_within_the_pitch_range():
    assert allowed_shifts(note(23), WIDE) == range(-2, 7)
    assert allowed_shifts(note(107), WIDE) == range(-5, 2)


def test_a_piece_beyond_the_range_may_only_move_inwards():
    assert allowed_shifts(note(20), WIDE) == range(7)
    assert allowed_shifts(note(110), WIDE) == range(-5, 1)


def test_drums_alone_have_nothing_to_transpose():
    assert allowed_shifts(note(60, is_drum=True), WIDE) == range(1)


def test_off_is_off():
    assert augment(note(60), AugmentParams(), seed=1, piece_id="a", epoch=3).equals(note(60))
