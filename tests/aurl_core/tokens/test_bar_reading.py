from aurl_core.tokens.bar import BarTokenizer
from aurl_core.tokens.params import BarTokenizerConfig

TOKENIZER = BarTokenizer(BarTokenizerConfig(steps_per_beat=24))


def decoded(names):
    return TOKENIZER.decode([TOKENIZER.vocabulary.id_of(name) for name in names.split()])


def test_a_part_takes_for_granted_what_it_does_not_say():
    part = decoded("PITCH_60 BAR POSITION_6 PITCH_62")
    assert (part.notes.onset.tolist(), part.notes.duration.tolist()) == ([0, 102], [24, 24])
    assert part.notes.velocity.tolist() == [66, 66]
    assert [track.program for track in part.tracks] == [0]


def test_a_part_that_begins_with_a_bar_begins_there():
    assert decoded("BAR POSITION_6 PITCH_62").notes.onset.tolist() == [6]


def test_tracks_that_were_not_announced_come_last():
    piece = decoded("BOS TEMPO_1 PROGRAM_40 BAR POSITION_0 DRUMS PITCH_36 PROGRAM_5 VOICE_2 PITCH_60")
    assert [(track.program, track.is_drum) for track in piece.tracks] == [(40, False), (5, False), (0, True)]
    assert piece.notes.track.tolist() == [1, 2]


def test_nothing_is_an_empty_score():
    assert len(TOKENIZER.decode([]).notes) == 0


def test_bars_follow_their_meters():
    piece = decoded(
        "BOS TEMPO_1 PROGRAM_0 BAR TIME_SIGNATURE_5/8 BAR POSITION_10 BAR TIME_SIGNATURE_3/4 BAR POSITION_1 PITCH_60"
    )
    assert piece.notes.onset.tolist() == [60 + 10 + 72 + 1]
    assert piece.events.select("time_signature").onset.tolist() == [0, 70]
