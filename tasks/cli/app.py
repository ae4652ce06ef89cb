"""The command line, put together. What the commands do is in the files beside this one."""

from __future__ import annotations

import typer

from tasks.cli.adapt import adapt
from tasks.cli.clean import clean
from tasks.cli.doctor import doctor
from tasks.cli.generate import generate
from tasks.cli.music import convert, inspect, render
from tasks.cli.params import params_app
from tasks.cli.pipeline import demo, status
from tasks.cli.query import query
from tasks.cli.reproduce import reproduce
from tasks.cli.run import run_app
from tasks.cli.scaling import scaling
from tasks.cli.store import store_app
from tasks.cli.tune import tune
from tasks.cli.ui import ui
from tasks.cli.watch import watch

app = typer.Typer(
    help="Aurl: from a folder of MIDI to a queryable corpus, musical insight, a trained model and new music.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
for command in (
    demo,
    status,
    query,
    inspect,
    generate,
    adapt,
    render,
    convert,
    reproduce,
    watch,
    tune,
    scaling,
    ui,
    clean,
    doctor,
):
    app.command()(command)
app.add_typer(params_app)
app.add_typer(run_app)
app.add_typer(store_app)
