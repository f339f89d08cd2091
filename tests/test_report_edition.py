"""The public edition tells no small number of persons and no name of a site under negotiation; the internal one tells all."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import geoplan as gp
from geoplan.report import checker, docx, edition, pdf, xlsx
from geoplan.report.document import document
from geoplan.report.model import Cell, Table
from geoplan.report.words import COLUMNS
from geoplan.result import Result
from geoplan.study import manifest
from geoplan.study.numbers import numbers
from tests import town
from tests.sample import sample_result

SECRET = "光明大厦三层"


@pytest.fixture(scope="module")
def public() -> Result:
    """The sample in which the kind of the first option of the plan is one that is leased, and its site has a name to keep."""
    result = sample_result("zh")
    option = result.chosen.index[0]
    kind = result.service.options[result.chosen.loc[option, "kind"]]
    service = replace(result.service, options={**result.service.options, kind.id: replace(kind, nature="acquire")})
    frames: dict[str, Any] = {n: getattr(result, n).copy() for n in ("options", "chosen")}
    for frame in frames.values():
        frame.loc[option, "name"] = SECRET
    made = replace(result, service=service, edition="public", **frames)
    return replace(made, numbers=numbers(made))


def everything(result: Result) -> Iterator[Table]:
    """Every table of report and workbook."""
    yield from (b for s in document(result).sections for b in s.blocks if isinstance(b, Table))
    yield from xlsx.sheets(result)


def test_a_site_under_negotiation_has_no_name(public: Result) -> None:
    """Neither its name nor its id stands anywhere in report or workbook; in the internal edition both do."""
    option = str(public.chosen.index[0])
    told = str(document(public)) + str(xlsx.sheets(public))
    assert SECRET not in told
    assert option not in told
    internal = replace(public, edition="internal", sections=("plan",))
    assert SECRET in str(document(internal))
    assert option in str(xlsx.sheets(internal))


def test_few_persons_are_not_counted(public: Result) -> None:
    """In tables of places no number of persons lies between 0 and 5; that it was left out is said, and 0 stays 0."""
    said = 0
    for table in everything(public):
        names = [c.name for c in table.columns]
        if not edition.OF_PLACES & set(names):
            continue
        for row in table.rows:
            for name, value in zip(names, row, strict=True):
                if COLUMNS.get(name, ("", ""))[1] == "persons":
                    assert not edition.is_few(value), (table.name, name, value)
                    said += isinstance(value, Cell)
    assert said > 10


def test_totals_are_those_of_the_internal_edition(public: Result) -> None:
    """The summary of both editions tells the same numbers."""
    both = [document(replace(public, edition=name, sections=("summary",))).sections for name in ("internal", "public")]  # type: ignore[arg-type]
    assert both[0] == both[1]


def test_the_public_report_says_what_it_leaves_out(public: Result, tmp_path: Path) -> None:
    """Its title page says so, it has no site sheets, and its three files are read back without a difference."""
    assert any("5" in line for line in document(public).lines)
    assert "site_sheets" not in [s.name for s in document(public).sections]
    for name, writer in (("report.docx", docx), ("report.pdf", pdf), ("tables.xlsx", xlsx)):
        writer.write(public, tmp_path / name)
    checker.check(public, tmp_path)


def test_both_editions_come_from_one_run(tmp_path: Path) -> None:
    """A study that asks for both has the public files in a folder of their own, listed in the manifest."""
    text = town.STUDY.split("scenarios:")[0] + "report: { editions: [internal, public], form: short, style: gbt9704 }\n"
    gp.run(gp.load_study(town.build(tmp_path, text)), out=tmp_path / "out", only=["base"])
    files = manifest.read_manifest(tmp_path / "out" / "base")["files"]
    assert {"public/report.docx", "public/report.pdf", "public/tables.xlsx", "report.docx"} <= set(files)
    assert "public/map.html" not in files
