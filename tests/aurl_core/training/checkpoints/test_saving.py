import pytest

from aurl_core.training.checkpoints.saving import Checkpointing


class Trainer:
    def __init__(self, content: str | None) -> None:
        self.content = content

    def save_checkpoint(self, path) -> None:
        path.write_text("half of it")
        if self.content is None:
            raise OSError("disk full")
        path.write_text(self.content)


def test_the_last_state_is_kept(tmp_path):
    callback = Checkpointing(tmp_path / "run" / "last.ckpt")
    for content in ("first", "second"):
        callback.on_train_epoch_end(Trainer(content), None)
    assert (tmp_path / "run" / "last.ckpt").read_text() == "second"


def test_a_state_that_cannot_be_written_leaves_the_one_before(tmp_path):
    callback = Checkpointing(tmp_path / "last.ckpt")
    callback.on_train_epoch_end(Trainer("first"), None)
    with pytest.raises(OSError, match="disk full"):
        callback.on_train_epoch_end(Trainer(None), None)
    assert [file.name for file in tmp_path.iterdir()] == ["last.ckpt"]
    assert (tmp_path / "last.ckpt").read_text() == "first"
