"""`aurl params`: write, show and compare params.yaml."""

from __future__ import annotations

from typing import Annotated

import typer

from tasks.cli.entry import enter

params_app = typer.Typer(name="params", help="Write, show and compare params.yaml.", no_args_is_help=True)

Override = Annotated[list[str], typer.Option("-S", "--set", help="A setting that differs: train.budget_tokens=1e6")]


@params_app.command()
def use(
    profile: Annotated[str, typer.Argument(help="A file of profiles/, without .yaml")],
    overrides: Override = [],  # noqa: B006
) -> None:
    """Write params.yaml from a profile and show what changed."""
    enter()
    from tasks.profiles import use_profile

    changes = use_profile(profile, overrides)
    typer.echo("\n".join(changes) or "params.yaml stays as it is")


@params_app.command()
def show(key: Annotated[str, typer.Argument(help="A section or a dotted key; all of them if left out")] = "") -> None:
    """Print settings, one a line."""
    enter()
    from aurl_core.errors import SettingError
    from tasks.params import load_params
    from tasks.settings import flatten

    leaves = flatten(load_params().model_dump(mode="json"))
    shown = {path: value for path, value in leaves.items() if f"{path}.".startswith(f"{key}." if key else "")}
    if not shown:
        raise SettingError(f"{key!r} is no setting; `aurl params show` prints all of them.")
    for path, value in shown.items():
        typer.echo(f"{path}: {value}")


@params_app.command()
def diff(
    profile: Annotated[str, typer.Argument(help="A file of profiles/, without .yaml")],
    overrides: Override = [],  # noqa: B006
) -> None:
    """Show what `use` would change, and change nothing."""
    enter()
    from tasks.profiles import compare_profile

    typer.echo("\n".join(compare_profile(profile, overrides)) or "no difference")
