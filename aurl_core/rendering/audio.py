"""Scores as sound: symusic's synthesizer with the General MIDI SoundFont that the pretty_midi package carries.

The synthesizer knows neither pedals nor releases: it stops each note dead where it ends. Both are made here, the pedal
by holding notes, the release by mixing renderings whose notes end a little later each.
"""

from __future__ import annotations

import io
import wave
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import symusic
from numpy.typing import NDArray

from aurl_core.errors import MissingError
from aurl_core.score.score import Notes, Score
from aurl_core.score.time import TempoMap

SAMPLE_RATE: Final = 44_100
"""Samples a second."""
_SOUNDFONT: Final = ("pretty_midi", "TimGM6mb.sf2")
_RELEASE_SECONDS: Final = np.linspace(0, 0.09, 10)
"""How much later the notes of each rendering end: steps small enough not to be heard as such."""
_PEDAL: Final = 64
_PEDAL_IS_DOWN: Final = 64
_LARGEST_SAMPLE: Final = 32_767
_MP3_COMPRESSION: Final = 0.3
"""0 keeps most, 1 least."""


def render_audio(score: Score, *, sample_rate: int = SAMPLE_RATE) -> NDArray[np.int16]:
    """The score as stereo sound, shape (samples, 2), scaled down only if its peak would not fit 16 bits.

    The same score gives the same samples; one without notes gives none. Raises MissingError if the SoundFont is not
    there.
    """
    if not len(score.notes):
        return np.zeros((0, 2), np.int16)
    synthesizer = _synthesizer(sample_rate)
    mixed = np.zeros((2, 0), np.float32)
    for release in _RELEASE_SECONDS.tolist():
        voice = synthesizer.render(_sounding(score, release=release), stereo=True)
        if voice.shape[1] > mixed.shape[1]:
            mixed = np.pad(mixed, ((0, 0), (0, voice.shape[1] - mixed.shape[1])))
        mixed[:, : voice.shape[1]] += voice / len(_RELEASE_SECONDS)
    mixed /= max(float(np.abs(mixed).max(initial=0)), 1.0)
    return np.rint(mixed.T * _LARGEST_SAMPLE).astype(np.int16)


def write_wav(samples: NDArray[np.int16], *, sample_rate: int = SAMPLE_RATE) -> bytes:
    """16-bit PCM samples of shape (samples, channels) as a WAV file."""
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(samples.shape[1])
        file.setsampwidth(samples.itemsize)
        file.setframerate(sample_rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()


def write_mp3(samples: NDArray[np.int16], *, sample_rate: int) -> bytes:
    """16-bit PCM samples of shape (samples,) or (samples, channels) as MP3 of variable bit rate; the same bytes always.

    At 22,050 Hz in mono about 7 kB a second. Raises soundfile.LibsndfileError for a sample rate that MP3 does not have.
    """
    buffer = io.BytesIO()
    soundfile.write(
        buffer, samples, sample_rate, format="MP3", subtype="MPEG_LAYER_III",
        bitrate_mode="VARIABLE", compression_level=_MP3_COMPRESSION,
    )  # fmt: skip
    return buffer.getvalue()


@lru_cache(maxsize=1)
def _synthesizer(sample_rate: int) -> symusic.Synthesizer:
    return symusic.Synthesizer(str(soundfont_path()), sample_rate, 0)


def soundfont_path() -> Path:
    """The SoundFont file in the pretty_midi package, which is found but not imported."""
    package, name = _SOUNDFONT
    spec = find_spec(package)
    folders = [Path(folder) for folder in (spec.submodule_search_locations or [])] if spec else []
    path = next((folder / name for folder in folders if (folder / name).exists()), None)
    if path is None:
        raise MissingError(f"the SoundFont {name} is not in the {package} package ({folders or 'not installed'}): "
                           "`make setup` installs it")  # fmt: skip
    return path


def _sounding(score: Score, *, release: float) -> symusic.core.ScoreSecond:
    """The notes in seconds as they sound, each held `release` seconds longer."""
    tempo, ends = TempoMap.of(score), held_offsets(score)
    onset = tempo.seconds(score.notes.onset)
    duration = tempo.seconds(ends) - onset + release
    result = symusic.Score(score.ticks_per_beat, ttype="second")
    for number, track in enumerate(score.tracks):
        rows = score.notes.track == number
        part = symusic.Track(track.name, track.program, track.is_drum, ttype="second")
        columns = (score.notes.pitch[rows].astype(np.int8), score.notes.velocity[rows].astype(np.int8))
        part.notes = symusic.Note.from_numpy(onset[rows], duration[rows], *columns, "second")
        result.tracks.append(part)
    return result


def held_offsets(score: Score) -> NDArray[np.int64]:
    """Where each note stops sounding, in ticks: at its offset or, with the pedal down, when the pedal comes up.

    A held note also stops where its pitch starts again in its track.
    """
    notes, held = score.notes, score.notes.offset.astype(np.int64)
    pedals = score.events.select("control_change")
    pedals = pedals.take(pedals.number == _PEDAL)
    for number in range(len(score.tracks)):
        here = pedals.take(pedals.track == number)
        if len(here):
            rows = notes.track == number
            held[rows] = _pedalled(held[rows], here.onset, here.value >= _PEDAL_IS_DOWN, score.music_end)
    return np.maximum(notes.offset, np.minimum(held, _next_onsets(notes)))


def _pedalled(
    offset: NDArray[np.int64], onset: NDArray[np.int32], is_down: NDArray[np.bool_], end: int
) -> NDArray[np.int64]:
    """Offsets moved to the next time the pedal is up."""
    ups = np.append(onset[~is_down], max(end, int(onset[-1])))
    state = np.searchsorted(onset, offset, side="right") - 1
    held = ups[np.minimum(np.searchsorted(ups, offset), len(ups) - 1)]
    return np.where((state >= 0) & is_down[np.maximum(state, 0)], np.maximum(held, offset), offset)


def _next_onsets(notes: Notes) -> NDArray[np.int64]:
    """When the pitch of each note starts again in its track; the largest integer if it never does."""
    order = np.lexsort((notes.onset, notes.pitch, notes.track))
    pitch, track, onset = notes.pitch[order], notes.track[order], notes.onset[order].astype(np.int64)
    is_same = (pitch[1:] == pitch[:-1]) & (track[1:] == track[:-1])
    following = np.full(len(notes), np.iinfo(np.int64).max)
    following[order[:-1][is_same]] = onset[1:][is_same]
    return following
