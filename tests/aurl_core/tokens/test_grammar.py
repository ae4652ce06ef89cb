import numpy as np

from aurl_core.tokens.event import EventTokenizer
from aurl_core.tokens.grammar import first_violation
from aurl_core.tokens.params import EventTokenizerConfig


def test_the_first_violation_is_where_it_is():
    tokenizer = EventTokenizer(EventTokenizerConfig(steps_per_beat=24, out_of_range="fold"))
    names = ("BOS", "TEMPO_18", "INSTRUMENT_0", "NOTE_ON_60", "EOS")
    ids = np.array([tokenizer.vocabulary.id_of(name) for name in names])
    assert first_violation(tokenizer.grammar(), ids) == 3
    assert first_violation(tokenizer.grammar(), ids[:3]) is None
