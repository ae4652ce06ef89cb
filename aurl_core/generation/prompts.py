"""The beginning of a person's own music, as tokens to go on from."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from aurl_core.errors import InputError, ParseError
from aurl_core.parsing.midi import read_midi
from aurl_core.tokens.clock import UNITS_PER_BEAT
from aurl_core.tokens.layout import BOS, EOS, LONGEST_SHIFT, TIME_SHIFT
from aurl_core.tokens.tokenizer import Tokenizer


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
    ids = tokenizer.encode(score).astype(np.int64)
    shifts = np.where((ids >= TIME_SHIFT) & (ids <= LONGEST_SHIFT), ids - TIME_SHIFT + 1, 0)
    is_later = (np.cumsum(shifts) >= beats * UNITS_PER_BEAT) | (ids == EOS)
    prompt = ids[: int(is_later.argmax())]
    if not len(tokenizer.decode(prompt).notes):
        raise InputError(
            f"the prompt {path} has no note in its first {beats:g} beats; raise generate.prompt_beats or give another "
            "file"
        )
    return [number for number in prompt.tolist() if number != BOS]
