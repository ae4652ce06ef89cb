"""What an entry point loads: start-up is paid by every stage and every command."""

import subprocess
import sys

import pytest

HEAVY = ("torch", "pytorch_lightning", "prefect", "mlflow", "dvc", "music21", "matplotlib", "verovio", "scipy")


def loaded_by(module: str, candidates: tuple[str, ...]) -> list[str]:
    """Which of the candidates are loaded after importing `module` in a fresh Python."""
    code = f"import sys, {module}; print(*[name for name in {candidates!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return done.stdout.split()


@pytest.mark.parametrize("module", ["tasks.params", "tasks.cli.app", "tasks.environment", "tasks.profiles"])
def test_settings_and_command_line_load_no_library_that_computes(module: str) -> None:
    assert loaded_by(module, (*HEAVY, "numpy", "pyarrow", "pandas", "duckdb")) == []


@pytest.mark.parametrize(
    ("stage", "needed"), [("ingest", []), ("parse", []), ("quantize", []), ("shard", []), ("study", [])]
)
def test_data_stages_load_nothing_that_others_need(stage: str, needed: list[str]) -> None:
    assert loaded_by(f"tasks.{stage}", HEAVY) == needed


def test_export_copies_the_model_without_loading_torch() -> None:
    assert loaded_by("tasks.export", HEAVY) == []


@pytest.mark.parametrize("stage", ["train", "generate", "evaluate"])
def test_no_stage_loads_an_orchestrator(stage: str) -> None:
    assert loaded_by(f"tasks.{stage}", ("prefect", "mlflow", "dvc", "music21")) == []


def test_training_alone_loads_lightning() -> None:
    assert loaded_by("tasks.generate", ("pytorch_lightning",)) == []


def test_running_a_stage_loads_mlflow_only_when_there_is_something_to_track() -> None:
    assert loaded_by("tasks.runner", HEAVY) == []
