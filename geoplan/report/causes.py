"""Causes: the gap account of all planning years side by side, and for each cause its share and what would cure it."""

from __future__ import annotations

from geoplan.report.model import Cell, Column, Table
from geoplan.report.projections import REASONS
from geoplan.report.tables import cause_title
from geoplan.report.words import Words
from geoplan.result import CAUSES, Result

SHARES_FOR = 4  # years; with more the table shows people alone, or it would not fit the page
# a reason of the account: the cause of the profile that says how to cure it
CURED_AS = {
    "wrong_filed": "filed", "wrong_inclusive": "inclusive", "wrong_hours": "hours", "wrong_small": "too_small",
    "wrong_age": "age",
}  # fmt: skip


def account_by_year(result: Result) -> Table:
    """The five causes of every planning year side by side, people and share of the demand."""
    words, accounts = Words.of(result), {y: n["gap_account"] for y, n in result.numbers["years"].items()}
    shares = len(accounts) <= SHARES_FOR
    columns, totals = [words.column("cause")], {y: sum(a.values()) for y, a in accounts.items()}
    for year in accounts:
        shown = words.kind("amount", "persons")
        columns.append(Column(words("column.in_year", year=year), words.unit("persons"), shown, f"people_{year}"))
        columns += [Column(words("column.share_in_year", year=year), "", "share", f"share_{year}")] if shares else []
    rows = []
    for cause in [*CAUSES, ""]:
        row: list[object] = [cause_title(words, cause) if cause else words("total")]
        for year, account in accounts.items():
            value, total = (account[cause] if cause else totals[year]), totals[year]
            row += [value, *([value / total if total else None] if shares else [])]
        rows.append(tuple(row))
    return Table("gap_years", words("table.gap_years"), tuple(columns), tuple(rows), words("gaps.account_note"))


def causes(result: Result) -> Table:
    """Each cause of the planned year, the wrong kind split by its reasons: people, share of the demand, cure and clause."""
    words, n = Words.of(result), result.numbers
    total, rows = sum(n["gap_account"].values()), []
    for cause in (c for c in CAUSES if c != "served"):
        rows.append((cause, cause_title(words, cause), n["gap_account"][cause]))
        if cause == "wrong_kind":
            parts = n["years"].get(str(n["year"]), {}).get("reasons", {})
            rows += [
                (r, words("gaps.of_which", reason=words.term("reason", r)), parts[r]) for r in REASONS if parts.get(r)
            ]
    columns = words.columns("cause", "people_without", "share", "cure", "clause")
    made = tuple(
        (title, people, people / total if total else None, *cure(result, code)) for code, title, people in rows
    )
    return Table("gap_causes", words("table.gap_causes"), columns, made, words("gaps.causes_note"))


def cure(result: Result, code: str) -> tuple[str, Cell]:
    """What would cure a cause or reason, and the clause that asks for it; what is usual where the profile says nothing."""
    known = result.service.cures.get(CURED_AS.get(code, code))
    sentence = result.text(known.sentence) if known else Words.of(result).term("cure", code)
    return sentence, Cell(known.clause if known else None, "text")
