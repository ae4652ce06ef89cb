import time
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from music21 import converter, note

from aurl_core.rendering.musicxml import write_musicxml
from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track

PIANO = (Track(),)


def score_of(notes, *events, tracks=PIANO):
    return Score(24, notes, tracks, Events.of([(kind, at, WHOLE_PIECE, n, v, "") for kind, at, n, v in events]))


def reopened(document):
    """[(part, onset, duration, pitch)] in steps as music21 reads them, tied notes joined; drums have pitch -1."""
    parts = converter.parseData(document, format="musicxml").parts
    names = list(dict.fromkeys(part.partName for part in parts))
    return sorted((names.index(part.partName), *row) for part in parts for row in joined(heads_of(part)))


def heads_of(part):
    """[(onset, duration, line, tie, voice, pitch)] of a staff; music21 makes no voice where there is but the first."""
    first = min([int(voice.id) for voice in part.recurse().getElementsByClass("Voice")], default=1)
    for element in part.recurse().notes:
        voice = int(element.activeSite.id) if "Voice" in element.activeSite.classes else first
        onset, duration = element.getOffsetInHierarchy(part) * 24, element.duration.quarterLength * 24
        for head in element.notes if hasattr(element, "notes") else [element]:
            is_drum = isinstance(head, note.Unpitched)
            line = head.displayPitch().midi if is_drum else head.pitch.midi
            yield onset, duration, line, head.tie.type if head.tie else "", voice, -1 if is_drum else line


def joined(heads):
    held = {}
    for onset, duration, line, tie, voice, pitch in sorted(heads):
        start = held.pop((line, voice, onset)) if tie in ("stop", "continue") else onset
        if tie in ("start", "continue"):
            held[line, voice, onset + duration] = start
        else:
            yield start, onset + duration - start, pitch
    assert not held


def written(score):
    notes = score.notes
    columns = (notes.track, notes.onset, notes.duration, np.where(score.is_drum, -1, notes.pitch.astype(int)))
    return sorted(zip(*(column.tolist() for column in columns), strict=True))


@pytest.mark.parametrize(
    "score",
    [
        pytest.param(score_of(Notes.of(onset=[88, 104], duration=16, pitch=[60, 62])), id="triplets over the bar line"),
        pytest.param(score_of(Notes.of(onset=[1, 24, 60], duration=[23, 29, 1], pitch=60)), id="24ths"),
        pytest.param(score_of(Notes.of(onset=0, duration=700, pitch=[60, 63])), id="held over many bars"),
        pytest.param(score_of(Notes.of(onset=[0, 10], duration=[50, 70], pitch=60)), id="one pitch overlapping"),
        pytest.param(score_of(Notes.of(onset=[0, 0], duration=24, pitch=60)), id="unison in one track"),
        pytest.param(
            score_of(Notes.of(onset=[0, 3], duration=40, pitch=60, track=[0, 1]), tracks=(Track("a"), Track("b"))),
            id="one pitch in two tracks",
        ),
        pytest.param(
            score_of(Notes.of(onset=[0, 24, 90], duration=24, pitch=[67, 72, 74]), ("time_signature", 0, 1, 4.0),
                     ("time_signature", 24, 3, 4.0)),
            id="pickup",
        ),
        pytest.param(
            score_of(Notes.of(onset=[0, 99, 104, 130], duration=9, pitch=[60, 61, 62, 63]),
                     ("time_signature", 0, 7, 8.0), ("time_signature", 98, 5, 16.0), ("time_signature", 106, 3, 4.0)),
            id="bars cut short by the meter",
        ),
        pytest.param(score_of(Notes.of(onset=300, duration=5, pitch=61), ("key_signature", 288, -6, 0.0)), id="flats"),
        pytest.param(
            score_of(Notes.of(onset=0, duration=12, pitch=60, track=range(6)),
                     tracks=tuple(Track(str(program), program) for program in (24, 33, 56, 60, 71, 43))),
            id="transposing instruments sound as written",
        ),
        pytest.param(
            score_of(Notes.of(onset=[0, 0, 12], duration=[12, 24, 6], pitch=[42, 36, 38]),
                     tracks=(Track("kit", is_drum=True),)),
            id="drums",
        ),
    ],
)  # fmt: skip
def test_music21_reads_the_same_notes(score):
    assert reopened(write_musicxml(score)) == written(score)


@pytest.mark.parametrize("seed", range(4))
def test_music21_reads_the_same_notes_of_dense_random_music(seed):
    rng = np.random.default_rng(seed)
    notes = Notes.of(
        onset=rng.integers(0, 400, 40),
        duration=rng.integers(1, 130, 40),
        pitch=rng.integers(30, 90, 40),
        track=rng.integers(0, 2, 40),
    )
    meter = [(3, 4.0), (7, 8.0), (6, 8.0), (5, 16.0)][seed]
    change = int(rng.integers(1, 300))
    score = score_of(
        notes, ("time_signature", 0, *meter), ("time_signature", change, 3, 4.0), ("key_signature", 200, seed - 2, 0.0),
        tracks=(Track("upper"), Track("lower", program=71)),
    )  # fmt: skip
    assert reopened(write_musicxml(score)) == written(score)


def test_a_finer_clock_is_rounded_to_the_grid():
    score = Score(480, Notes.of(onset=[5, 318], duration=[301, 166], pitch=60))
    assert reopened(write_musicxml(score)) == [(0, 0, 15, 60), (0, 16, 8, 60)]


def test_tempo_meter_key_title_and_instrument_are_said():
    score = score_of(
        Notes.of(onset=0, duration=24, pitch=60), ("tempo", 0, 0, 93.5), ("time_signature", 0, 3, 4.0),
        ("key_signature", 0, -2, 0.0), tracks=(Track("Horn", program=60),),
    )  # fmt: skip
    root = ET.fromstring(write_musicxml(score, title="Étude <1>"))
    assert root.findtext("work/work-title") == "Étude <1>"
    assert root.findtext("part-list/score-part/midi-instrument/midi-program") == "61"
    attributes = root.find("part/measure/attributes")
    assert [attributes.findtext(path) for path in ("key/fifths", "time/beats", "time/beat-type")] == ["-2", "3", "4"]
    assert root.find("part/measure/direction/sound").get("tempo") == "93.5"


def test_a_later_tempo_stands_at_its_place_in_the_bar():
    score = score_of(Notes.of(onset=0, duration=192, pitch=60), ("tempo", 0, 0, 90.0), ("tempo", 132, 0, 60.0))
    directions = ET.fromstring(write_musicxml(score)).findall("part/measure[@number='2']/direction")
    assert [(d.findtext("offset"), d.find("sound").get("tempo")) for d in directions] == [("36", "60")]


def test_lineage_stands_in_the_identification_and_nothing_else_varies():
    score = score_of(Notes.of(onset=0, duration=24, pitch=60))
    document = write_musicxml(score, lineage='{"model": "ab12"}')
    fields = ET.fromstring(document).findall("identification/miscellaneous/miscellaneous-field")
    assert [(field.get("name"), field.text) for field in fields] == [("lineage", '{"model": "ab12"}')]
    assert document == write_musicxml(score, lineage='{"model": "ab12"}')
    assert "miscellaneous" not in write_musicxml(score)


def test_an_empty_score_is_one_bar_of_rest():
    assert reopened(write_musicxml(Score(24))) == []


def test_a_wide_track_stands_on_two_staves_that_stay_one_part():
    root = ET.fromstring(write_musicxml(score_of(Notes.of(onset=0, duration=24, pitch=[40, 45, 70, 76]))))
    assert [clef.findtext("sign") for clef in root.findall("part/measure/attributes/clef")] == ["G", "F"]
    assert len(root.findall("part")) == 1


def test_five_minutes_are_written_in_seconds():
    onset = np.arange(1000) * 16
    score = score_of(Notes.of(onset=onset, duration=29, pitch=40 + onset % 43))
    started = time.process_time()
    assert len(ET.fromstring(write_musicxml(score)).findall("part/measure")) == 167
    assert time.process_time() - started < 5
