import numpy as np
import pytest

from aurl_core.tokens import layout


def test_the_blocks_are_those_of_the_774():
    names = layout.token_names()
    counts = {
        kind: sum(name.rstrip("0123456789").rstrip("_") == kind for name in names) for kind in ("NOTE_ON", "NOTE_OFF")
    }
    assert counts == {"NOTE_ON": 88, "NOTE_OFF": 88}
    assert len(set(names)) == layout.VOCAB_SIZE == 774


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (layout.NOTE_ON, "NOTE_ON_21"),
        (layout.NOTE_OFF - 1, "NOTE_ON_108"),
        (layout.TIME_SHIFT, "TIME_SHIFT_1"),
        (layout.LONGEST_SHIFT, "TIME_SHIFT_512"),
        (layout.VELOCITY, "VELOCITY_0"),
        (layout.SUSTAIN_ON, "SUSTAIN_ON"),
        (layout.TEMPO, "TEMPO_0"),
        (layout.INSTRUMENT, "INSTRUMENT_0"),
    ],
)
def test_each_block_begins_where_its_name_says(number, name):
    assert layout.token_names()[number] == name


def test_every_tempo_is_its_own_bin():
    assert layout.TEMPO_BINS.bin_of(layout.TEMPO_BPM).tolist() == list(range(32))


def test_tempos_go_to_the_nearest_bin():
    bpm = np.linspace(60, 200, 500)
    distance = np.abs(np.log(layout.TEMPO_BPM[:, None] / bpm))
    assert layout.TEMPO_BINS.bin_of(bpm).tolist() == distance.argmin(axis=0).tolist()


def test_the_velocity_of_a_bin_is_in_it():
    assert (layout.velocity_of_bin(np.arange(32)) // 4).tolist() == list(range(32))
