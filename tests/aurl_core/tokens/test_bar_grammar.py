import numpy as np
import pytest

from aurl_core.tokens.bar import BarTokenizer
from aurl_core.tokens.params import BarTokenizerConfig

TOKENIZER = BarTokenizer(BarTokenizerConfig(steps_per_beat=24))
GRAMMAR, NAMES = TOKENIZER.grammar(), TOKENIZER.vocabulary.tokens
OPENED = ("TEMPO_32", "PROGRAM_0", "PROGRAM_40", "PROGRAM_0", "BAR", "TIME_SIGNATURE_4/4")
STRUCK = (*OPENED, "POSITION_24", "PROGRAM_0", "VELOCITY_9", "DURATION_24", "PITCH_60")

VERY_LONG = ("DURATION_98304+", "DURATION_1536+", "DURATION_161")


def after(*names):
    """The state when the given tokens have been written after BOS."""
    state = GRAMMAR.start(1)
    for name in ("BOS", *names):
        number = TOKENIZER.vocabulary.id_of(name)
        assert GRAMMAR.allowed(state)[0, number], f"{name} is not allowed"
        state = GRAMMAR.advance(state, np.array([number]))
    return state


def allowed(*names, of=""):
    return {
        NAMES[number] for number in np.flatnonzero(GRAMMAR.allowed(after(*names))[0]) if NAMES[number].startswith(of)
    }


def closed(*names):
    """Those names and the kinds of tokens with which closing goes on, the lowest id each time."""
    state, added = after(*names), []
    while not added or added[-1] != "EOS":
        number = np.flatnonzero(GRAMMAR.closing(state)[0])[0]
        added.append(NAMES[number])
        state = GRAMMAR.advance(state, np.array([number]))
    return " ".join(name.split("_")[0] for name in added)


def test_the_opening_names_tempo_tracks_and_meter():
    assert allowed() == {f"TEMPO_{tempo}" for tempo in range(49)}
    assert len(allowed("TEMPO_3")) == 129 + 1
    assert allowed("TEMPO_3", "PROGRAM_4", "BAR") == {name for name in NAMES if name.startswith("TIME")}


def test_a_program_has_so_many_voices_and_no_more():
    assert "DRUMS" not in allowed("TEMPO_3", *["DRUMS"] * 32)
    assert "PROGRAM_0" in allowed("TEMPO_3", *["DRUMS"] * 32)


def test_only_tracks_that_were_opened_play():
    assert allowed(*OPENED, "POSITION_0") == {"PROGRAM_0", "PROGRAM_40"}


def test_tracks_have_one_turn_each_in_order():
    assert allowed(*STRUCK, of="PROGRAM") == {"PROGRAM_40"}
    assert allowed(*STRUCK, of="VOICE") == {"VOICE_1"}
    last = (*STRUCK, "VOICE_1", "SUSTAIN_ON")
    assert not allowed(*last, of="PROGRAM") | allowed(*last, of="VOICE")
    assert allowed(*last, "POSITION_30", of="VOICE") == {"VOICE_0"}


def test_a_program_whose_first_voice_has_had_its_turn_needs_a_voice():
    assert allowed(*STRUCK, "PROGRAM_40", "SUSTAIN_ON", "PROGRAM_0") == {"VOICE_1"}


def test_a_first_note_says_everything():
    opened = (*OPENED, "POSITION_0", "PROGRAM_0")
    assert not allowed(*opened, of="DURATION") | allowed(*opened, of="PITCH")
    assert not allowed(*opened, "VELOCITY_3", of="PITCH")
    assert len(allowed(*opened, "VELOCITY_3", "DURATION_9")) == 128


def test_pitches_ascend_and_unisons_grow_longer():
    assert allowed(*STRUCK, of="PITCH") == {f"PITCH_{pitch}" for pitch in range(60, 128)}
    assert "PITCH_60" in allowed(*STRUCK, "DURATION_30", of="PITCH")
    assert "PITCH_60" not in allowed(*STRUCK, "DURATION_20", of="PITCH")


def test_above_the_highest_pitch_only_longer_ones_follow():
    top = (*STRUCK, "PITCH_127")
    assert allowed(*top, of="PITCH") == {"PITCH_127"}
    assert "DURATION_24" not in allowed(*top, of="DURATION")
    assert min(int(name.split("_")[1].rstrip("+")) for name in allowed(*top, of="DURATION")) == 25


def test_what_changes_nothing_cannot_be_said():
    assert not {"VELOCITY_9", "DURATION_24", "SUSTAIN_ON"} & allowed(*STRUCK)
    assert not {"SUSTAIN_OFF", "TEMPO_32", "PROGRAM_0"} & allowed(*STRUCK, "POSITION_25")
    assert "TIME_SIGNATURE_4/4" not in allowed(*STRUCK, "BAR")


def test_positions_go_on_within_the_bar():
    assert allowed(*STRUCK, of="POSITION") == {f"POSITION_{step}" for step in range(25, 96)}
    long = (*OPENED[:-1], "TIME_SIGNATURE_9/4", "POSITION_192+")
    assert allowed(*long) == {f"POSITION_{step}" for step in range(24)}


def test_after_the_last_position_of_a_long_bar_there_is_no_longer_one():
    last = (*OPENED[:-1], "TIME_SIGNATURE_9/4", "POSITION_192+", "POSITION_23", "PROGRAM_0", "SUSTAIN_ON")
    assert not allowed(*last, of="POSITION")


def test_long_durations_get_shorter():
    state = (*STRUCK, "DURATION_384+")
    assert allowed(*state) == {"DURATION_192+", *(f"DURATION_{step}" for step in range(1, 193))}


def test_a_cut_bar_is_followed_by_its_meter():
    assert "BAR" in allowed(*STRUCK, "POSITION_30")
    assert len(allowed(*STRUCK, "POSITION_30", "BAR")) == 448
    assert "BAR" not in allowed(*OPENED, "POSITION_0")


def test_the_piece_ends_when_a_moment_is_complete():
    assert "EOS" in allowed(*STRUCK)
    assert "EOS" not in allowed(*STRUCK, "POSITION_30") | allowed(*STRUCK, "VELOCITY_3")
    assert allowed(*STRUCK, "EOS") == {"PAD"}


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ((), "TEMPO BAR TIME EOS"),
        (STRUCK, "EOS"),
        ((*STRUCK, "POSITION_40"), "PITCH EOS"),
        ((*STRUCK, "DURATION_192+"), "DURATION PITCH EOS"),
        ((*STRUCK, "PROGRAM_40"), "VELOCITY DURATION PITCH EOS"),
        ((*OPENED, "POSITION_40"), "BAR TIME EOS"),
        ((*STRUCK, *VERY_LONG, "PITCH_127", "DURATION_98304+"), "DURATION DURATION PITCH EOS"),
    ],
)
def test_closing_takes_few_tokens(written, expected):
    assert closed(*written) == expected
