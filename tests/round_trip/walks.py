"""Random walks through a grammar, to find what it allows and should not, and where it leads nowhere."""

import numpy as np
from hypothesis import strategies as st

from aurl_core.tokens.vocabulary import PAD


def walk(tokenizer, *, seed, num_free, num_pieces=4, most_closing=8):
    """Random legal pieces, kinds of tokens being as likely as each other; free for a while, then closing."""
    grammar, random = tokenizer.grammar(), np.random.default_rng(seed)
    kinds = np.array([name.rstrip("0123456789+/") for name in tokenizer.vocabulary.tokens])
    state, written = grammar.start(num_pieces), []
    while len(written) < num_free or (written[-1] != PAD).any():
        assert len(written) < num_free + most_closing, "closing takes too long"
        mask = grammar.allowed(state) if len(written) < num_free else grammar.closing(state)
        assert mask.any(axis=1).all(), "a dead end"
        ids = np.array([_one(np.flatnonzero(row), kinds, random) for row in mask])
        written.append(ids)
        state = grammar.advance(state, ids)
    return [[number for number in ids if number != PAD] for ids in np.array(written).T.tolist()]


def _one(ids, kinds, random):
    """One of the ids, kinds being as likely as each other."""
    kind = random.choice(np.unique(kinds[ids]))
    return random.choice(ids[kinds[ids] == kind])


def up_to_the_last_sound(ids, tokenizer):
    """A piece's tokens up to the last note or pedal: bars, tempos and meters after its end are not encoded again."""
    names = [tokenizer.vocabulary.tokens[number] for number in ids]
    sounding = [place for place, name in enumerate(names) if name.startswith(("PITCH", "NOTE_O", "SUSTAIN"))]
    return names[: sounding[-1] + 1] if sounding else []


def with_an_illegal_id(tokenizer, ids, draw):
    """The ids with one replaced that the grammar does not allow there, and where that is."""
    grammar, place = tokenizer.grammar(), draw(st.integers(0, len(ids) - 1))
    state = grammar.start(1)
    for number in ids[:place]:
        state = grammar.advance(state, np.array([number]))
    illegal = draw(st.sampled_from(np.flatnonzero(~grammar.allowed(state)[0]).tolist()))
    return np.array([*ids[:place], illegal, *ids[place + 1 :]]), place
