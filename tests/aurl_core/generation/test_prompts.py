import numpy as np
import pytest

from aurl_core.errors import InputError
from aurl_core.generation.prompts import read_prompt
from aurl_core.rendering.midi import write_midi
from aurl_core.score.score import Notes, Score
from aurl_core.tokens.grammar import first_violation
from aurl_core.tokens.vocabulary import BOS, EOS


@pytest.fixture
def scale(tmp_path):
    """Quarter notes C D E F G A, as a file."""
    notes = Notes.of(onset=np.arange(6) * 480, duration=480, pitch=[60, 62, 64, 65, 67, 69])
    (tmp_path / "scale.mid").write_bytes(write_midi(Score(480, notes)))
    return tmp_path / "scale.mid"


def test_the_first_beats_are_kept_and_what_sounds_goes_on(scale, tokenizer):
    prompt = read_prompt(scale, tokenizer, beats=2.5)
    assert BOS not in prompt
    assert EOS not in prompt
    assert first_violation(tokenizer.grammar(), np.array([BOS, *prompt])) is None
    names = [tokenizer.vocabulary.tokens[number] for number in prompt]
    assert [name for name in names if name.startswith("NOTE")] == [
        "NOTE_ON_60", "NOTE_OFF_60", "NOTE_ON_62", "NOTE_OFF_62", "NOTE_ON_64",
    ]  # fmt: skip


def test_a_short_file_is_a_prompt_as_a_whole(scale, tokenizer):
    names = [tokenizer.vocabulary.tokens[number] for number in read_prompt(scale, tokenizer, beats=99)]
    assert names[-1] == "NOTE_OFF_69"


def test_what_is_no_midi_is_refused(tmp_path, tokenizer):
    (tmp_path / "song.mid").write_text("la la la")
    with pytest.raises(InputError, match=r"song\.mid cannot be read .*not_midi"):
        read_prompt(tmp_path / "song.mid", tokenizer, beats=4)
    with pytest.raises(InputError, match=r"missing\.mid cannot be read"):
        read_prompt(tmp_path / "missing.mid", tokenizer, beats=4)


def test_a_silent_beginning_is_refused(tmp_path, tokenizer):
    late = Score(480, Notes.of(onset=[9600], duration=480, pitch=60))
    (tmp_path / "late.mid").write_bytes(write_midi(late))
    with pytest.raises(InputError, match="has no note in its first 4 beats"):
        read_prompt(tmp_path / "late.mid", tokenizer, beats=4)
