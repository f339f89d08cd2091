"""What the sections share: the first rows of a long table, and tables that are left out when empty."""

from __future__ import annotations

from geoplan.report.model import Block, Paragraph, Table
from geoplan.report.words import Words
from geoplan.result import Result

SHOWN_ROWS, SHORT_ROWS = 100, 20  # in the full and in the short form


def first_rows(result: Result, table: Table, rows: int = SHOWN_ROWS, sheet: str = "") -> Table:
    """The first rows of a table, with the count of all and where the full list stands: its own sheet, or that of the table named."""
    words = Words.of(result)
    rows = min(rows, SHORT_ROWS) if result.report.get("form") == "short" else rows
    counts = {"rows": words.number(rows, "count"), "all": words.number(len(table.rows), "count")}
    return table.top(rows, words("annex.more", sheet=words(f"table.{sheet or table.name}"), **counts))


def table_or(result: Result, table: Table, otherwise: str) -> Block:
    """The table, or one sentence where it has no row."""
    return table if table.rows else Paragraph(Words.of(result)(otherwise))
