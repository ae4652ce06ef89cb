import numpy as np
import pytest

from aurl_core.augmentation.dynamics import bend_velocities
from aurl_core.score.score import Notes, Score


def played(*velocities: int) -> Score:
    return Score(24, Notes.of(onset=24 * np.arange(len(velocities)), duration=24, pitch=60, velocity=velocities))


def velocities(score: Score) -> list[int]:
    return score.notes.velocity.tolist()


def test_scaled():
    assert velocities(bend_velocities(played(40, 60, 100), scale=0.8)) == [32, 48, 80]


def test_the_loudest_are_not_flattened():
    assert velocities(bend_velocities(played(50, 100, 120), scale=1.2)) == [53, 106, 127]


def test_gamma_bends_between_silence_and_the_loudest():
    softer, flatter = bend_velocities(played(32, 64, 127), gamma=2), bend_velocities(played(32, 64, 127), gamma=0.5)
    assert velocities(softer) == [8, 32, 127]
    assert velocities(flatter) == [64, 90, 127]


def test_a_crescendo_a_diminuendo_and_both():
    even = played(*[100] * 5)
    assert velocities(bend_velocities(even, swell=0.4, peak=1)) == [80, 90, 100, 110, 120]
    assert velocities(bend_velocities(even, swell=0.4, peak=0)) == [120, 110, 100, 90, 80]
    assert velocities(bend_velocities(even, swell=0.4, peak=0.5)) == [80, 100, 120, 100, 80]
    assert velocities(bend_velocities(even, swell=-0.4, peak=0.5)) == [120, 100, 80, 100, 120]


@pytest.mark.parametrize("scale", [0.6, 1.0, 1.6])
@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0])
def test_the_rank_of_velocities_is_kept(scale, gamma):
    before = np.random.default_rng(1).integers(1, 128, 200)
    after = np.array(velocities(bend_velocities(played(*before), scale=scale, gamma=gamma)))
    assert (np.diff(after[np.argsort(before, kind="stable")].astype(int)) >= 0).all()
    assert after.min() >= 1


def test_a_swell_keeps_the_rank_in_every_chord():
    rng = np.random.default_rng(2)
    chords = Notes.of(
        onset=np.repeat(np.arange(50) * 12, 4),
        duration=12,
        pitch=np.tile([48, 55, 64, 72], 50),
        velocity=rng.integers(1, 128, 200),
    )
    after = bend_velocities(Score(24, chords), swell=0.6, peak=0.3).notes.velocity.reshape(50, 4).astype(int)
    for was, now in zip(chords.velocity.reshape(50, 4), after, strict=True):
        assert (np.diff(now[np.argsort(was, kind="stable")]) >= 0).all()


def test_silence_stays_silence():
    assert bend_velocities(Score(24), scale=2).equals(Score(24))
