from typing import get_args

import pytest

from aurl_core.models.attention.params import AttentionConfig
from aurl_core.models.attention.registry import KINDS
from tests.aurl_core.models.attention.reference import attention


def test_each_kind_that_can_be_set_can_be_built():
    configs = get_args(get_args(AttentionConfig)[0])
    assert {config.model_fields["kind"].default for config in configs} == set(KINDS)


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_the_kind_names_the_module(kind):
    assert type(attention({"kind": kind}, context_length=2048)) is KINDS[kind]
