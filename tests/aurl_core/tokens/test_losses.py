from aurl_core.score.score import Events
from aurl_core.tokens.losses import Losses, unsaid


def test_losses_add_up():
    assert Losses(1, 2, 3) + Losses(merged_unisons=1, dropped_texts=4) == Losses(2, 2, 3, dropped_texts=4)


def test_events_are_counted_by_kind():
    rows = [("lyric", 0, 0, 0, 0.0, "la"), ("marker", 0, -1, 0, 0.0, "A"), ("pitch_bend", 0, 0, 0, 9.0, "")]
    rows += [("control_change", 0, 0, 64, 9.0, ""), ("control_change", 0, 0, 1, 9.0, ""), ("tempo", 0, -1, 0, 9.0, "")]
    assert Losses(**unsaid(Events.of(rows))) == Losses(dropped_texts=2, dropped_bends=1, dropped_controls=1)
