"""A past run, run again from what MLflow keeps of it."""

import pytest

from tests.end_to_end.shell import Workshop, typed
from tests.pipeline import Pipeline

pytestmark = pytest.mark.slow
LAST = (
    "python -c \"from tasks.experiment import connect; from pathlib import Path; c, e = connect('aurl', Path.cwd()); "
    'print(c.search_runs([e], \\"attributes.run_name = \'train\'\\", max_results=1)[0].info.run_id)"'
)


@pytest.fixture(scope="module")
def changed(pipeline: Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    """A copy whose last training was made with code that nobody has committed."""
    copy = Workshop(pipeline.copied(tmp_path_factory.mktemp("reproduce")).root)
    learner = copy.root / "aurl_core/training/learner.py"
    learner.write_text(learner.read_text() + "\n# not committed\n")
    (copy.root / "aurl_core/training/new.py").write_text('"""Not known to git."""\n')
    copy.repro("train")
    return copy


def test_a_run_of_changed_code_is_had_again_to_the_bit(changed: Workshop) -> None:
    run = typed(changed, LAST).stdout.strip()
    (changed.root / "aurl_core/training/new.py").unlink()
    changed.use("-S", "train.optimizer.learning_rate=0.5")
    before = typed(changed, "git status --porcelain; cat params.yaml dvc.lock").stdout

    done = typed(changed, f"COLUMNS=200 python -m tasks.cli reproduce {run}")

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert "DIFFERENT" not in done.stdout
    for what in ("sha256 of model.safetensors", "data/models", "reports/train", "validation_bits_per_note"):
        assert any(line.split()[:1] == ["same"] and what in line for line in done.stdout.splitlines()), done.stdout
    assert typed(changed, "git status --porcelain; cat params.yaml dvc.lock").stdout == before
    assert not any((changed.root / ".aurl/rerun").iterdir())


def test_what_is_no_run_is_told(changed: Workshop) -> None:
    done = typed(changed, "python -m tasks.cli reproduce nonsense")
    assert (done.returncode, "'nonsense' is no run of a stage" in done.stderr) == (1, True)
