"""Data: coordinates, layers with source, date and licence, findings of reading them, changes of the scenario."""

from __future__ import annotations

from collections import Counter

from geoplan.report import records
from geoplan.report.model import Block, Heading, Paragraph
from geoplan.report.sections._blocks import first_rows, table_or
from geoplan.report.words import Words
from geoplan.result import Result

SHOWN = 10  # rows of the street audit; all stand in the workbook
SOURCE = ("role", "title", "path", "rows", "datum", "source", "licence", "date", "synthetic")


def section(result: Result) -> list[Block]:
    """The coordinate statement, the layers, what was found in them, and what the scenario changes."""
    words = Words.of(result)
    return [
        Heading(1, words("data.title")),
        Heading(2, words("data.coordinates_title")),
        Paragraph(coordinates(result)),
        Heading(2, words("data.layers_title")),
        *(Paragraph(words("synthetic.layers", layers=synthetic_layers(result))) for _ in [0] if result.synthetic),
        table_or(result, records.sources(result, names_only=True).only(*SOURCE), "data.no_layers"),
        Heading(2, words("data.findings_title")),
        Paragraph(found(result)),
        *(first_rows(result, t, 40) for t in [records.findings(result, names_only=True)] if t.rows),
        Heading(2, words("data.audit_title")),
        *audit(result),
        Heading(2, words("data.changes_title")),
        table_or(result, records.changes(result), "data.no_changes"),
    ]


def coordinates(result: Result) -> str:
    """In which coordinate system everything was computed and from which datums it was brought there."""
    words, crs = Words.of(result), result.area.crs
    datums = sorted({words.term("datum", s.datum) for s in result.sources if s.datum})
    code = crs.to_string() if crs.to_authority() else ""
    return words(
        "data.coordinates",
        name=crs.name,
        code=code,
        datums=("、" if result.language == "zh" else ", ").join(datums),
    )


def synthetic_layers(result: Result) -> str:
    """The roles of the synthetic layers."""
    words = Words.of(result)
    roles = [words.term("role", s.role) for s in result.sources if s.synthetic]
    return ("、" if result.language == "zh" else ", ").join(roles)


def found(result: Result) -> str:
    """How many rows were repaired or noted."""
    words, counts = Words.of(result), Counter[str]()
    for finding in result.findings:
        counts[finding.severity] += finding.count
    return words(
        "data.findings",
        repair=words.number(counts["repair"], "count"),
        note=words.number(counts["note"], "count"),
    )


def audit(result: Result) -> list[Block]:
    """How many points join the streets badly, and which of them lie near one another but far on foot."""
    words, streets = Words.of(result), result.numbers["streets"]
    of = "" if result.service.of_residents else "_of_points"
    counts = {}
    for state in ("moved", "detached", "no_street"):
        counts[state] = words.number(streets[state]["demand_points"], "count")
        counts[f"{state}_people"] = words.number(streets[state].get("population"), "count")
    people = words.number(streets["severed"].get("population"), "count")
    pairs = words.number(streets["severed"]["pairs"], "count")
    tables = [first_rows(result, t, SHOWN) for t in (records.joins(result), records.severed(result)) if t.rows]
    return [
        Paragraph(words(f"data.audit{of}", **counts)),
        Paragraph(words(f"data.severed{of}", pairs=pairs, people=people)),
        *tables,
    ]
