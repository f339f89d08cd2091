"""The report as one document: title page and the sections that the study asks for, in its order."""

from __future__ import annotations

from weakref import WeakKeyDictionary

from geoplan import plugins
from geoplan.report.edition import of_edition
from geoplan.report.model import Document, Paragraph, Section
from geoplan.report.text import forbidden
from geoplan.report.words import Words
from geoplan.result import Result

# the usual order, for a study that names no sections
ORDER = ("summary", "data", "baseline", "supply", "demand", "gaps", "obligations", "options", "suitability",
         "field_checks", "plan", "projects", "land", "costs", "departments", "indicators", "comparison", "decisions", "standards", "method",
         "county_sheets", "site_sheets", "annex")  # fmt: skip
# what a land-use bureau files: what is lacking, what is proposed and where, what land and money it takes, what that rests on
SHORT = ("summary", "gaps", "plan", "projects", "land", "costs", "departments", "comparison", "decisions", "method")


_made: WeakKeyDictionary[Result, Document] = WeakKeyDictionary()


def document(result: Result) -> Document:
    """The whole report of a result, all sections if it names none, made once for Word and PDF; a section that does not exist raises
    `UsageError` with the nearest name.
    """
    if result not in _made:
        _made[result] = _document(result)
    return _made[result]


def _document(result: Result) -> Document:
    words = Words.of(result)
    sections = tuple(
        Section(name, tuple(plugins.find("sections", name)(result))) for name in result.sections or usual(result)
    )
    lines = (
        words("cover.scenario", scenario=result.scenario_title),
        words("cover.year", year=str(result.year)),
        words("cover.service", service=result.text(result.service.title)),
        words("cover.crs", name=result.area.crs.name),
    )
    notice = words("synthetic.footer") if result.synthetic else ""
    made = of_edition(result, Document(result.study, words("cover.subtitle"), lines, notice, sections))
    return with_count(made, forbidden(made), words)


def usual(result: Result) -> tuple[str, ...]:
    """The sections of the form that the study asks for."""
    return SHORT if result.report.get("form") == "short" else ORDER


def with_count(made: Document, count: int, words: Words) -> Document:
    """The document with a last paragraph that says how many characters were replaced, if any were."""
    if not count or not made.sections:
        return made
    said = Paragraph(words("cover.replaced", count=words.number(count, "count")))
    *before, last = made.sections
    return Document(
        made.title,
        made.subtitle,
        made.lines,
        made.notice,
        (*before, Section(last.name, (*last.blocks, said))),
    )
