"""The report of the smallest study reads well: nothing is empty, nothing is told of that is not there."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path

import pypdfium2
import pytest

import geoplan as gp
from geoplan.errors import Language
from geoplan.report.document import document
from geoplan.report.figures import figures
from geoplan.report.model import Block, Heading, PageBreak, Table
from geoplan.report.text import texts
from geoplan.result import Result
from tests import smallest


@pytest.fixture(scope="module", params=["zh", "en"])
def made(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[Result, Path]:
    """The result of the smallest study, and the folder of its outputs, which the checker has read."""
    language: Language = request.param
    folder = tmp_path_factory.mktemp("smallest")
    result = gp.run(gp.load_study(smallest.build(folder, language)), folder / "out")["base"]
    return result, folder / "out" / "base"


def blocks(result: Result) -> list[Block]:
    """Every block of the report but page breaks."""
    return [b for s in document(result).sections for b in s.blocks if not isinstance(b, PageBreak)]


def test_no_heading_and_no_table_is_empty(made: tuple[Result, Path]) -> None:
    """Behind every heading something comes that is no heading of its level or above; every table has a row."""
    found = blocks(made[0])
    for block, following in pairwise([*found, Heading(1, "end")]):
        if isinstance(block, Heading) and isinstance(following, Heading):
            assert following.level > block.level, block
    assert not [b.name for b in found if isinstance(b, Table) and not b.rows]


def test_what_is_not_there_is_not_told_of(made: tuple[Result, Path]) -> None:
    """Without a gap there is no figure of its causes and no first cause; without a plan no figure of it."""
    result = made[0]
    assert result.numbers["gap_account"]["served"] == result.numbers["demand_total"] > 0
    assert not {"causes", "plan", "phases", "losses", "front"} & set(figures(result)) - {"plan"}
    said = "\n".join(text for block in blocks(result) for text in texts(block))
    assert ("没有缺口" if result.language == "zh" else "there is no gap") in said
    assert not re.search(r"\bnan\b|\bNone\b|\binf\b", said)


def test_one_thing_is_said_to_be_one(made: tuple[Result, Path]) -> None:
    """In English one facility is not 1 facilities."""
    said = "\n".join(text for block in blocks(made[0]) for text in texts(block))
    assert not re.search(r"(?<![\d.,])1 (facilities|places|options|areas|persons|rows)\b", said)


def test_no_page_is_empty(made: tuple[Result, Path]) -> None:
    """Every page of the PDF holds text besides its number."""
    for number, page in enumerate(pypdfium2.PdfDocument(made[1] / "report.pdf"), start=1):
        assert len(page.get_textpage().get_text_range().strip()) > 20, number
