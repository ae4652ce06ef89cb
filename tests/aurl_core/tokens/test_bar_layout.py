import numpy as np

from aurl_core.tokens.bar_layout import BarLayout, meter_number, meters
from aurl_core.tokens.params import BarTokenizerConfig

LAYOUT = BarLayout(BarTokenizerConfig(steps_per_beat=24))


def test_each_block_begins_where_its_name_says():
    firsts = {
        name: LAYOUT.token_names[getattr(LAYOUT, name)] for name in ("bar", "position", "pitch", "tempo", "voice")
    }
    assert firsts == {
        "bar": "BAR", "position": "POSITION_0", "pitch": "PITCH_0", "tempo": "TEMPO_0", "voice": "VOICE_0",
    }  # fmt: skip
    assert LAYOUT.token_names[LAYOUT.sustain_off] == "SUSTAIN_OFF"
    assert LAYOUT.token_names[LAYOUT.program + 128] == "DRUMS"


def test_every_name_is_there_once():
    assert len(set(LAYOUT.token_names)) == LAYOUT.size == len(LAYOUT.kind) == len(LAYOUT.steps) == 1234


def test_steps_are_what_the_names_say():
    said = [name.rstrip("+").split("_")[-1] for name in LAYOUT.token_names]
    rows = [row for row, name in enumerate(LAYOUT.token_names) if name.startswith(("POSITION", "DURATION"))]
    assert LAYOUT.steps[rows].tolist() == [int(said[row]) for row in rows]
    assert LAYOUT.steps.sum() == LAYOUT.steps[rows].sum()


def test_the_largest_settings_fit_into_sixteen_bits():
    config = BarTokenizerConfig(steps_per_beat=96, velocity_bins=128, tempo_bins=512)
    assert BarLayout(config).size < 65536


def test_meters_are_found_by_their_numbers():
    assert meter_number(*meters()).tolist() == list(range(448))
    assert meter_number(np.array([0, 65, 4, 4]), np.array([4.0, 4.0, 3.0, 128.0])).tolist() == [-1] * 4


def test_with_128_bins_every_velocity_is_its_own():
    layout = BarLayout(BarTokenizerConfig(steps_per_beat=24, velocity_bins=128))
    velocity = np.arange(128, dtype=np.uint8)
    assert layout.velocity_of_bin(layout.velocity_bin[velocity].astype(np.int64)).tolist() == velocity.tolist()
    assert layout.velocity_bin[200] == 127
