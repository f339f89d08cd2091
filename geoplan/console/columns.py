"""Columns: a table on a terminal, or one line a row, in columns that stand under one another in Chinese too."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import typer


def print_table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int]) -> None:
    """A table, the columns `right` flush right: folded to the window on a terminal, else one line a row."""
    if not sys.stdout.isatty():
        typer.echo("\n".join(aligned(head, rows, right)))
        return
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text as Cell  # as it stands: brackets are no markup

    table = Table()
    for n, title in enumerate(head):
        table.add_column(Cell(title), justify="right" if n in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(Cell, row))
    Console().print(table)


def aligned(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int]) -> list[str]:
    """One line a row, in columns that stand under one another in Chinese too, where a character is two wide."""
    from rich.cells import cell_len

    every = [head, *rows]
    widths = [max(cell_len(row[n]) for row in every) for n in range(len(head))]

    def line(row: Sequence[str]) -> str:
        spaces = [" " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)]
        cells = [space + row[n] if n in right else row[n] + space for n, space in enumerate(spaces)]
        return "  ".join(cells).rstrip()

    return [line(row) for row in every]
