import pytest
import torch

from aurl_core.errors import SettingError
from aurl_core.tokens.tokenizer import load_tokenizer
from aurl_core.training.protocol.params import ProtocolParams
from aurl_core.training.protocol.teacher import Teacher

IDS_BT = torch.tensor([[1, 5, 3]])


@pytest.fixture
def teacher(make_bundle, make_recipe, small_corpus):
    """A function that makes the teacher of a network of another size, and gives the bundle's model too."""

    def make(**changes):
        folder, model = make_bundle("teacher", model_dim=24, **changes)
        vocabulary = load_tokenizer(small_corpus / "vocabulary.json").vocabulary
        student = make_recipe().model
        return Teacher.of(ProtocolParams(teacher=str(folder)), student=student, vocabulary=vocabulary), model

    return make


def test_it_says_what_its_model_says_and_takes_no_gradient(teacher):
    found, model = teacher()
    logits_BTV = found(IDS_BT)
    assert torch.equal(logits_BTV, model(IDS_BT))
    assert not logits_BTV.requires_grad


def test_one_that_reads_less_than_its_student_is_refused(teacher):
    with pytest.raises(SettingError, match=r"a Transformer with a context of 16; .* reads model\.context_length 32"):
        teacher(context_length=16)


def test_without_one_there_is_none(make_recipe):
    assert Teacher.of(ProtocolParams(), student=make_recipe().model, vocabulary=None) is None
