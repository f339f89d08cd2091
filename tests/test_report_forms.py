"""What a study may ask of the report: its form, its page, a template of its own, sheets for sites."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import docx as python_docx
import pandas as pd
import pytest
from docx.shared import Mm

from geoplan import plugins
from geoplan.errors import InputError
from geoplan.report import checker, docx, losses
from geoplan.report.document import ORDER, SHORT, document
from geoplan.report.figures import figures
from geoplan.report.model import Block, Figure, Heading, PageBreak, Paragraph, Table
from geoplan.report.page_style import OFFICIAL
from geoplan.result import Result
from geoplan.study.numbers import numbers
from tests.sample import sample_result


def asked(language: Any = "zh", **report: Any) -> Result:
    """The sample whose study asks this of the report."""
    result = sample_result(language)
    made = replace(result, settings={**result.settings, "report": report})
    return replace(made, numbers=numbers(made))


def brief(**report: Any) -> Result:
    """The same, with two sections only."""
    return replace(asked(**report), sections=("summary", "annex"))


def section(name: str, result: Result) -> list[Block]:
    """The blocks of one section."""
    return list(plugins.find("sections", name)(result))


def with_losses(result: Result) -> Result:
    """The result of a study that asks what each site of the plan is worth; without the first no plan is left."""
    rows = [
        {"place_id": i, "lost_alone": 10.0 + k, "lost_at_least": float(k) or float("inf"), "lost_at_most": 5.0 + k if k else float("inf"),
         "comes_in": (), "goes_out": (), "lost_found": 1.0, "places": 0.0, "money": 0.0, "worst_unit": "", "worst_unit_lost": 0.0}
        for k, i in enumerate(result.chosen.index)
    ]  # fmt: skip
    made = replace(result, losses=pd.DataFrame(rows).set_index("place_id"))
    return replace(made, numbers=numbers(made))


def test_the_short_form_is_part_of_the_full_one() -> None:
    """Every section of the short form is one of the full form, and its tables have no more than twenty rows on a page."""
    assert set(SHORT) < set(ORDER)
    short = document(asked(form="short"))
    assert [s.name for s in short.sections] == list(SHORT)
    assert (
        max(
            len(b.rows)
            for s in short.sections
            for b in s.blocks
            if isinstance(b, Table) and b.name in {"plan", "projects", "gap_areas"}
        )
        <= 20
    )


def test_the_page_of_official_documents(tmp_path: Path) -> None:
    """Margins, type, lines on a page and page numbers on the outer side are those of GB/T 9704; the usual report has its own."""
    docx.write(brief(style="gbt9704"), tmp_path / "r.docx")
    file = python_docx.Document(str(tmp_path / "r.docx"))
    page, body = file.sections[0], file.styles["Body Text"]
    assert [round(m.mm) for m in (page.top_margin, page.bottom_margin, page.left_margin, page.right_margin)] == list(
        OFFICIAL.margins_mm
    )
    assert body.font.size.pt == 16
    grid = page._sectPr.find("{http://schemas.openxmlformats.org/wordprocessingml/2006/main}docGrid")
    assert round((297 - 37 - 35) / 25.4 * 72 * 20 / int(grid.get(grid.tag.replace("docGrid", "linePitch")))) == 22
    assert file.settings.odd_and_even_pages_header_footer
    docx.write(brief(), tmp_path / "u.docx")
    assert not python_docx.Document(str(tmp_path / "u.docx")).settings.odd_and_even_pages_header_footer


@pytest.fixture
def template(tmp_path: Path) -> Path:
    """A bureau's Word file: its own margins, body type, header, and a text that is not to be kept."""
    file = python_docx.Document()
    file.sections[0].left_margin = Mm(40)
    file.styles["Body Text"].font.name = "Bureau Sans"
    file.sections[0].header.paragraphs[0].text = "邢台市自然资源和规划局"
    file.add_paragraph("old text")
    file.save(str(tmp_path / "own.docx"))
    return tmp_path / "own.docx"


def test_a_template_keeps_its_page_styles_and_header(template: Path, tmp_path: Path) -> None:
    """The report takes margins, type and header of the template, none of its text, and still says what the result holds."""
    result = replace(brief(), template=template)
    docx.write(result, tmp_path / "report.docx")
    file = python_docx.Document(str(tmp_path / "report.docx"))
    assert round(file.sections[0].left_margin.mm) == 40
    assert file.styles["Body Text"].font.name == "Bureau Sans"
    assert file.sections[0].header.paragraphs[0].text == "邢台市自然资源和规划局"
    assert "old text" not in [p.text for p in file.paragraphs]
    assert checker.docx_differs(result, tmp_path / "report.docx") == []


def test_a_template_that_is_no_word_file_is_refused(tmp_path: Path) -> None:
    """A file that only has the ending is refused with its name, the key and what to do."""
    (tmp_path / "own.docx").write_text("not a Word file")
    with pytest.raises(InputError, match=r"own\.docx.*report\.template.*save it as \.docx"):
        docx.write(replace(brief(), template=tmp_path / "own.docx"), tmp_path / "r.docx")


@pytest.mark.parametrize("count", [0, 2, 500])
def test_as_many_site_sheets_as_are_asked_for(count: int) -> None:
    """Each sheet begins a page and has a map and a slot for a photo; with none asked for there is no section; the count of all is said."""
    result = asked(site_sheets=count)
    blocks = section("site_sheets", result)
    sheets = min(count, len(result.chosen))
    assert sum(isinstance(b, PageBreak) for b in blocks) == sheets
    assert sum(isinstance(b, Figure) for b in blocks) == 2 * sheets
    if sheets:
        assert str(len(result.chosen)) in next(b.text for b in blocks if isinstance(b, Paragraph))


@pytest.mark.parametrize("language", ["en"])
def test_what_refusing_a_site_costs_is_told_everywhere(language: Any) -> None:
    """The plan has table and figure of the losses, the dearest first, each sheet its own; without a plan left it is a dash, not a number."""
    result = with_losses(asked(language))
    table = losses.losses(result)
    assert table.rows[0][0] == result.chosen.index[0]
    assert table.rows[0][4:6] == (None, None)
    assert "losses" in figures(result)
    blocks = section("plan", result) + section("site_sheets", result)
    assert sum(isinstance(b, Table) and b.name == "losses" for b in blocks) == 1
    sheet = next(b for b in blocks if isinstance(b, Table) and b.name == "site_sheet")
    assert any(table.columns[3].heading in row for row in sheet.rows)
    assert "losses" not in figures(asked(language))


def test_projects_are_all_that_the_plan_builds_and_decisions_have_a_log_of_their_own() -> None:
    """The list of near-term projects has a row for each option of the plan; a plan without decisions has no log."""
    result = asked()
    table = next(b for b in section("projects", result) if isinstance(b, Table))
    assert len(table.rows) == len(result.chosen)
    assert section("decisions", result) == []
    row = {
        "pin": result.chosen.index[0],
        "ban": None,
        "reason": "<b>镇政府来函</b>",
        "lost_at_least": 0.0,
        "lost_at_most": 3.5,
    }
    decided = replace(result, numbers={**result.numbers, "plan": {**result.numbers["plan"], "decisions": [row]}})
    head, price, log = section("decisions", decided)
    assert isinstance(head, Heading)
    assert "3.5" in str(price)
    assert isinstance(log, Table)
    assert row["reason"] in log.rows[0]
