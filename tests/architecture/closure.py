"""Which code a stage runs, found by following imports: the truth that dvc.yaml's code dependencies are held to."""

from pathlib import Path

import grimp

from tasks.profiles import PROFILES
from tasks.settings import read_settings

ORCHESTRATION = frozenset(
    {"tasks.stage", "tasks.params", "tasks.progress", "tasks.pool", "tasks.cluster", "tasks.tracking"}
    | {f"tasks.watching.{path.stem}" for path in Path("tasks/watching").glob("[!_]*.py")}
)
"""What runs stages and is run by them, but does not change what they make."""


def code_of(stage: str) -> list[str]:
    """The fewest files and folders that hold the modules that a stage imports, directly or not, and no others.

    Modules that its settings name as `module:Class` are imported too.
    """
    graph = grimp.build_graph("tasks", "aurl_core", cache_dir=None)
    for module in ORCHESTRATION & graph.modules:
        graph.remove_module(module)
    begins = {f"tasks.{stage}", *_named_modules(read_settings(PROFILES / "base.yaml").get(stage))}
    used = begins.union(*(graph.find_upstream_modules(module) for module in begins))
    files = {_file(module) for module in used}
    return sorted(str(path) for root in ("aurl_core", "tasks") for path in _cover(Path(root), files))


def _named_modules(settings: object) -> set[str]:
    if isinstance(settings, dict):
        return set().union(*map(_named_modules, settings.values()))
    if isinstance(settings, list):
        return set().union(*map(_named_modules, settings))
    is_path = isinstance(settings, str) and settings.startswith("aurl_core.") and ":" in settings
    return {settings.partition(":")[0]} if is_path else set()


def _file(module: str) -> Path:
    path = Path(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _cover(folder: Path, files: set[Path]) -> list[Path]:
    modules = [file for file in folder.rglob("*.py") if file.name != "__init__.py"]
    if modules and all(file in files for file in modules):
        return [folder]
    below = [path for child in sorted(folder.iterdir()) if child.is_dir() for path in _cover(child, files)]
    return below + [file for file in sorted(folder.glob("*.py")) if file in files and file.name != "__init__.py"]
