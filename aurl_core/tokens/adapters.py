"""MidiTok's tokenizations behind our interface, with or without BPE. What it takes and gives is in adapters_score.py.

MidiTok does not promise that decoding undoes encoding: the normal form of a score is what came back. A normal form is
its own normal form but for BEAT's velocities, which are means over each beat.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any, Final, Self

import miditok
import numpy as np
from numpy.typing import ArrayLike, NDArray

from aurl_core.errors import InputError, SettingError
from aurl_core.files import write_whole
from aurl_core.score.pitch import HIGHEST_PIANO_PITCH, LOWEST_PIANO_PITCH
from aurl_core.score.score import Score
from aurl_core.tokens.adapters_grammar import AdapterGrammar, type_of
from aurl_core.tokens.adapters_score import (
    DENOMINATORS,
    FASTEST_BPM,
    MOST_BEATS_PER_BAR,
    SLOWEST_BPM,
    playable,
    score_of,
)
from aurl_core.tokens.clock import Clock
from aurl_core.tokens.losses import Losses
from aurl_core.tokens.params import MidiTokConfig
from aurl_core.tokens.vocabulary import BOS, EOS, SPECIAL_TOKENS, Vocabulary

_FIRST_CHARACTER: Final = 33
"""MidiTok writes the base token i as the character 33 + i for Hugging Face's tokenizers."""
_ONSETS: Final = {"BEAT": ("Pattern",), "MIDILike": ("NoteOn", "DrumOn")}
"""Types that begin notes, by tokenization; in all others, pitches do."""
_BEGIN_WORDS: Final = ("Bar", "Beat", "TimeShift", "Track-Start")
"""Types before which BPE's words are cut: no id reaches over a bar line or, without bars, out of a moment."""


class MidiTokTokenizer:
    """Encodes and decodes as MidiTok does; `bpe` is what `trained` learned, the text of bpe.json, or empty."""

    def __init__(self, config: MidiTokConfig, bpe: str = "") -> None:
        self.config = config
        self.bpe = bpe
        self._clock = Clock(config.steps_per_beat)
        self._miditok = _loaded(config, bpe) if bpe else _built(config)
        names = sorted(self._miditok.vocab, key=self._miditok.vocab.__getitem__)
        base = [[name] for name in (*SPECIAL_TOKENS, *names[len(SPECIAL_TOKENS) :])]
        self._spelled = [*base, *_learned(self._miditok)]
        """(V,) the base tokens of each id."""
        tokens = tuple("+".join(spelled) for spelled in self._spelled)
        digest = sha256(bpe.encode()).hexdigest() if bpe else ""
        self.vocabulary = Vocabulary(tokens, config.model_dump(), digest)
        self.num_notes = np.array([self._notes_begun(spelled) for spelled in self._spelled], np.uint8)
        self._num_base = len(base)
        self._begins_word = np.array([type_of(token) in _BEGIN_WORDS for [token] in base])
        base_ids = {token: number for number, [token] in enumerate(base)}
        self._ends = np.cumsum([len(spelled) for spelled in self._spelled])
        self._base_ids = np.array([base_ids[token] for spelled in self._spelled for token in spelled])

    def __reduce__(self) -> tuple[type[Self], tuple[MidiTokConfig, str]]:
        return type(self), (self.config, self.bpe)

    def encode(self, score: Score) -> NDArray[np.uint16]:
        """The ids of a score, BOS and EOS included."""
        return self.encode_counting(score)[0]

    def encode_counting(self, score: Score) -> tuple[NDArray[np.uint16], Losses]:
        """The ids of a score, and what it lost before MidiTok saw it; notes that are missing then count as unisons."""
        given = playable(score, self._clock, longest_beats=self.config.longest_beats)
        ids = self._miditok.encode(given.score, encode_ids=False).ids if given.num_notes else []
        base = np.array([BOS, *ids, EOS], np.uint16)
        num_missing = max(0, given.num_notes - int(self.num_notes[base].sum()))
        return self.merged(base), replace(given.losses, merged_unisons=num_missing)

    def decode(self, ids: ArrayLike) -> Score:
        """The score of ids, at `steps_per_beat` of the config. `InputError` if an id is not in the vocabulary."""
        token_ids = np.asarray(ids, np.int64)
        if len(token_ids) and not 0 <= token_ids.min() <= token_ids.max() < self.vocabulary.size:
            raise InputError(
                f"ids go from {token_ids.min()} to {token_ids.max()}, the vocabulary's from 0 to "
                f"{self.vocabulary.size - 1}"
            )
        base = self._unmerged(token_ids)
        music = base[base >= len(SPECIAL_TOKENS)]
        if not len(music):
            return Score(self.config.steps_per_beat, tracks=())
        return score_of(self._miditok.decode(music.tolist()), self.config.steps_per_beat)

    def normal_form(self, score: Score) -> Score:
        """What came back of a score."""
        return self.decode(self.encode(score))

    def grammar(self) -> AdapterGrammar:
        """MidiTok's graph of legal successors, as far as it agrees with what MidiTok writes."""
        graph = self._miditok.tokens_types_graph
        return AdapterGrammar(self._spelled, graph, steps_per_beat=self._miditok.config.max_num_pos_per_beat)

    def save(self, path: Path) -> None:
        """Write vocabulary.json, and bpe.json beside it if there is BPE."""
        write_whole(path, self.vocabulary.to_json())
        if self.bpe:
            write_whole(path.with_name("bpe.json"), self.bpe)

    def trained(self, pieces: Iterable[NDArray[np.integer]]) -> MidiTokTokenizer:
        """The tokenizer with BPE learned from pieces in base ids; itself without BPE.

        The same pieces in the same order give the same tokenizer. `SettingError` if the base tokens leave no room.
        """
        size = self.config.bpe_vocab_size
        if not size:
            return self
        if size <= self._num_base:
            raise SettingError(
                f"shard.tokenizer.bpe_vocab_size {size} leaves nothing to learn: {self.config.tokenization} has "
                f"{self._num_base} base tokens with these settings; give more, or 0 for no BPE"
            )
        learner = _built(self.config)
        learner.train(vocab_size=size, model="BPE", iterator=_Texts(map(self._words, pieces)))
        return MidiTokTokenizer(self.config, _saved(learner))

    def merged(self, base_ids: NDArray[np.uint16]) -> NDArray[np.uint16]:
        """Base ids as the ids that BPE makes of them."""
        if not self.bpe:
            return base_ids
        encoding = self._miditok._model.encode(self._words(base_ids), is_pretokenized=True)
        return np.array(encoding.ids, np.uint16)

    def _notes_begun(self, spelled: Sequence[str]) -> int:
        onsets = _ONSETS.get(self.config.tokenization, ("Pitch", "PitchDrum"))
        return sum(_num_onsets(token) for token in spelled if type_of(token) in onsets)

    def _unmerged(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The base ids that ids stand for."""
        if not self.bpe:
            return ids
        ends = self._ends[ids]
        sizes = ends - np.where(ids > 0, self._ends[ids - 1], 0)
        places = np.arange(sizes.sum()) + np.repeat(ends - np.cumsum(sizes), sizes)
        base: NDArray[np.int64] = self._base_ids[places]
        return base

    def _words(self, base_ids: NDArray[np.integer]) -> list[str]:
        """Base ids as the words within which BPE merges; special ids are words of their own."""
        is_special = base_ids < len(SPECIAL_TOKENS)
        begins = self._begins_word[base_ids] | is_special
        begins[1:] |= is_special[:-1]
        text = (base_ids.astype("<u4") + _FIRST_CHARACTER).tobytes().decode("utf-32-le")
        places = [*np.flatnonzero(begins).tolist(), len(text)]
        return [text[start:end] for start, end in pairwise(places)]


class _Texts:
    """Pieces as words, one piece at a time. How many there are, which only a progress bar asks, is not said."""

    def __init__(self, pieces: Iterator[list[str]]) -> None:
        self._pieces = pieces

    def __iter__(self) -> Iterator[list[str]]:
        return self._pieces

    def __len__(self) -> int:
        return 0


def _built(config: MidiTokConfig) -> Any:
    """MidiTok's tokenizer without BPE."""
    pitches = (LOWEST_PIANO_PITCH, HIGHEST_PIANO_PITCH + 1)
    settings = miditok.TokenizerConfig(
        pitch_range=pitches,
        drums_pitch_range=pitches,
        beat_res={(0, config.longest_beats): config.steps_per_beat},
        num_velocities=config.num_velocities,
        special_tokens=SPECIAL_TOKENS,
        encode_ids_split="no",
        use_programs=True,
        use_pitchdrum_tokens=True,
        use_tempos=True,
        num_tempos=config.num_tempos,
        tempo_range=(SLOWEST_BPM, FASTEST_BPM),
        log_tempos=True,
        delete_equal_successive_tempo_changes=True,
        use_time_signatures=True,
        time_signature_range={below: list(range(1, MOST_BEATS_PER_BAR + 1)) for below in DENOMINATORS},
        delete_equal_successive_time_sig_changes=True,
        use_sustain_pedals=True,
        max_duration=(config.longest_beats, 0, config.steps_per_beat),  # of notes that a MIDILike piece does not end
        base_tokenizer="REMI",  # of MMM
    )
    return getattr(miditok, config.tokenization)(settings)


def _loaded(config: MidiTokConfig, bpe: str) -> Any:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tokenizer.json"
        path.write_text(bpe, encoding="utf-8")
        return getattr(miditok, config.tokenization)(params=path)


def _saved(tokenizer: Any) -> str:
    """The text of MidiTok's own file of a tokenizer."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tokenizer.json"
        tokenizer.save(path)
        return path.read_text(encoding="utf-8")


def _learned(tokenizer: Any) -> Iterator[list[str]]:
    """The base tokens of each id that BPE has learned, in order of the ids."""
    for number in range(len(tokenizer.vocab), len(tokenizer)):
        sequence = miditok.TokSequence(ids=[number], are_ids_encoded=True)
        tokenizer.decode_token_ids(sequence)
        yield sequence.tokens


def _num_onsets(token: str) -> int:
    """How many notes a base token begins: one, or as many as BEAT's pattern, four digits to the base 3, has ones.

    >>> _num_onsets("Pitch_60"), _num_onsets("Pattern_28")
    (1, 2)
    """
    kind, _, value = token.partition("_")
    return np.base_repr(int(value), 3).count("1") if kind == "Pattern" else 1
