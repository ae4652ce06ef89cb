"""`aurl scaling`: what more size and more music would give. What it does is in tasks/scaling.py."""

from __future__ import annotations

from typing import Annotated

import typer

from tasks.cli.entry import enter, print_table


def scaling(
    overrides: Annotated[
        list[str], typer.Option("-S", "--set", help="A setting for this ladder alone: scaling.budget_tokens=1e6")
    ] = [],  # noqa: B006
) -> None:
    """Foretell a larger training.

    A ladder of small ones is trained, a curve drawn through it, and the rung above it trained to check the curve.
    """
    root = enter()
    from tasks.logs import set_up_logs
    from tasks.params import load_params
    from tasks.processes import interruptible
    from tasks.profiles import overridden
    from tasks.scaling import scaling as climb

    interruptible()
    params = overridden(load_params(), overrides)
    params.paths.check()
    set_up_logs(params.paths.logs, "scaling")
    found = climb(params, root=root)
    rows = [(f"{rung.num_parameters:,}", f"{rung.num_tokens:,}", f"{rung.loss:.4f}") for rung in found.rungs]
    print_table(("parameters", "tokens", "nats/token"), rows, right=("parameters", "tokens", "nats/token"))
    top, said = found.top, found.said
    typer.echo(
        f"{top.num_parameters:,} parameters, {top.num_tokens:,} tokens: foretold {said.loss:.4f} "
        f"({said.low:.4f} to {said.high:.4f}), came {top.loss:.4f}, {'within' if found.is_held else 'outside'}"
    )
    typer.echo(f"{params.paths.reports / 'scaling' / 'index.html'}")
