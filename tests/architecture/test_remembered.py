"""What is remembered of a file is keyed by all code that could change it."""

import grimp
import pytest

from aurl_core.corpus import parsed, quantized, sharded, survey

WITHOUT_EFFECT = {
    "aurl_core.chunks",
    "aurl_core.code_hash",
    "aurl_core.corpus.cuts",
    "aurl_core.corpus.params",
    "aurl_core.corpus.raw",
    "aurl_core.corpus.store",
    "aurl_core.errors",
    "aurl_core.files",
    "aurl_core.section",
}
"""Modules that say which files there are, where results are kept and who computes them, not what a result is; settings
are part of a key by their values."""


@pytest.fixture(scope="module")
def graph():
    return grimp.build_graph("aurl_core", cache_dir=None)


def code_below(graph, module):
    """The module and all that it imports, directly or not, but for packages, which are empty."""
    found = {module} | graph.find_upstream_modules(module)
    return {name for name in found if not graph.find_children(name)} - WITHOUT_EFFECT


@pytest.mark.parametrize("module", [parsed, quantized, survey])
def test_a_key_covers_the_code_that_its_maker_imports(graph, module):
    covered = [name for name in graph.modules if any(f"{name}.".startswith(f"{part}.") for part in module.CODE)]
    assert code_below(graph, module.__name__) - set(covered) == set()


def test_the_key_of_a_dealt_set_covers_its_code_with_that_of_the_survey(graph):
    parts = {*sharded.CODE, *survey.CODE, *quantized.CODE}
    covered = {name for name in graph.modules if any(f"{name}.".startswith(f"{part}.") for part in parts)}
    told = {f"aurl_core.corpus.{name}" for name in ("manifest", "lengths", "splits")}
    assert code_below(graph, sharded.__name__) - covered - told == set()
