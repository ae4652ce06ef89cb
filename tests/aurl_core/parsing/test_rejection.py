from aurl_core.parsing.rejection import REASONS, REMEDIES, Rejection


def test_every_reason_has_a_remedy_of_one_sentence():
    assert set(REMEDIES) == set(REASONS)
    assert all(remedy.endswith(".") and "\n" not in remedy for remedy in REMEDIES.values())


def test_a_rejection_knows_its_remedy():
    assert Rejection("a.mid", None, "timeout", "").remedy == REMEDIES["timeout"]
