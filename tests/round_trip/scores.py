"""Random music, as bad as it comes: meters and tempos that change anywhere, unisons, overlaps, odd pitches, clocks."""

from hypothesis import strategies as st

from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track

COLUMNS = ("onset", "duration", "pitch", "velocity", "track")
METERS = st.one_of(
    st.sampled_from([(4, 4), (3, 4), (5, 8), (7, 8), (6, 8), (1, 4), (5, 64), (64, 1), (4, 4)]),
    st.tuples(st.integers(1, 64), st.sampled_from([1, 2, 4, 8, 16, 32, 64])),
)
TRACKS = st.lists(
    st.builds(Track, program=st.sampled_from([0, 0, 0, 40, 127]), is_drum=st.booleans()), min_size=1, max_size=5
)


@st.composite
def scores(draw, ticks_per_beat=(24, 96, 480), longest=900):
    """Scores of up to forty notes on one of some clocks, with everything that a tokenizer could stumble on."""
    tracks = draw(TRACKS)
    clock = draw(st.sampled_from(ticks_per_beat))
    time, track = st.integers(0, 400 * clock // 24), st.integers(0, len(tracks) - 1)
    moment = st.one_of(time, time.map(lambda tick: tick // clock * clock))
    note = st.tuples(moment, st.integers(0, longest), st.integers(0, 127), st.integers(0, 130), track)
    piece, nothing = st.just(WHOLE_PIECE), st.just(0)
    event = st.one_of(
        st.tuples(st.just("tempo"), moment, piece, nothing, st.floats(5, 900), st.just("")),
        METERS.flatmap(
            lambda meter: st.tuples(
                st.just("time_signature"), moment, piece, st.just(meter[0]), st.just(float(meter[1])), st.just("")
            )
        ),
        st.tuples(st.just("control_change"), moment, track, st.just(64), st.integers(0, 127).map(float), st.just("")),
        st.tuples(st.just("key_signature"), moment, piece, st.integers(-7, 7), st.just(0.0), st.just("")),
        st.tuples(st.just("lyric"), moment, track, nothing, st.just(0.0), st.just("la")),
    )
    notes = draw(st.lists(note, max_size=40))
    notes += draw(st.lists(st.sampled_from(notes), max_size=6)) if notes else []
    columns = dict(zip(COLUMNS, zip(*notes, strict=True), strict=False)) or dict.fromkeys(COLUMNS, ())
    return Score(clock, Notes.of(**columns), tuple(tracks), Events.of(draw(st.lists(event, max_size=14))))
