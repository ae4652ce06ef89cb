"""The stages as dvc.yaml declares them, with the names in it filled in from params.yaml. Running them is not here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, get_args

from aurl_core.errors import SettingError
from tasks.settings import Settings, flatten, read_settings

PIPELINE_FILE: Final = Path("dvc.yaml")
LOCK_FILE: Final = Path("dvc.lock")

StageName = Literal["ingest", "parse", "quantize", "shard", "study", "train", "generate", "evaluate", "export"]
STAGES: Final[tuple[StageName, ...]] = get_args(StageName)
"""Every stage, in an order in which they can run."""
CATALOGUED: Final = frozenset({"ingest", "parse", "quantize", "shard", "study", "train", "generate"})
"""The stages whose tables the catalogue shows."""


NOTHING_CHANGED: Final = "nothing changed since the last run"
"""What a stage says that looked for changes and found none."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What dvc.yaml says about a stage; paths are relative to the repository root."""

    name: str
    deps: tuple[Path, ...]
    params: tuple[str, ...]
    """Sections of params.yaml, or dotted keys in them."""
    outs: tuple[Path, ...]
    """Everything it writes: data, metrics and plots."""
    is_always_changed: bool

    @property
    def inputs(self) -> tuple[Path, ...]:
        """The deps that are data: no code."""
        return tuple(path for path in self.deps if not is_code(path))


def is_code(dep: Path) -> bool:
    """Is this dependency ours to write, not data?"""
    return dep.parts[0] in ("aurl_core", "tasks")


def check_stage(name: str) -> str:
    """`name` if it is a stage; SettingError with the valid ones if not."""
    if name not in STAGES:
        raise SettingError(f"{name!r} is no stage; the stages are {', '.join(STAGES)}.")
    return name


def read_pipeline(settings: Settings, file: Path = PIPELINE_FILE) -> dict[str, Declaration]:
    """The stages of dvc.yaml by name, its `${...}` filled in from the settings."""
    return {name: _declaration(name, stage) for name, stage in _filled(read_settings(file)["stages"], settings).items()}


def ancestors(pipeline: Mapping[str, Declaration], targets: Iterable[StageName]) -> list[StageName]:
    """The targets and every stage that makes what they read, directly or not, in an order in which they can run."""
    needed: set[str] = set()
    waiting: list[str] = list(targets)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting += [other for other, stage in pipeline.items() if feeds(stage, pipeline[name])]
    return [name for name in STAGES if name in needed]


def feeds(stage: Declaration, other: Declaration) -> bool:
    """Does `other` read something that `stage` writes?"""
    return any(dep == out or out in dep.parents or dep in out.parents for dep in other.inputs for out in stage.outs)


def read_hashes(file: Path = LOCK_FILE) -> dict[str, dict[Path, str]]:
    """For each stage of dvc.lock the hash of every dep and out, as DVC computed it; empty before the first run."""
    stages: Mapping[str, Any] = read_settings(file).get("stages", {}) if file.exists() else {}
    return {
        name: {Path(entry["path"]): entry["md5"] for kind in ("deps", "outs") for entry in stage.get(kind, ())}
        for name, stage in stages.items()
    }


def _declaration(name: str, stage: Mapping[str, Any]) -> Declaration:
    outs = [*stage.get("outs", ()), *stage.get("metrics", ()), *stage.get("plots", ())]
    return Declaration(
        name,
        deps=tuple(Path(_name(dep)) for dep in stage.get("deps", ())),
        params=tuple(_name(key) for key in stage.get("params", ())),
        outs=tuple(Path(_name(out)) for out in outs),
        is_always_changed=stage.get("always_changed", False),
    )


def _name(entry: str | Mapping[str, Any]) -> str:
    """An entry of dvc.yaml is a path, or a path with options."""
    return entry if isinstance(entry, str) else next(iter(entry))


def _filled(value: Any, settings: Settings) -> Any:
    leaves = flatten(settings)

    def fill(part: Any) -> Any:
        if isinstance(part, Mapping):
            return {fill(key): fill(inner) for key, inner in part.items()}
        if isinstance(part, list):
            return [fill(inner) for inner in part]
        return re.sub(r"\$\{([\w.]+)\}", lambda m: str(leaves[m[1]]), part) if isinstance(part, str) else part

    return fill(value)
