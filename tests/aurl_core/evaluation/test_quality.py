from dataclasses import replace

import numpy as np
import pytest

from aurl_core.evaluation.quality import QUALITY, RealMusic, beginning
from aurl_core.score.score import Notes, Score


@pytest.fixture
def pieces(make_piece) -> list[Score]:
    return [make_piece(seed) for seed in range(24)]


@pytest.fixture
def real(pieces) -> RealMusic:
    return RealMusic(pieces[:16])


def test_real_music_scores_high_and_noise_in_it_low(real, pieces):
    def with_noise(share: float) -> list[Score]:
        rng = np.random.default_rng(1)
        moved = [(rng.random(64) < share) * rng.integers(-6, 7, 64) for _ in pieces[16:]]
        return [
            one.with_notes(replace(one.notes, pitch=one.notes.pitch + by))
            for one, by in zip(pieces[16:], moved, strict=True)
        ]

    clean, some, much = (real.figures(with_noise(share))[QUALITY] for share in (0, 0.2, 1))
    assert clean > 0.85
    assert much < 0.5
    assert clean > some > much


def test_a_figure_says_what_is_wrong(real, pieces):
    bar = beginning(pieces[20], 4).notes
    onset = np.concatenate([bar.onset + 96 * number for number in range(8)])
    loop = Notes.of(onset=onset, duration=24, pitch=np.tile(bar.pitch, 8), track=np.tile(bar.track, 8))
    figures = real.figures([pieces[20].with_notes(loop)])
    assert figures["sample_repeated_bar_rate"] < 0.1
    assert figures["sample_notes_per_beat"] == 1
    assert figures[QUALITY] < 0.8


def test_a_short_sample_is_compared_with_as_much_of_real_pieces(real, pieces):
    whole, short = (real.figures([beginning(one, beats) for one in pieces[16:]])[QUALITY] for beats in (32, 12))
    assert short == pytest.approx(whole, abs=0.15)


def test_silence_is_worth_next_to_nothing(real):
    figures = real.figures([Score(24)])
    assert figures.pop(QUALITY) == pytest.approx(0.01)
    assert set(figures.values()) == {0.0}


def test_a_beginning_ends_where_it_is_cut():
    piece = Score(24, Notes.of(onset=[0, 24, 48], duration=[60, 10, 10], pitch=60))
    cut = beginning(piece, 2).notes
    assert (cut.onset.tolist(), cut.duration.tolist()) == ([0, 24], [48, 10])
