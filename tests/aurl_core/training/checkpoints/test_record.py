import json

import pytest

from aurl_core.errors import InputError
from aurl_core.sums import faults
from aurl_core.training.checkpoints.record import read_record, seal


@pytest.fixture
def sealed(tmp_path):
    folder = tmp_path / "step-000000012"
    (folder / "state.ckpt").mkdir(parents=True)
    for rank in range(2):
        (folder / "state.ckpt" / f"part-{rank}").write_text("weights")
    seal(folder, step=12, tokens_seen=384, figures={"validation_nats_per_token": float("nan")})
    return folder


def test_a_state_of_many_files_is_sealed_with_all_of_them(sealed):
    assert faults(sealed) == []
    (sealed / "state.ckpt" / "part-1").write_text("weight5")
    assert faults(sealed) == ["state.ckpt/part-1 is damaged"]


def test_what_is_known_is_read_back(sealed):
    record = read_record(sealed)
    assert (record.step, record.tokens_seen, str(record.figures)) == (12, 384, "{'validation_nats_per_token': nan}")


@pytest.mark.parametrize("version", [0, 99, None])
def test_another_format_is_refused_by_its_version(sealed, version):
    content = json.loads((sealed / "checkpoint.json").read_text()) | {"format_version": version}
    (sealed / "checkpoint.json").write_text(json.dumps(content))
    with pytest.raises(InputError, match=rf"checkpoint.json has format_version {version}, .* reads 1; go on with"):
        read_record(sealed)
