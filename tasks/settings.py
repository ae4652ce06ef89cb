"""YAML settings read, merged, compared and checked against models. Which sections there are is said in params.py."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import UnionType
from typing import Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from aurl_core.errors import MissingError, SettingError

Settings = dict[str, Any]
Model = TypeVar("Model", bound=BaseModel)

TAGS = ("kind", "mode")
"""Keys that choose a member of a union: two mappings that differ in one are not merged but replaced."""
_MAX_MISTAKES = 5


def read_settings(path: Path) -> Settings:
    """The mapping in a YAML file (YAML 1.2, as DVC reads it: `1e6` is a number)."""
    if not path.is_file():
        raise MissingError(f"{path} is not there; `aurl params use base` writes params.yaml from profiles/base.yaml")
    try:
        found = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except YAMLError as error:
        raise SettingError(f"{path} is not valid YAML: {' '.join(str(error).split())}") from error
    if found is not None and not isinstance(found, dict):
        raise SettingError(f"{path} holds {found!r} where a mapping of sections is expected")
    return found or {}


def merge(settings: Settings, overlay: Mapping[str, Any]) -> None:
    """Lay `overlay` over `settings` in place, key by key; lists, and mappings of another kind or mode, are replaced."""
    for key, value in overlay.items():
        old = settings.get(key)
        if isinstance(old, dict) and isinstance(value, Mapping) and _same_kind(old, value):
            merge(old, value)
        else:
            settings[key] = value


def _same_kind(old: Mapping[str, Any], overlay: Mapping[str, Any]) -> bool:
    return all(overlay.get(tag, old.get(tag)) == old.get(tag) for tag in TAGS)


def stated(section: BaseModel) -> Settings:
    """What was said of a section and not left to its defaults, and of which kind it is."""
    plain = section.model_dump(mode="json")
    values = {name: getattr(section, name) for name in plain if name in section.model_fields_set or name in TAGS}
    return {name: stated(one) if isinstance(one, BaseModel) else plain[name] for name, one in values.items()}


def keys_of(model: type[BaseModel], path: Sequence[str], tag: str) -> set[str]:
    """The keys of the section at `path` if its `kind` or `mode` is `tag`; none if it cannot be that."""
    models = {model}
    for part in path:
        fields = [one.model_fields[part] for one in models if part in one.model_fields]
        models = {found for field in fields for found in _models_in(field.annotation)}
    return {name for one in models if _is_tagged(one, tag) for name in one.model_fields}


def flatten(settings: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Every leaf by its dotted path; an empty mapping is a leaf.

    >>> flatten({"train": {"optimizer": {"learning_rate": 0.1}}, "seed": 1})
    {'train.optimizer.learning_rate': 0.1, 'seed': 1}
    """
    leaves: dict[str, Any] = {}
    for key, value in settings.items():
        if isinstance(value, Mapping) and value:
            leaves |= flatten(value, f"{prefix}{key}.")
        else:
            leaves[f"{prefix}{key}"] = value
    return leaves


def difference(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """One line for each leaf that differs: `- path: old` when gone, `+ path: new` when new, `path: old → new` else."""
    before, after = flatten(old), flatten(new)
    lines = []
    for path in dict.fromkeys([*before, *after]):
        if path not in after:
            lines.append(f"- {path}: {before[path]}")
        elif path not in before:
            lines.append(f"+ {path}: {after[path]}")
        elif before[path] != after[path]:
            lines.append(f"{path}: {before[path]} → {after[path]}")
    return lines


def check(model: type[Model], settings: Mapping[str, Any], source: str) -> Model:
    """The settings as `model`, or one paragraph (SettingError): what is wrong, what is valid, where to change it."""
    try:
        return model.model_validate(settings)
    except ValidationError as error:
        mistakes = [_explain(model, mistake) for mistake in error.errors(include_url=False)]
        more = len(mistakes) - _MAX_MISTAKES
        told = " ".join(mistakes[:_MAX_MISTAKES]) + (f" And {more} more." if more > 0 else "")
        raise SettingError(
            f"{source} cannot be used. {told} Change it there, or write it anew with `aurl params use base`; "
            "profiles/base.yaml says what each setting means."
        ) from None


def _explain(model: type[BaseModel], mistake: Mapping[str, Any]) -> str:
    parts, siblings = _place(model, [str(part) for part in mistake["loc"]])
    path, value = ".".join(parts), mistake["input"]
    if mistake["type"] == "extra_forbidden":
        return _unknown_key(parts, sorted(siblings))
    if mistake["type"] == "missing":
        return f"{path} is missing."
    if mistake["type"] == "value_error":  # of a section's own rule, which names the values itself
        return f"{path}: {mistake['ctx']['error']}.".removeprefix(": ")  # rules of all sections have no path
    return f"{path} is {value!r}: {_lower_first(mistake['msg']).replace('tuple', 'list')}."


def _unknown_key(path: list[str], valid: list[str]) -> str:
    near = difflib.get_close_matches(path[-1], valid, n=1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    where = f"keys of {'.'.join(path[:-1])}" if path[:-1] else "sections"
    return f"{'.'.join(path)} is no setting{hint}; the {where} are {', '.join(valid)}."


def _place(model: type[BaseModel], loc: Sequence[str]) -> tuple[list[str], set[str]]:
    """A setting's path without the tags of unions that pydantic puts into it, and the keys of the section it is in."""
    path, models, siblings = list[str](), {model}, set[str]()
    for part in loc:
        fields = [one.model_fields[part] for one in models if part in one.model_fields]
        tagged = {one for one in models if _is_tagged(one, part)}
        if tagged and not fields:
            models = tagged
            continue
        path.append(part)
        siblings = {name for one in models for name in one.model_fields}
        models = {found for field in fields for found in _models_in(field.annotation)} or models
    return path, siblings


def _is_tagged(model: type[BaseModel], tag: str) -> bool:
    """Is it the member of a union that is chosen by this `kind` or `mode`?"""
    fields = (model.model_fields.get(name) for name in ("kind", "mode"))
    return any(field is not None and tag in get_args(field.annotation) for field in fields)


def _models_in(annotation: object) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    elif get_origin(annotation) in (Union, UnionType) or get_args(annotation):
        for part in get_args(annotation):
            yield from _models_in(part)


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
