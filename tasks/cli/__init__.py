"""`aurl`: the commands a person types. One file a group of commands; each imports what it needs when it is called."""

from __future__ import annotations

import sys

from tasks.cli.app import app
from tasks.failure import told


def main() -> None:
    """Run the command line and exit: 1 and one paragraph when something cannot be done."""
    with told() as outcome:
        app(prog_name="aurl")
    sys.exit(outcome.code)
