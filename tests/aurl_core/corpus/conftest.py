"""Music for the tests of the corpus; how it is written down is in the conftest above."""

import numpy as np

from aurl_core.score.score import WHOLE_PIECE, Events, Notes, Score, Track


def tune(seed, *, num_notes=40, transposed=0, ticks_per_beat=480):
    """A wandering melody over a bass: equal for equal seeds, but for the bass when transposed."""
    random = np.random.default_rng(seed)
    half_beats = np.cumsum(random.integers(1, 4, num_notes + 1))
    onset, duration = half_beats[:-1] * ticks_per_beat // 2, np.diff(half_beats) * ticks_per_beat // 2
    melody = random.integers(60, 84, num_notes) + transposed
    bass = 40 + np.random.default_rng(seed + 1000 * transposed).integers(0, 12, num_notes)
    notes = Notes.of(
        onset=np.tile(onset, 2),
        duration=np.tile(duration, 2),
        pitch=np.concatenate([melody, bass]),
        velocity=80,
        track=np.repeat([0, 1], num_notes),
    )
    events = Events.of([("tempo", 0, WHOLE_PIECE, 0, 100.0, ""), ("time_signature", 0, WHOLE_PIECE, 3, 4.0, "")])
    return Score(ticks_per_beat, notes, (Track("melody"), Track("bass", program=32)), events)
