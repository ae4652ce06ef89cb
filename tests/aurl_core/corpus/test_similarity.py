import numpy as np
import pytest

from aurl_core.corpus.params import NearDuplicateConfig
from aurl_core.corpus.similarity import NUM_HASHES, line_signatures, near_duplicates, resemblance
from aurl_core.score.score import Notes, Score, Track

CONFIG = NearDuplicateConfig(ngram_length=6, min_ngrams=18, threshold=0.3)
MELODY = 60 + np.random.default_rng(1).integers(0, 13, 60)
OTHER = 60 + np.random.default_rng(2).integers(0, 13, 60)
BEATS = np.arange(60) * 24


def line(pitch, *, onset=BEATS, track=0):
    return {"onset": onset, "duration": np.full(len(pitch), 24), "pitch": pitch, "track": np.full(len(pitch), track)}


def score(*lines, tracks=None, ticks_per_beat=24):
    columns = {name: np.concatenate([line[name] for line in lines]) for name in lines[0]}
    return Score(ticks_per_beat, Notes.of(**columns), tracks or tuple(Track() for _ in lines))


def pairs(*scores, threshold=0.3):
    signatures = [line_signatures(score, CONFIG) for score in scores]
    piece = np.repeat(np.arange(len(scores)), [len(lines) for lines in signatures])
    return near_duplicates(np.concatenate(signatures), piece, threshold).tolist()


@pytest.mark.parametrize(
    "variant",
    [
        score(line(MELODY + 5)),
        score(line(MELODY, onset=BEATS * 20), ticks_per_beat=480),
        score(line(MELODY, onset=np.cumsum(np.random.default_rng(3).integers(1, 4, 60)) * 12)),
        score(line(np.repeat(MELODY, 2), onset=np.arange(120) * 24)),
        score(line(OTHER - 24, track=0), line(MELODY, track=1)),
        score(line(np.concatenate([MELODY, OTHER[:20]]), onset=np.arange(80) * 24)),
        score(line(MELODY[:30], onset=BEATS[:30])),
        score(line(np.where(np.arange(60) % 20 == 10, MELODY + 1, MELODY))),
    ],
    ids=["transposed", "another clock", "another rhythm", "repeated notes", "another bass", "a coda", "half", "edited"],
)
def test_the_same_line_is_found(variant):
    assert pairs(score(line(MELODY)), variant) == [[0, 1]]


def test_ornaments_off_the_beat_do_not_hide_a_line():
    ornaments = line(MELODY[::2] + 1, onset=BEATS[::2] + 12)
    assert pairs(score(line(MELODY)), score(line(MELODY), ornaments, tracks=(Track(),))) == [[0, 1]]


def test_chords_below_do_not_hide_a_line():
    chords = [line(MELODY - 12), line(MELODY - 16)]
    assert pairs(score(line(MELODY)), score(line(MELODY), *chords, tracks=(Track(),))) == [[0, 1]]


def test_tracks_merged_into_one_are_found():
    parts = [line(OTHER - 24), line(MELODY, track=1)]
    assert pairs(score(*parts), score(*parts[:1], line(MELODY), tracks=(Track(),))) == [[0, 1]]


def test_chords_that_are_not_struck_together_are_found():
    late = np.random.default_rng(4).integers(0, 3, 60)
    played = [line(MELODY, onset=BEATS + late), line(MELODY - 9)]
    written = [line(MELODY), line(MELODY - 9)]
    tracks = (Track(),)
    assert pairs(score(*written, tracks=tracks), score(*played, tracks=tracks)) == [[0, 1]]


def test_a_bass_without_its_melody_is_found():
    assert pairs(score(line(MELODY - 24), line(OTHER + 12, track=1)), score(line(MELODY - 24))) == [[0, 1]]


def test_a_track_of_chords_is_no_line_of_its_own():
    chords = [line(MELODY + part, track=1) for part in (12, 16, 19)]
    lines = line_signatures(score(line(OTHER - 24), *chords, tracks=(Track(), Track())), CONFIG)
    bass, top = line_signatures(score(line(OTHER)), CONFIG), line_signatures(score(line(MELODY)), CONFIG)
    assert sorted(map(bytes, lines)) == sorted(map(bytes, [top[0], bass[0]]))


def test_a_melody_alone_is_one_line():
    assert line_signatures(score(line(MELODY)), CONFIG).shape == (1, NUM_HASHES)


def test_a_piece_has_no_more_than_ten_lines():
    tracks = [line(np.random.default_rng(seed).integers(40, 80, 60), track=seed) for seed in range(20)]
    assert len(line_signatures(score(*tracks), CONFIG)) == 10


def test_resemblance_is_the_share_of_common_numbers_as_far_as_both_sketches_reach():
    numbers = np.arange(200, dtype=np.uint32)
    one, other = numbers[:NUM_HASHES], numbers[: 2 * NUM_HASHES : 2]
    short = np.append(numbers[: NUM_HASHES // 4], np.full(3 * NUM_HASHES // 4, 0xFFFFFFFF, np.uint32))
    against = resemblance(np.stack([one, one, one]), np.stack([one, other, short]))
    assert against == pytest.approx([1, 0.5**0.5, 0.25**0.5])


def test_different_lines_are_not_alike():
    assert pairs(score(line(MELODY)), score(line(OTHER))) == []


def test_plain_lines_prove_nothing():
    scale = np.tile([60, 62, 64, 65], 15)
    assert pairs(score(line(scale)), score(line(scale))) == []


def test_drums_prove_nothing():
    kit = (Track(is_drum=True),)
    assert pairs(score(line(MELODY), tracks=kit), score(line(MELODY), tracks=kit)) == []


def test_a_part_in_common_counts_by_its_share():
    half = np.concatenate([MELODY[:30], OTHER[:30]])
    assert pairs(score(line(MELODY)), score(line(half)), threshold=0.9) == []
    assert pairs(score(line(MELODY)), score(line(half)), threshold=0.2) == [[0, 1]]


def test_a_threshold_of_one_leaves_it_to_the_fingerprints():
    assert pairs(score(line(MELODY)), score(line(MELODY)), threshold=1.0) == []


def test_two_lines_of_one_piece_make_no_pair():
    assert pairs(score(line(MELODY), line(MELODY + 7, track=1))) == []


@pytest.mark.parametrize("notes", [0, 1, 2, 6, 7])
def test_short_pieces_have_no_lines(notes):
    short = Score(24, Notes.of(**line(MELODY[:notes], onset=BEATS[:notes])))
    assert line_signatures(short, CONFIG).shape == (0, NUM_HASHES)


def test_many_alike_pieces_are_all_linked():
    linked = pairs(*(score(line(MELODY + shift)) for shift in range(12)))
    reached = {0}
    for _ in range(12):
        reached |= {piece for pair in linked if reached & set(pair) for piece in pair}
    assert reached == set(range(12))
