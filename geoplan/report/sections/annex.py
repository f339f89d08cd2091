"""Annex: the tables one row a thing; the full lists stand in the workbook."""

from __future__ import annotations

from dataclasses import replace

from geoplan.report import records, tables
from geoplan.report.model import Block, Heading, PageBreak, Paragraph
from geoplan.report.sections._blocks import first_rows, table_or
from geoplan.report.words import Words
from geoplan.result import CAUSES, Result

FACILITY = ("facility_id", "name", "unit", "kind", "filed", "counted", "places")
RESIDENTIAL = ("demand_id", "name", "unit", "wanted", *CAUSES)
VERDICT = ("option_id", "standard", "outcome", "measured", "asked", "unit_of_measure", "force")
OPTION = ("site_id", "name", "unit", "kind", "places", "cost", "verdict")


def section(result: Result) -> list[Block]:
    """Facilities, residential areas with the largest gaps, options, and the verdicts on the options chosen."""
    words = Words.of(result)
    return [
        PageBreak(),
        Heading(1, words("annex.title")),
        Paragraph(words("annex.sentence")),
        Heading(2, words("table.facilities")),
        table_or(result, first_rows(result, tables.facilities(result).only(*FACILITY)), "annex.none"),
        Heading(2, words("table.residential")),
        table_or(result, first_rows(result, tables.residential(result).only(*RESIDENTIAL)), "annex.none"),
        *(options(result) if result.service.options else []),
    ]


def options(result: Result) -> list[Block]:
    """The options, and what those chosen (all where none is) fail or is not known of them."""
    words, checked = Words.of(result), result.chosen if len(result.chosen) else result.options
    judged = records.verdicts(result, checked).only(*VERDICT)
    failing = replace(judged, rows=tuple(row for row in judged.rows if row[2] != words.term("outcome", "pass")))
    if len(result.chosen) and "site_id" in checked:  # a plan has one option of a site, and its id is short
        sites = dict(zip(checked.index.astype(str), checked["site_id"].astype(str), strict=True))
        rows = tuple((sites[row[0]], *row[1:]) for row in failing.rows)
        failing = replace(failing, columns=(words.column("site_id"), *failing.columns[1:]), rows=rows)
    return [
        Heading(2, words("table.options")),
        table_or(result, first_rows(result, tables.options(result).only(*OPTION)), "annex.none"),
        Heading(2, words("table.verdicts")),
        Paragraph(words("annex.open_verdicts")),
        table_or(result, first_rows(result, failing), "annex.none"),
    ]
