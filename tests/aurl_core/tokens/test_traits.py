import numpy as np
import pytest

from aurl_core.tokens.params import BarTokenizerConfig, EventTokenizerConfig, MidiTokConfig
from aurl_core.tokens.tokenizer import build_tokenizer
from aurl_core.tokens.traits import NOTE, OTHER, TIME, VELOCITY, TokenTraits

CONFIGS = [
    EventTokenizerConfig(steps_per_beat=24, out_of_range="fold"),
    BarTokenizerConfig(steps_per_beat=24),
    MidiTokConfig(tokenization="REMI", steps_per_beat=24),
    MidiTokConfig(tokenization="TSD", steps_per_beat=24),
]


def traits_of(config):
    vocabulary = build_tokenizer(config).vocabulary
    return TokenTraits.of(vocabulary), vocabulary


@pytest.mark.parametrize("config", CONFIGS, ids=lambda config: getattr(config, "tokenization", config.kind))
def test_what_begins_a_note_has_its_pitch(config):
    traits, vocabulary = traits_of(config)
    pitched = np.flatnonzero(traits.pitch_V >= 0)
    begins = build_tokenizer(config).num_notes
    assert all(begins[pitched] == 1)
    assert {vocabulary.tokens[number].rsplit("_")[-1] for number in pitched} == set(
        map(str, traits.pitch_V[pitched].tolist())
    )
    assert len(pitched) >= 88


@pytest.mark.parametrize(
    ("config", "token", "kind"),
    [
        (CONFIGS[0], "NOTE_OFF_60", NOTE),
        (CONFIGS[0], "VELOCITY_3", VELOCITY),
        (CONFIGS[0], "TEMPO_0", OTHER),
        (CONFIGS[1], "DURATION_12", TIME),
        (CONFIGS[1], "BAR", TIME),
        (CONFIGS[1], "DURATION_192+", TIME),
        (CONFIGS[2], "PitchDrum_40", NOTE),
        (CONFIGS[2], "Program_-1", OTHER),
        (CONFIGS[3], "TimeShift_1.12.24", TIME),
    ],
)
def test_kinds(config, token, kind):
    traits, vocabulary = traits_of(config)
    assert traits.kind_V[vocabulary.id_of(token)] == kind


def test_clock_of_the_event_vocabulary():
    traits, vocabulary = traits_of(CONFIGS[0])
    assert traits.shift_beats_V[vocabulary.id_of("TIME_SHIFT_48")] == 1.5
    assert traits.shift_beats_V.sum() == sum(range(1, 513)) / 32
    assert not traits.is_bar_V.any()


def test_clock_of_bars_and_positions():
    traits, vocabulary = traits_of(CONFIGS[1])
    assert np.flatnonzero(traits.is_bar_V).tolist() == [vocabulary.id_of("BAR")]
    assert traits.position_beats_V[vocabulary.id_of("POSITION_36")] == 1.5
    assert traits.position_beats_V[vocabulary.id_of("POSITION_192+")] == -1
    assert traits.bar_beats_V[vocabulary.id_of("TIME_SIGNATURE_6/8")] == 3
    assert traits.bar_beats_V[vocabulary.id_of("BAR")] == 0


def test_what_ends_a_note_has_its_pitch():
    traits, vocabulary = traits_of(CONFIGS[0])
    assert traits.ended_pitch_V[vocabulary.id_of("NOTE_OFF_60")] == 60
    assert traits.pitch_V[vocabulary.id_of("NOTE_OFF_60")] == -1
    assert (traits.ended_pitch_V >= 0).sum() == 88


@pytest.mark.parametrize(
    ("config", "token", "program"),
    [
        (CONFIGS[0], "INSTRUMENT_5", 5),
        (CONFIGS[1], "PROGRAM_40", 40),
        (CONFIGS[1], "DRUMS", 128),
        (CONFIGS[1], "VOICE_3", -1),
        (CONFIGS[2], "Program_40", 40),
        (CONFIGS[2], "Program_-1", 128),
    ],
)
def test_who_plays(config, token, program):
    traits, vocabulary = traits_of(config)
    assert traits.program_V[vocabulary.id_of(token)] == program


def test_voices_are_tracks_of_one_program():
    traits, vocabulary = traits_of(CONFIGS[1])
    assert traits.voice_V[vocabulary.id_of("VOICE_3")] == 3
    assert (traits.voice_V >= 0).sum() == 32


def test_tokens_of_no_length_do_not_move_the_clock():
    traits, vocabulary = traits_of(MidiTokConfig(tokenization="BEAT", steps_per_beat=24))
    assert traits.shift_beats_V[vocabulary.id_of("Rest_None")] == 0


def test_nothing_is_known_of_blank_traits():
    traits = TokenTraits.blank(5)
    assert traits.vocab_size == 5
    assert traits.pitch_V.tolist() == [-1] * 5
    assert not traits.kind_V.any()
