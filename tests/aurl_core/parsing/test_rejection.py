from pathlib import Path

from aurl_core.parsing.rejection import REASONS, REMEDIES, Rejection


def test_every_reason_has_a_remedy_of_one_sentence():
    assert set(REMEDIES) == set(REASONS)
    assert all(remedy.endswith(".") and "\n" not in remedy for remedy in REMEDIES.values())


def test_a_rejection_knows_its_remedy():
    assert Rejection("a.mid", None, "timeout", "").remedy == REMEDIES["timeout"]


def test_the_page_of_failures_lists_every_reason_with_its_remedy():
    rows = [line.split(" | ") for line in Path("docs/failure_modes.md").read_text(encoding="utf-8").splitlines()]
    listed = {
        cells[0].strip("| `"): cells[2].rstrip(" |") for cells in rows if len(cells) == 3 and cells[0][:3] == "| `"
    }
    assert {reason: listed.get(reason) for reason in REASONS} == REMEDIES
