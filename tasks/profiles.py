"""Profiles: `profiles/base.yaml` and its overlays, merged with overrides into params.yaml. Models are in params.py."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import YAMLError

from aurl_core.errors import SettingError
from aurl_core.files import write_whole
from tasks.params import PARAMS_FILE, Params
from tasks.settings import TAGS, Settings, check, difference, keys_of, merge, read_settings, stated

PROFILES = Path("profiles")

_HEADER = """\
# Written by `aurl params use {command}` from profiles/{chain}.
# The only settings that DVC and the code read. Edit it freely: `dvc repro` reruns what your change touches.

"""


def profile_names(folder: Path = PROFILES) -> list[str]:
    """The names of the profiles in a folder, `base` first."""
    return sorted((file.stem for file in folder.glob("*.yaml")), key=lambda name: (name != "base", name))


def use_profile(
    name: str, overrides: Sequence[str] = (), *, folder: Path = PROFILES, target: Path = PARAMS_FILE
) -> list[str]:
    """Write `target` from a profile and overrides like `train.budget_tokens=1e6`; return what changed in it.

    Without a name, `target` as it stands is the profile. Everything is checked before anything is written. Raises
    SettingError naming the mistake.
    """
    settings, chain = _composed(name, overrides, folder, target)
    changes, text = _changes(target, settings), _dumped(settings)
    if name:
        command = " ".join([name, *(f"-S {override}" for override in overrides)])
        header = _HEADER.format(command=command, chain=" + ".join(f"{link}.yaml" for link in chain))
        text = header + _without_heading(text)
    write_whole(target, text)
    return changes


def compare_profile(
    name: str, overrides: Sequence[str] = (), *, folder: Path = PROFILES, target: Path = PARAMS_FILE
) -> list[str]:
    """What `use_profile` would change in `target`."""
    return _changes(target, _composed(name, overrides, folder, target)[0])


def with_settings(params: Params, values: Mapping[str, Any], source: str) -> Params:
    """The settings with some of them, by their dotted paths, replaced; SettingError, which names `source`, if they
    cannot be used so."""
    settings = stated(params)
    _lay(settings, [(path.split("."), value) for path, value in values.items()])
    return check(Params, settings, source)


def overridden(params: Params, overrides: Sequence[str]) -> Params:
    """The settings with overrides like `train.budget_tokens=1e6`; SettingError if they cannot be used so."""
    values = {".".join(path): value for path, value in map(parse_override, overrides)}
    return with_settings(params, values, f"params.yaml with {', '.join(overrides)}")


def _composed(name: str, overrides: Sequence[str], folder: Path, target: Path) -> tuple[CommentedMap, list[str]]:
    """The checked settings of a profile (of `target` without a name) with overrides, and its chain of names."""
    settings, chain = _merged(name, folder) if name else (_commented(target), [])
    pairs = [parse_override(override) for override in overrides]
    _lay(settings, pairs)
    source = (f"profile {name}" if name else str(target)) + (f" with {', '.join(overrides)}" if overrides else "")
    checked = check(Params, settings, source).model_dump(mode="json")
    for path, _ in pairs:
        _set(settings, path, _get(checked, path))
    return settings, chain


def _changes(target: Path, settings: Settings) -> list[str]:
    return difference(read_settings(target) if target.exists() else {}, settings)


def parse_override(text: str) -> tuple[list[str], Any]:
    """The path and value of `a.b.c=value`; the value is a YAML 1.2 scalar or flow collection.

    >>> parse_override("train.budget_tokens=1e6")
    (['train', 'budget_tokens'], 1000000.0)
    """
    path, equals, value = text.partition("=")
    if not equals or not all(path.strip().split(".")):
        raise SettingError(f"The override {text!r} is not of the form section.key=value, e.g. train.budget_tokens=1e6.")
    try:
        return path.strip().split("."), YAML(typ="safe").load(value)
    except YAMLError as error:
        raise SettingError(f"The value of the override {text!r} is not valid YAML: {error}") from error


def _merged(name: str, folder: Path, below: tuple[str, ...] = ()) -> tuple[CommentedMap, list[str]]:
    """A profile laid over what it extends (comments of the base kept), and the chain of names, base first."""
    path = folder / f"{name}.yaml"
    if not path.is_file():
        raise SettingError(f"{name!r} is no profile; {folder} holds {', '.join(profile_names(folder)) or 'none'}.")
    if name in below:
        raise SettingError(f"The profiles {' → '.join([*below, name])} extend each other in a circle.")
    own = _commented(path)
    parent = own.pop("extends", None)
    if parent is None:
        return own, [name]
    settings, chain = _merged(str(parent), folder, (*below, name))
    merge(settings, own)
    return settings, [*chain, name]


def _commented(path: Path) -> CommentedMap:
    """The settings of a file with its comments; SettingError if it cannot be read."""
    read_settings(path)
    settings: CommentedMap = YAML().load(path.read_text(encoding="utf-8")) or CommentedMap()
    return settings


def _lay(settings: Settings, pairs: Sequence[tuple[list[str], Any]]) -> None:
    """Lay values over the settings, kinds and modes first, since the others are settings of those."""
    for path, value in sorted(pairs, key=lambda pair: pair[0][-1] not in TAGS):
        _set(settings, path, value)


def _set(settings: Settings, path: Sequence[str], value: Any) -> None:
    """Where another kind is chosen, what only the one before knows is left out."""
    *sections, key = path
    for section in sections:
        settings = settings.setdefault(section, {})
        if not isinstance(settings, dict):
            raise SettingError(f"{'.'.join([*sections, key])} is no setting: {section} is a value, not a section.")
    if key in TAGS and settings.get(key) != value and (known := keys_of(Params, sections, value)):
        for foreign in settings.keys() - known:
            del settings[foreign]
    settings[key] = value


def _get(settings: Settings, path: Sequence[str]) -> Any:
    found: Any = settings
    for part in path:
        found = found[part]
    return found


def _dumped(settings: Settings) -> str:
    yaml = YAML()
    yaml.width = 120
    text = io.StringIO()
    yaml.dump(settings, text)
    return text.getvalue()


def _without_heading(text: str) -> str:
    """`text` without its first paragraph if that is a comment: it speaks of the profile, not of params.yaml."""
    return text.partition("\n\n")[2] if text.startswith("#") else text
