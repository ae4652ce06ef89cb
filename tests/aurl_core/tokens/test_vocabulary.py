import json

import pytest

from aurl_core.errors import InputError
from aurl_core.tokens.vocabulary import Vocabulary

VOCABULARY = Vocabulary(("PAD", "BOS", "EOS"), {"kind": "event", "steps_per_beat": 24})


def test_names_lead_to_ids():
    assert [VOCABULARY.id_of(token) for token in VOCABULARY.tokens] == [0, 1, 2]
    assert VOCABULARY.size == 3


def test_an_unknown_name_is_refused():
    with pytest.raises(InputError, match=r"'NOTE'.*3.*'PAD' to 'EOS'"):
        VOCABULARY.id_of("NOTE")


def test_json_keeps_everything():
    assert Vocabulary.from_json(VOCABULARY.to_json()) == VOCABULARY


def test_the_hash_depends_on_tokens_and_settings():
    others = [Vocabulary(("PAD", "EOS", "BOS"), VOCABULARY.config), Vocabulary(VOCABULARY.tokens, {"kind": "event"})]
    assert len({VOCABULARY.hash, *(other.hash for other in others)}) == 3


def test_a_changed_file_is_noticed():
    changed = VOCABULARY.to_json().replace('"EOS"', '"END"')
    with pytest.raises(InputError, match="changed by hand or damaged"):
        Vocabulary.from_json(changed)


@pytest.mark.parametrize("text", ["", "[]", "{}", json.dumps({"tokens": 3})])
def test_something_else_is_refused(text):
    with pytest.raises(InputError, match=r"no vocabulary\.json"):
        Vocabulary.from_json(text)
