"""The beginning of a person's own music, as tokens to go on from."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from aurl_core.errors import InputError, ParseError
from aurl_core.parsing.midi import read_midi
from aurl_core.tokens.tokenizer import Tokenizer
from aurl_core.tokens.vocabulary import EOS


def read_prompt(path: Path, tokenizer: Tokenizer, *, beats: float) -> list[int]:
    """The tokens after BOS of the first `beats` quarter notes of a MIDI file; what sounds there goes on sounding.

    Raises InputError if the file cannot be read or has no note in that time.
    """
    try:
        score = read_midi(path.read_bytes())
    except (OSError, ParseError) as error:
        raise InputError(
            f"the prompt {path} cannot be read ({error}); give generate.prompt a MIDI file or leave it empty"
        ) from error
    prompt = _beginning(tokenizer.encode(score).tolist(), tokenizer, beats=beats)
    if not tokenizer.num_notes[prompt].any():
        raise InputError(
            f"the prompt {path} has no note in its first {beats:g} beats; raise generate.prompt_beats or give another "
            "file"
        )
    return prompt[1:]


def _beginning(ids: list[int], tokenizer: Tokenizer, *, beats: float) -> list[int]:
    """The ids before the first that brings the piece to `beats`, or to its end."""
    grammar = tokenizer.grammar()
    state = grammar.start(1)
    for place, number in enumerate(ids):
        state = grammar.advance(state, np.array([number]))
        if state.beats[0] >= beats or number == EOS:
            return ids[:place]
    return ids
