"""Site sheets: one page for each of the largest sites of the plan, with its map, a slot for a photo, its numbers and its verdicts."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from itertools import zip_longest
from typing import Any

import pandas as pd

from geoplan.report import records, tables
from geoplan.report.figures import picture
from geoplan.report.fonts import drawable
from geoplan.report.losses import losses
from geoplan.report.maps import site_map
from geoplan.report.model import Block, Cell, Column, Figure, Heading, PageBreak, Paragraph, Table
from geoplan.report.words import Words
from geoplan.result import Result

NUMBERS = ("option_id", "unit", "kind", "phase", "places", "served", "travel", "cost", "subsidy", "paid_by", "annual_cost", "land_m2",
           "land_code", "supply_mode", "departments")  # fmt: skip
INDEX = ("name", "unit", "kind", "phase", "places", "served")  # of the list of the sheets
PHOTO = (6.3, 1.05)  # inches
SHEETS = 20  # where the study does not say how many
Site = dict[str, tuple[Column, Any]]  # a row of the plan by the names of its columns
VERDICT = ("standard", "outcome", "measured", "asked", "unit_of_measure")


def section(result: Result) -> list[Block]:
    """A list of the sites that serve most, as many as the study asks for, and a sheet for each; the sentence says how many there are in all."""
    words, plan, lost = Words.of(result), tables.programme(result), losses(result)
    sites = [{c.name: (c, v) for c, v in zip(plan.columns, row, strict=True)} for row in plan.rows]
    sites.sort(key=lambda site: -(site["served"][1] or 0.0))
    shown = sites[: result.report.get("site_sheets", SHEETS)]
    if not shown:
        return []
    counts = {"shown": words.number(len(shown), "count"), "all": words.number(len(sites), "count")}
    pages = [block for site in shown for block in page(result, site, lost)]
    index = replace(plan, rows=tuple(tuple(value for _, value in site.values()) for site in shown))
    listed = tables.renamed(result, index.only(*INDEX), "site_index")
    sentence = Paragraph(words("site_sheets.sentence", **counts))
    return [Heading(1, words("site_sheets.title")), sentence, listed, *pages]


def page(result: Result, site: Site, lost: Table) -> list[Block]:
    """The sheet of one site."""
    words, option, name = Words.of(result), str(site["option_id"][1]), str(site["name"][1])
    drawn = picture(partial(site_map, result, option=option), (6.3, 2.0), trim=False)
    caption = words("figure.site", name=name)
    return [
        PageBreak(),
        Heading(2, name),
        Figure(caption, drawn, caption),
        Figure(
            words("figure.photo"), picture(partial(slot, words("figure.photo_here")), PHOTO), words("figure.photo_here")
        ),
        numbers(result, site, next((row for row in lost.rows if row[0] == option), ()), lost.columns),
        *verdicts(result, option),
    ]


def slot(text: str, canvas: Any) -> None:
    """An empty frame of the size of a photo, to be changed for one in Word."""
    ax = canvas.subplots()
    ax.set_xticks([])
    ax.set_yticks([])
    ax.spines[:].set(color="#999999", linestyle="--")
    ax.text(0.5, 0.5, drawable(text), ha="center", va="center", color="#777777")


def numbers(result: Result, site: Site, lost: tuple[Any, ...], columns: tuple[Column, ...]) -> Table:
    """What is known of a site, two numbers beside one another; what refusing it costs where the study asks for that."""
    words, known = Words.of(result), [site[name] for name in NUMBERS if name in site]
    known += list(zip(columns, lost, strict=True))[3:] if lost else []  # after its id, name and unit
    rows = [(column.heading, Cell(value, column.kind)) for column, value in known]
    half = (len(rows) + 1) // 2
    pairs = zip_longest(rows[:half], rows[half:], fillvalue=(" ", Cell(" ", "text")))
    heads = tuple(
        replace(column, kind="text") for column in words.columns("item", "value", "item", "value")
    )  # all to the left
    return Table("site_sheet", words("table.site_sheet"), heads, tuple((*left, *right) for left, right in pairs))


def verdicts(result: Result, option: str) -> list[Block]:
    """How many standards it passes, and what the others say: those that fail first, then those that are not known."""
    words = Words.of(result)
    found = records.verdicts(result, pd.DataFrame(result.options.loc[[option]])).only(*VERDICT)
    order = [words.term("outcome", outcome) for outcome in ("fail", "unknown")]
    rows = sorted((row for row in found.rows if row[1] in order), key=lambda row: order.index(row[1]))
    count = words.number(len(found.rows) - len(rows), "count")
    passed = Paragraph(words("site_sheets.passed" if rows else "site_sheets.all_passed", count=count), small=True)
    return [passed, tables.renamed(result, replace(found, rows=tuple(rows)), "site_verdicts")] if rows else [passed]
