"""Progress: what a command tells while it works."""

from __future__ import annotations

from collections.abc import Callable

import typer


def show(text: str) -> None:
    """Progress and log go to stderr; results go to stdout."""
    typer.echo(text, err=True)


def stages(quiet: bool) -> Callable[[str, str], None]:
    """Prints each stage as it begins, with the seconds since the start."""
    import time

    started = time.monotonic()

    def say(scenario: str, stage: str) -> None:
        if not quiet:
            show(f"{time.monotonic() - started:6.1f} s  {scenario}: {stage}")

    return say
