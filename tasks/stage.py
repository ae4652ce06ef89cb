"""`Stage` and `@stage`: one definition of a stage for its three doors, DVC, Prefect and tests.

A stage is a function `(params, paths, *, <other sections by name>) -> report`. Its name is the stage's name and the
name of its section in params.yaml; each keyword it takes is the section of that name.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Generic, ParamSpec, TypeVar

from pydantic import BaseModel, ConfigDict

from aurl_core.errors import SettingError
from aurl_core.section import Section


class Paths(Section):
    """Where the stages read and write, relative to the repository root unless absolute."""

    data: Path = Path("data")
    """What the stages make, one folder a stage."""
    reports: Path = Path("reports")
    """Figures and pages about what the stages made."""
    logs: Path = Path(".aurl/logs")
    """Rotating logs; not owned by DVC."""
    store: Path = Path(".aurl/store")
    """Memoised results per file; deletable at any time."""
    checkpoints: Path = Path(".aurl/checkpoints")
    """Training checkpoints; survive a killed stage."""
    searches: Path = Path(".aurl/searches")
    """Searches and ladders, their trials' checkpoints among them; one that is begun again goes on from here."""

    def check(self) -> None:
        """SettingError if one of them cannot be a folder, since a file stands there or above."""
        for name, path in self:
            first = next(above for above in (path, *path.parents, Path()) if above.exists())
            if not first.is_dir():
                raise SettingError(f"paths.{name} is {str(path)!r}, but {first} is a file: name a folder.")

    def of(self, name: str) -> Path:
        """Where a stage writes: raw, parsed, quantized, corpus, quality, studies, models, generated or exports."""
        return self.data / name


class StageReport(BaseModel):
    """What a stage measured: deterministic figures only, for clocks and memory see `tasks.tracking`."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)
    rates: ClassVar[tuple[str, ...]] = ()
    """Names of counts in this report that are also worth reporting per second."""


P = ParamSpec("P")
R = TypeVar("R", bound=StageReport)


@dataclass(frozen=True, slots=True)
class Stage(Generic[P, R]):
    """A stage's function with what is known about it; calling it runs the function."""

    function: Callable[P, R]
    name: str
    sections: tuple[str, ...]
    """The sections of params.yaml that it takes, its own first."""

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        return self.function(*args, **kwargs)


def stage(function: Callable[P, R]) -> Stage[P, R]:
    """Make a stage of a function, reading its name and sections off its signature."""
    name = function.__name__
    others = [key for key in inspect.signature(function).parameters if key not in ("params", "paths")]
    return Stage(function, name, (name, *others))
