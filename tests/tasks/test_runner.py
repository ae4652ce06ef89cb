"""A stage is called with the sections it names, and leaves a report and timings."""

import ast
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from aurl_core.errors import BusyError, SettingError
from tasks.lineage import content_hash
from tasks.locks import stage_lock
from tasks.params import ClusterParams, Params
from tasks.pipeline import STAGES, Declaration
from tasks.runner import call_stage, load_stage, run_stage
from tasks.stage import Paths, Stage, StageReport, stage
from tasks.timings import read_timings


class SumReport(StageReport):
    total: int


@stage
def parse(params: object, paths: Paths, *, seed: int, cluster: ClusterParams) -> SumReport:
    """A toy that writes one file."""
    paths.of("parsed").mkdir(parents=True, exist_ok=True)
    (paths.of("parsed") / "sum").write_text(f"{seed + cluster.workers}")
    return SumReport(total=seed + cluster.workers)


Toy = Callable[..., Declaration]


@pytest.fixture
def declare() -> Toy:
    """A function that declares the toy stage, under a name that no catalogue is made for."""

    def make(*, is_always_changed: bool = False) -> Declaration:
        outs = (Path("data/parsed"), Path("reports/sum.json"))
        return Declaration("sum", deps=(), params=("seed",), outs=outs, is_always_changed=is_always_changed)

    return make


@pytest.fixture
def toy() -> Stage:
    return Stage(parse.function, "sum", parse.sections)


@pytest.fixture
def untracked(params: Params) -> Params:
    return params.model_copy(update={"tracking": params.tracking.model_copy(update={"is_enabled": False})})


def test_a_stage_gets_the_sections_that_its_signature_names(root: Path, params: Params) -> None:
    assert call_stage(parse, params) == SumReport(total=params.seed + params.cluster.workers)


def test_report_and_timings_are_written(root: Path, untracked: Params, toy: Stage, declare: Toy) -> None:
    run_stage(toy, declare(), untracked, root=root)

    assert json.loads(Path("reports/sum.json").read_text()) == {"total": untracked.seed}
    timings = read_timings(Path("reports"), "sum")
    assert timings is not None
    assert timings.seconds >= 0


def test_an_always_changed_stage_that_changed_nothing_leaves_no_timings(
    root: Path, untracked: Params, toy: Stage, declare: Toy
) -> None:
    run_stage(toy, declare(), untracked, root=root)
    outs = "".join(f"    - {{path: {out}, md5: {content_hash(out)}}}\n" for out in declare().outs)
    Path("dvc.lock").write_text(f"stages:\n  sum:\n    outs:\n{outs}")
    Path("reports/timings/sum.json").unlink()

    run_stage(toy, declare(is_always_changed=True), untracked, root=root)

    assert read_timings(Path("reports"), "sum") is None


def test_an_always_changed_stage_that_changed_something_leaves_timings(
    root: Path, untracked: Params, toy: Stage, declare: Toy
) -> None:
    run_stage(toy, declare(is_always_changed=True), untracked, root=root)

    assert read_timings(Path("reports"), "sum") is not None


def test_leftovers_of_a_killed_run_are_gone(root: Path, untracked: Params, toy: Stage, declare: Toy) -> None:
    (root / "data" / ".parsed.k1lled" / "parsed").mkdir(parents=True)

    run_stage(toy, declare(), untracked, root=root)

    assert [path.name for path in (root / "data").iterdir()] == ["parsed"]


def test_a_stage_that_fails_leaves_no_report(root: Path, untracked: Params, declare: Toy) -> None:
    def fail(params: object, paths: Paths) -> SumReport:
        raise SettingError("no")

    with pytest.raises(SettingError):
        run_stage(Stage(fail, "sum", ("seed",)), declare(), untracked, root=root)

    assert not Path("reports").exists()


def test_a_stage_that_runs_elsewhere_is_not_run(root: Path, untracked: Params, toy: Stage, declare: Toy) -> None:
    with stage_lock("sum"), pytest.raises(BusyError):
        run_stage(toy, declare(), untracked, root=root, patience_seconds=0.01)


def test_a_name_that_is_no_stage_is_told_the_valid_ones() -> None:
    with pytest.raises(SettingError, match="the stages are ingest"):
        load_stage("pars")


@pytest.mark.parametrize("name", STAGES)
def test_every_stage_counts_something_that_is_told_per_second(name: str) -> None:
    [report] = [node for node in ast.parse(Path(f"tasks/{name}.py").read_text()).body if isinstance(node, ast.ClassDef)]

    assert [node for node in report.body if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "rates"]
