"""Tables of target assessment: the indicators of counties and townships, the phase goals, the pilots, and a county by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from geoplan.profiles.service import Indicator
from geoplan.profiles.units import unit_text
from geoplan.report.model import Cell, Column, Kind, Table
from geoplan.report.words import Words
from geoplan.result import CAUSES, Result

ALL = "all"
# how a number is shown by its unit; whatever else is a number with two decimals
KINDS: dict[str, Kind] = {
    "share": "share", "areas": "count", "children": "count", "institutions": "count", "pilots": "count", "forms": "count",
    "places": "amount", "min": "amount", "places/1,000 residents": "amount", "places/100 children": "amount",
}  # fmt: skip
LEFT_OUT = {
    "places_change",
    "unmet_change",
    "forms",
    "mean_places",
    "demonstrations",
    "worst_decile",
    "gini",
    "nearest_p90",
    "rural_urban_ratio",
}  # of a county's page, which they would overflow; they stand in the workbook
SHORT = ("places_per_1000", "places_per_100_under_3", "inclusive_share", "coverage_infants_{least}", "coverage_infants_{most}",
         "unserved_areas", "unmet_places", "nearest_mean")  # fmt: skip


def measured(result: Result, found: Sequence[Mapping[str, Any]]) -> list[Indicator]:
    """The indicators of the profile that the table holds, in its order."""
    reaches = sorted(
        {int(c.rpartition("_")[2]) for c in (found[0] if found else {}) if c.startswith("coverage_areas_")}
    )
    return [i for i in result.service.indicators_at(reaches) if found and i.id in found[0]]


def column(result: Result, indicator: Indicator) -> Column:
    """The column of an indicator, under its fixed title."""
    unit = "" if indicator.unit in {"share", "ratio", "met"} else result.text(unit_text(indicator.unit))
    return Column(result.text(indicator.title), unit, KINDS.get(indicator.unit, "number"), indicator.id)


def value(result: Result, indicator: Indicator, found: Any) -> Any:
    """A number as its column shows it; whether a goal is met in words, and unknown as such."""
    if indicator.unit != "met":
        return found
    word = "unknown" if found is None else "met" if found else "not_met"
    return Cell(Words.of(result).term("goal", word), "text")


def name_of(result: Result, unit: Any) -> str:
    """The name of a unit; the whole study area has one too."""
    if unit in {None, "None"}:
        return Words.of(result)("targets.outside")
    names: Mapping[Any, Any] = result.units["name"].to_dict() if "name" in result.units else {}
    return Words.of(result)("inequality.all") if unit == ALL else str(names.get(unit, unit))


def note(result: Result) -> str:
    """What the table means by its words, as far as the service has them."""
    return Words.of(result)("targets.note" if result.service.of_residents else "targets.note_of_points")


def indicators(result: Result, short: bool = False) -> Table:
    """One row a county-level unit, one column an indicator: all of them, or those that fit a page."""
    words, found = Words.of(result), result.numbers["indicators"]
    kept = measured(result, found)
    if short and len(kept) > len(SHORT):
        reaches = [int(i.id.rpartition("_")[2]) for i in kept if i.id.startswith("coverage_infants_")] or [0]
        wanted = [s.format(least=min(reaches), most=max(reaches)) for s in SHORT]
        kept = [i for i in kept if i.id in wanted]
    rows = [(name_of(result, r["key"]), *(value(result, i, r[i.id]) for i in kept)) for r in found]
    columns = (words.column("unit"), *(column(result, i) for i in kept))
    return Table("indicators", words("table.indicators"), columns, tuple(rows), note(result))


def township_indicators(result: Result) -> Table:
    """One row a township, one column an indicator."""
    words, found = Words.of(result), result.numbers["township_indicators"]
    kept = measured(result, found)
    towns = result.area.townships
    names = {} if towns is None or "name" not in towns else towns["name"].to_dict()
    rows = [
        (
            None if r["key"] == ALL else r["key"],
            names.get(r["key"], name_of(result, r["key"])),
            *(value(result, i, r[i.id]) for i in kept),
        )
        for r in found
    ]
    columns = (words.column("township_id"), words.column("township"), *(column(result, i) for i in kept))
    return Table("township_indicators", words("table.township_indicators"), columns, tuple(rows))


def goals(result: Result) -> Table:
    """Whether each unit meets the goals of each phase."""
    words, found = Words.of(result), result.numbers["goals"]
    phases = [c for c in (found[0] if found else {}) if c != "key"]
    years = {g.phase: g.year for g in result.service.goals}
    columns = [Column(words("targets.phase", year=str(years.get(p, "")), phase=p), "", "text", p) for p in phases]
    rows = tuple((name_of(result, r["key"]), *(words.term("goal", r[p]) for p in phases)) for r in found)
    return Table("goals", words("table.goals"), (words.column("unit"), *columns), rows, words("targets.goals_note"))


def pilots(result: Result) -> Table:
    """Which kinds of pilot each unit has done."""
    words, found = Words.of(result), result.numbers["pilots"]
    columns = [Column(result.text(p.title), "", "text", p.kind) for p in result.service.pilots]
    rows = tuple(
        (name_of(result, r["key"]), *(words.term("pilot", r[p.kind]) for p in result.service.pilots)) for r in found
    )
    return Table("pilots", words("table.pilots"), (words.column("unit"), *columns), rows)


def county(result: Result, unit: str) -> Table:
    """The indicators of one unit beside those of the whole, each with the clause that asks for it."""
    words, found = Words.of(result), {r["key"]: r for r in result.numbers["indicators"]}
    rows = []
    for i in one_page(measured(result, result.numbers["indicators"])):
        kind = KINDS.get(i.unit, "number")
        own, whole = (value(result, i, rounded(found[k][i.id], kind)) for k in (unit, ALL))
        cells = [v if isinstance(v, Cell) else Cell(v, kind) for v in (own, whole)]
        rows.append((column(result, i).heading, *cells, i.clause))
    columns = (words.column("indicator"), words.column("here"), words.column("whole_area"), words.column("clause"))
    return Table(f"county_{unit}", words("table.county", name=name_of(result, unit)), columns, tuple(rows))


def one_page(found: Sequence[Indicator]) -> list[Indicator]:
    """Those that fit the page of a county: coverage of the children at the strictest and the widest reach; all are in the workbook."""
    reaches = [i.id.rpartition("_")[2] for i in found if i.id.startswith("coverage_infants_")]
    ends = {reaches[0], reaches[-1]} if reaches else set()
    by_reach = ("coverage_", "straight_")
    kept = [i for i in found if not i.id.startswith(by_reach) and i.id not in LEFT_OUT]
    infants = [
        i for i in found if i.id.startswith(by_reach) and "_infants_" in i.id and i.id.rpartition("_")[2] in ends
    ]
    return [i for i in found if i in kept or i in infants]


def rounded(number: Any, kind: Kind) -> Any:
    """A ratio to two decimals; whatever else its kind already rounds."""
    return round(number, 2) if kind == "number" and isinstance(number, float) else number


def county_years(result: Result, unit: str) -> Table:
    """Places wanted in one unit and their causes, by planning year."""
    words = Words.of(result)
    years = [(int(y), t["units"][unit]) for y, t in result.numbers["years"].items() if unit in t["units"]]
    rows = tuple((y, *(t[c] for c in ("wanted", *CAUSES))) for y, t in years)
    columns = words.columns("year", "wanted", *CAUSES)
    return Table(f"county_years_{unit}", words("table.county_years", name=name_of(result, unit)), columns, rows)
