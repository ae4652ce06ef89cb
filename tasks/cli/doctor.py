"""`aurl doctor`: is everything there that the pipeline needs?"""

from __future__ import annotations

import typer

from tasks.cli.entry import enter, print_table


def doctor() -> None:
    """Check this machine.

    Versions, folders, disk, memory, cores and the browser; exit 1 if something must be mended.
    """
    root = enter()
    from tasks.health import examine

    findings = list(examine(root))
    print_table(("", "what", "found"), [(finding.mark, finding.what, finding.found) for finding in findings])
    if any(finding.is_fatal for finding in findings):
        raise typer.Exit(1)
