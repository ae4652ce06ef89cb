import pytest
import torch

from aurl_core.errors import InputError
from aurl_core.training.checkpoints.state import opened, pack, weights_of

STATE = {"state_dict": {"model.norm": torch.zeros(3)}, "shown": {"norm": torch.arange(3.0)}, "epoch": 3}


@pytest.mark.parametrize(("compression", "file"), [("none", "state.ckpt"), ("zstd", "state.ckpt.zst")])
def test_a_state_is_opened_as_it_was_saved(tmp_path, compression, file):
    folder = tmp_path / "step"
    folder.mkdir()
    torch.save(STATE, folder / "state.ckpt")
    saved = (folder / "state.ckpt").read_bytes()
    pack(folder, compression)
    assert [path.name for path in folder.iterdir()] == [file]
    with opened(folder) as path:
        assert path.read_bytes() == saved
    assert [path.name for path in tmp_path.iterdir()] == ["step"]


def test_compressed_takes_less_room(tmp_path):
    torch.save({"state_dict": {"model.w": torch.zeros(1000)}}, tmp_path / "state.ckpt")
    plain = (tmp_path / "state.ckpt").stat().st_size
    pack(tmp_path, "zstd")
    assert (tmp_path / "state.ckpt.zst").stat().st_size < plain / 2


def test_the_weights_are_the_networks_own(tmp_path):
    torch.save(STATE, tmp_path / "state.ckpt")
    pack(tmp_path, "zstd")
    assert {name: value.tolist() for name, value in weights_of(tmp_path).items()} == {"norm": [0, 1, 2]}


def test_a_state_in_parts_is_opened_as_the_folder_it_is(tmp_path):
    (tmp_path / "state.ckpt").mkdir()
    pack(tmp_path, "zstd")
    with opened(tmp_path) as path:
        assert path == tmp_path / "state.ckpt"
    with pytest.raises(InputError, match="parts of several processes"):
        weights_of(tmp_path)
