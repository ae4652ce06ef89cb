import numpy as np
import pytest

from aurl_core.score.score import Events, Notes, Score, Track
from aurl_core.tokens.bar import BarTokenizer
from aurl_core.tokens.event import EventTokenizer
from aurl_core.tokens.params import BarTokenizerConfig, EventTokenizerConfig
from aurl_core.tokens.piano_roll import hybrid_view, piano_roll, token_steps

BAR = BarTokenizer(BarTokenizerConfig(steps_per_beat=24))
EVENT = EventTokenizer(EventTokenizerConfig(steps_per_beat=24, out_of_range="fold"))
METERS = Events.of([("time_signature", 0, -1, 5, 8.0, ""), ("time_signature", 70, -1, 3, 4.0, "")])
SONG = Score(
    24,
    Notes.of(onset=[0, 24, 75, 700], duration=[30, 6, 12, 3], pitch=[60, 64, 60, 36], velocity=70, track=[0, 0, 0, 1]),
    (Track(), Track(is_drum=True)),
    METERS,
)


class Untimed:
    """A tokenizer whose times are known to its grammar alone."""

    def __init__(self, tokenizer):
        self.encode, self.decode, self.grammar = tokenizer.encode, tokenizer.decode, tokenizer.grammar


def test_a_note_is_an_onset_and_then_held():
    roll = piano_roll(Score(4, Notes.of(onset=[1], duration=[3], pitch=60, velocity=70)))
    assert roll.onset[:, 60].tolist() == [0, 1, 0, 0]
    assert roll.sustain[:, 60].tolist() == [0, 1, 1, 1]
    assert roll.velocity[:, 60].tolist() == [0, 70, 70, 70]
    assert roll.sustain.sum() == 3


def test_families_have_planes_of_their_own():
    roll = piano_roll(SONG, by_family=True)
    assert roll.onset.shape == (16, 703, 128)
    assert np.flatnonzero(roll.sustain.any(axis=(1, 2))).tolist() == [0, 15]


def test_a_window_cuts_what_is_longer():
    roll = piano_roll(SONG, num_steps=26)
    assert roll.sustain.sum(axis=0)[[60, 64]].tolist() == [26, 2]


def test_stacked_planes_go_from_nothing_to_one():
    planes = piano_roll(Score(4, Notes.of(onset=0, duration=2, pitch=60, velocity=127))).stacked()
    assert planes[:, :, 60].tolist() == [[1, 0], [1, 1], [1, 1]]
    assert planes.dtype == np.float32


@pytest.mark.parametrize("tokenizer", [BAR, EVENT])
def test_each_note_token_stands_where_the_roll_has_its_onset(tokenizer):
    view = hybrid_view(tokenizer, SONG)
    rows = view.token_steps[tokenizer.num_notes[view.token_ids] > 0]
    assert rows.tolist() == [0, 24, 75, 700]
    assert view.roll.onset[rows].any(axis=1).all()
    assert len(view.roll.onset) > view.token_steps.max()


@pytest.mark.parametrize("tokenizer", [BAR, EVENT])
def test_the_grammar_finds_the_same_times(tokenizer):
    ids = tokenizer.encode(SONG)
    times = token_steps(tokenizer, ids, steps_per_beat=24)
    assert token_steps(Untimed(tokenizer), ids, steps_per_beat=24).tolist() == times.tolist()


def test_a_part_counts_from_its_own_beginning():
    ids = [BAR.vocabulary.id_of(name) for name in ("POSITION_6", "PITCH_60", "BAR", "POSITION_0", "PITCH_62")]
    assert token_steps(BAR, ids, steps_per_beat=24).tolist() == [6, 6, 96, 96, 96]
