"""Where the repository is, and the folders and telemetry of the tools; called first at every entry point.

Nothing here changes what a stage computes: it keeps matplotlib, Prefect, MLflow and DVC inside the repository (they
would make folders in the home directory) and silent on the network. Whoever sets a variable himself is obeyed.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

_MARK = "dvc.yaml"

_FOLDERS: Mapping[str, str] = {
    "MPLCONFIGDIR": ".aurl/matplotlib",
    "PREFECT_HOME": ".prefect",
    "DVC_GLOBAL_CONFIG_DIR": ".aurl/dvc/config",
    "DVC_SITE_CACHE_DIR": ".aurl/dvc",
    "WANDB_CACHE_DIR": ".aurl/wandb/cache",
    "WANDB_CONFIG_DIR": ".aurl/wandb/config",
    "WANDB_DATA_DIR": ".aurl/wandb/data",
}

_SWITCHES: Mapping[str, str] = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",  # which gives memory back: its own keeps a third of what the workers take
    "DO_NOT_TRACK": "true",
    "DVC_NO_ANALYTICS": "1",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
    "GOMP_SPINCOUNT": "100000",  # waiting threads spin briefly: less halves the speed of training, more a busy core's
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "WANDB_ERROR_REPORTING": "false",
}


def find_root(start: Path | None = None) -> Path:
    """The repository that `start` (the current folder) is in, or else the one this file is in."""
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / _MARK).is_file() and (folder / "tasks").is_dir():
            return folder
    return Path(__file__).resolve().parent.parent


def set_up(root: Path) -> None:
    """Keep every tool's folders under `root`, turn telemetry off, and work from `root`."""
    for name, folder in _FOLDERS.items():
        os.environ.setdefault(name, str(root / folder))
    for name, value in _SWITCHES.items():
        os.environ.setdefault(name, value)
    os.chdir(root)
