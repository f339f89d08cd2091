"""A report in one language holds no word of the other, but names and sayings that are data."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, get_args

import pytest
from ruamel.yaml import YAML

import geoplan
from geoplan.console.listing import list_standards
from geoplan.errors import Language, quote
from geoplan.exports.qgs import project
from geoplan.report import xlsx
from geoplan.report.document import document
from geoplan.report.model import Block, Bullets, Cell, Figure, Heading, Paragraph, Table
from geoplan.result import BASE_TITLE, Result
from tests.sample import sample_result

ENGLISH = re.compile(
    r"(?<![A-Za-z_./:-])[a-z]{3,}(?![A-Za-z0-9_./:-])|[A-Za-z]{3,} [a-z]{2,}"
)  # a word, not a part of an id or a file
CHINESE = re.compile("[\u4e00-\u9fff]")
LATIN_NAMES = re.compile(
    "Kolm-Pollak"  # a method, named after its authors
    "|3-degree Gauss-Kruger CM 114E"  # a coordinate reference system, named as in the register of EPSG
    "|geoplan progress"  # a command, typed as it stands
)
CHINESE_NAMES = re.compile("《[^》]*》")  # documents of China, which have no English name
KEYS = {"settings", "changes"}  # tables of keys and values as the study file spells them
CODES = {("field_checks", "quantity"), ("sources", "sha256")}  # columns of codes, with their meaning in a column beside
CATALOGUES = sorted(
    f.relative_to(Path(geoplan.__file__).parent) for f in Path(geoplan.__file__).parent.rglob("messages.yaml")
)


@cache
def sample(language: Language) -> Result:
    """The sample in one language."""
    return sample_result(language)


def told(block: Block) -> Iterator[str]:
    """Every text of a block, but codes and what the study file spells."""
    match block:
        case Heading() | Paragraph():
            yield block.text
        case Bullets(items):
            yield from items
        case Figure(caption, _, alt):
            yield from (caption, alt)
        case Table():
            yield from (block.caption, block.note, *(column.heading for column in block.columns))
            kept = [c.kind != "year" and (block.name, c.name) not in CODES for c in block.columns]
            for row in () if block.name in KEYS else block.rows:
                values = (v.value if isinstance(v, Cell) else v for v, keep in zip(row, kept, strict=True) if keep)
                yield from (v for v in values if isinstance(v, str))


def all_told(result: Result) -> set[str]:
    """Every text of the report and of the workbook."""
    made = document(result)
    blocks = [b for s in made.sections for b in s.blocks] + [sheet(result) for sheet in xlsx.SHEETS]
    return {made.subtitle, made.notice, *made.lines}.union(*map(told, blocks))


def given(result: Result) -> list[str]:
    """What the layers themselves say: names of places, layers and sources, and cells quoted in a finding; the longest first."""
    tables = (
        result.demand,
        result.facilities,
        result.options,
        result.units,
        result.gap_areas,
        result.obligations,
        result.area.townships,
    )
    names = {str(n) for t in tables if t is not None and "name" in t for n in t["name"].dropna()}
    said = {text for s in result.sources for text in (s.title, s.source)}
    cells = {text for f in result.findings for text in (f.value, *re.findall(r"column (\S+)", f.place))}
    quoted = cells | {quote(text) for text in cells}
    return sorted((names | said | quoted) - {""}, key=len, reverse=True)


def without(text: str, names: list[str]) -> str:
    """A text without what is data in it."""
    for name in names:
        text = text.replace(name, "·")
    return text


def test_the_chinese_report_has_no_english_word() -> None:
    """No text of the Chinese report or workbook holds an English word, but names of methods, systems and commands."""
    result = sample("zh")
    names = given(result)
    assert [t for t in all_told(result) if ENGLISH.search(LATIN_NAMES.sub("", without(t, names)))] == []


def test_the_english_report_has_no_chinese_character() -> None:
    """No text of the English report or workbook holds a Chinese character, but names that are data and names of documents."""
    result = sample("en")
    documents = [s.source for s in result.service.standards.values() if s.cited] + [
        "三"
    ]  # clauses are counted as the document does
    names = given(result) + sorted(documents, key=len, reverse=True)
    assert [t for t in all_told(result) if CHINESE.search(CHINESE_NAMES.sub("", without(t, names)))] == []


@pytest.mark.parametrize("path", CATALOGUES, ids=str)
def test_a_catalogue_is_written_in_both_languages(path: Path) -> None:
    """The Chinese of a catalogue holds no English word, the English no Chinese character; what stands in braces is filled in."""
    entries = YAML(typ="safe", pure=True).load(Path(geoplan.__file__).parent / path)
    for key, wording in entries.items():
        chinese = LATIN_NAMES.sub("", re.sub(r"\{[^}]*\}", "", wording["zh"]))
        assert key.startswith("about.") or not ENGLISH.search(chinese), (
            key,
            chinese,
        )  # those tell codes, each with its meaning
        assert not CHINESE.search(CHINESE_NAMES.sub("", wording["en"])), (key, wording["en"])


def test_standards_listed_for_a_program_are_in_its_language(capsys: pytest.CaptureFixture[str]) -> None:
    """The JSON of the standards tells their sources in the language that was asked for, and drafts as drafts in both."""
    listed: dict[Language, dict[str, Any]] = {}
    for language in get_args(Language):
        list_standards(None, True, language)
        listed[language] = {row["id"]: row for row in json.loads(capsys.readouterr().out)}
    assert [r["source"] for r in listed["zh"].values() if ENGLISH.search(r["source"])] == []
    draft = "anhui_places_new"
    assert (listed["zh"][draft]["effective"], listed["en"][draft]["effective"]) == (
        "2025（征求意见稿）",
        "2025 (draft)",
    )


@pytest.mark.parametrize(("language", "name"), [("zh", BASE_TITLE.zh), ("en", BASE_TITLE.en)])
def test_the_base_has_a_name_in_the_project_too(language: Language, name: str) -> None:
    """The title of the QGIS project says the base in the language of the study; a scenario's own name stays as given."""
    result = sample(language)
    assert project(result).get("projectname") == f"{result.study} · {name}"
    assert project(replace(result, scenario="base 2")).get("projectname") == f"{result.study} · base 2"
