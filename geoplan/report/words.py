"""The report's sentences and terms in Chinese and English, from one catalogue."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from geoplan.errors import Language, Text
from geoplan.profiles.service import ServiceProfile
from geoplan.report.model import Column, Kind
from geoplan.report.numbers import shown
from geoplan.result import Result

# column: (how it is shown, unit); titles stand in the catalogue as column.<name>
COLUMNS: dict[str, tuple[Kind, str]] = {
    "population": ("count", "persons"), "people": ("amount", "persons"), "wanted": ("amount", "places"),
    "places": ("number", "places"), "places_counted": ("number", "places"),
    "served": ("amount", "persons"), "too_far": ("amount", "persons"), "full": ("amount", "persons"),
    "wrong_kind": ("amount", "persons"), "not_joined": ("amount", "persons"), "unserved": ("amount", "persons"),
    "served_after": ("amount", "persons"), "unserved_after": ("amount", "persons"), "before": ("amount", "persons"),
    "after": ("amount", "persons"), "change": ("amount", "persons"), "share": ("share", ""),
    "share_after": ("share", ""), "coverage": ("share", ""), "coverage_after": ("share", ""),
    "places_per_1000": ("amount", ""), "nearest": ("amount", "min"), "travel": ("amount", "min"),
    "two_step_fca": ("number", ""), "three_step_fca": ("number", ""), "balanced_fca": ("number", ""),
    "spatial_availability": ("number", "places"), "cumulative": ("number", "places"), "gravity": ("number", "places"),
    "straight_coverage": ("share", ""), "people_known": ("amount", "persons"), "people_unknown": ("amount", "persons"),
    "mean": ("number", ""), "gini": ("number", ""), "palma": ("number", ""), "theil": ("number", ""),
    "ede": ("number", ""), "kolm_pollak": ("number", ""), "count": ("count", ""), "counted": ("flag", ""), "counted_number": ("count", ""),
    "filed": ("flag", ""), "inclusive": ("flag", ""), "opened": ("year", ""), "sites": ("count", ""),
    "cost": ("yuan", "yuan"), "annual_cost": ("yuan", "yuan/year"), "budget": ("yuan", "yuan"),
    "cost_per_place": ("yuan", "yuan/place"), "floor_area_m2": ("count", "m²"), "outdoor_m2": ("count", "m²"),
    "land_m2": ("count", "m²"), "farmland_m2": ("count", "m²"), "lead_time_years": ("number", "years"),
    "first_phase": ("year", ""), "phase": ("year", ""), "pass": ("count", ""), "fail": ("count", ""),
    "unknown": ("count", ""), "measured": ("number", ""), "asked": ("number", ""), "value": ("number", ""),
    "rows": ("count", ""), "synthetic": ("flag", ""), "rank": ("count", ""), "areas": ("count", ""), "gap_areas": ("count", ""), "front_objective": ("amount", ""), "front_bound": ("amount", ""), "gap_of_plan": ("share", ""), "marginal": ("yuan", "yuan/person"), "members": ("count", ""),
    "distance_m": ("metres", "m"), "straight_m": ("metres", "m"), "way_m": ("metres", "m"),
    "facilities": ("count", ""), "new_places": ("number", "places"), "demand_points": ("count", ""), "unknown_points": ("count", ""),
    "must_have": ("count", ""), "have_one": ("count", ""), "have_none": ("count", ""), "rate": ("share", ""),
    "year": ("year", ""), "births": ("count", "persons"), "deaths": ("count", "persons"), "moves": ("count", "persons"),
    "age_0": ("count", "persons"), "age_1": ("count", "persons"), "age_2": ("count", "persons"),
    "under_three": ("count", "persons"), "difference": ("share", ""), "used": ("flag", ""),
    "uptake_low": ("amount", "places"), "uptake_mid": ("amount", "places"), "uptake_high": ("amount", "places"),
    "births_low": ("amount", "places"), "births_high": ("amount", "places"), "band_people": ("amount", "persons"),
    "wrong_not_open": ("amount", "persons"), "wrong_filed": ("amount", "persons"), "wrong_inclusive": ("amount", "persons"),
    "wrong_hours": ("amount", "persons"), "wrong_small": ("amount", "persons"), "wrong_age": ("amount", "persons"),
    "people_without": ("amount", "persons"), "fte": ("number", "places"), "offering": ("count", ""),
    "facilities_counted": ("count", ""), "facility_count": ("count", "facilities"), "not_yet_open": ("count", ""), "not_yet_open_places": ("number", "places"),
    "closed": ("count", ""), "closed_places": ("number", "places"), "share_of_places": ("share", ""),
    "carers": ("count", "persons"), "children_per_carer": ("number", ""), "known": ("count", ""), "not_known": ("count", ""),
    "closes": ("year", ""), "replaces": ("number", ""), "stability": ("share", ""),
    "cost_low": ("yuan", "yuan"), "cost_high": ("yuan", "yuan"), "subsidy": ("yuan", "yuan"), "fees": ("yuan", "yuan"),
    "wan_low": ("amount", "10,000 yuan"), "wan_mid": ("amount", "10,000 yuan"), "wan_high": ("amount", "10,000 yuan"),
    "new_land_m2": ("count", "m²"), "classes": ("count", ""), "fte_per_place": ("number", "places/place"), "search_area": ("flag", ""),
    "soft_score": ("share", ""), "judged": ("count", ""), "failed": ("count", ""), "refused": ("count", ""),
    "refused_only": ("count", ""), "asked_for": ("number", ""), "there_is": ("number", ""), "short": ("number", ""),
    "behind": ("count", ""), "score": ("share", ""), "unknown_weight": ("share", ""), "times_in_top": ("count", ""),
    "variants": ("count", ""), "best_rank": ("count", ""), "worst_rank": ("count", ""), "weight": ("share", ""),
    "scores_0": ("number", ""), "scores_1": ("number", ""), "values_unknown": ("count", ""), "sites_to_check": ("count", ""),
    "places_at_stake": ("number", "places"), "lon": ("number", ""), "lat": ("number", ""), "charged": ("flag", ""),
    "opened_count": ("count", ""), "opened_places": ("number", "places"), "standing_count": ("count", ""),
    "standing_places": ("number", "places"), "served_today": ("amount", "persons"), "stranded": ("number", "places"),
    "reached": ("number", ""), "kept": ("flag", ""), "lost_alone": ("amount", "persons"), "lost_at_least": ("amount", "persons"),
    "lost_at_most": ("amount", "persons"),
    "fee_amount": ("yuan", "yuan"), "offered": ("count", ""), "mean_cost": ("yuan", "yuan/place"),
}  # fmt: skip


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Every message by key, each with its Chinese (`zh`) and English (`en`) wording."""
    from ruamel.yaml import YAML

    text = files("geoplan.report").joinpath("messages.yaml").read_text(encoding="utf-8")
    messages: Mapping[str, Mapping[str, str]] = YAML(typ="safe").load(text)
    return messages


ONE = {"facilities": "facility", "places": "place", "persons": "person", "children": "child", "areas": "area",
       "points": "point", "options": "option", "residents": "resident", "rows": "row", "sites": "site", "standards": "standard",
       "pairs": "pair", "institutions": "institution", "rules": "rule", "values": "value", "employers": "employer"}  # fmt: skip
COUNTED = re.compile(r"(?<![\d.,])1 (?!of )((?:[a-z-]+ ){0,2}?)(" + "|".join(ONE) + r")\b")


def singular(text: str) -> str:
    """An English text in which one thing is one: numbers come from the data, and words from a message for many.

    >>> singular("There are 1 facilities with 8 places, 1 of them"), singular("11 gap areas, 1 gap areas")
    ('There is 1 facility with 8 places, 1 of them', '11 gap areas, 1 gap area')
    """
    counted = COUNTED.sub(lambda found: f"1 {found[1]}{ONE[found[2]]}", text)
    return re.sub(r"\bare (1 )", r"is \1", counted)


@dataclass(frozen=True)
class Words:
    """The words of one language and of a service; calling it fills the placeholders of a message.

    Messages name what the service calls things as {words.<name>}; those that do can be said for a service only.

    >>> Words("en")("cover.year", year="2026")
    'Planning year 2026'
    """

    language: Language
    service: ServiceProfile | None = None

    @classmethod
    def of(cls, result: Result) -> Words:
        """The words of a result: its language, its service."""
        return cls(result.language, result.service)

    def __call__(self, key: str, **values: str) -> str:
        """The message of a key; `KeyError` where the key, a placeholder or the service is missing."""
        said = self._own(catalogue()[key]).format(**values)
        return said if self.language == "zh" else singular(said)

    def _own(self, wording: Mapping[str, str]) -> str:
        text = Text(wording["en"], wording["zh"])
        return (text if self.service is None else self.service.worded(text)).to(self.language)

    def term(self, group: str, value: Any) -> str:
        """A term of the catalogue (`<group>.<value>`), or the value itself where the catalogue has none."""
        entry = catalogue().get(f"{group}.{value}")
        return self._own(entry) if entry else shown(value)

    def unit(self, unit: str) -> str:
        """A unit in this language.

        >>> from geoplan.profiles.load import load_service
        >>> Words("zh", load_service()).unit("yuan/place")
        '元/托位'
        """
        return "/".join(self.term("unit", part) for part in unit.split("/")) if unit else ""

    def kind(self, kind: Kind, unit: str) -> Kind:
        """How a quantity of a unit is shown: where places are wanted one by one, amounts of people and places are counts."""
        return "count" if self._by_ones and kind == "amount" and unit in {"persons", "places"} else kind

    @property
    def months(self) -> str:
        """From which month to which the age bands of the service reach together; "" for a service without ages.

        >>> from geoplan.profiles.load import load_service
        >>> Words("en", load_service()).months
        '6–36'
        """
        spans = [band.months for band in self.service.bands if band.months] if self.service else []
        dash = "—" if self.language == "zh" else "–"
        return f"{min(low for low, _ in spans)}{dash}{max(high for _, high in spans)}" if spans else ""

    @property
    def _by_ones(self) -> bool:
        return self.service is not None and not self.service.of_residents

    def number(self, value: Any, kind: Kind) -> str:
        """A number as it is shown in a sentence; where places are wanted one by one, a whole amount is shown as a count."""
        whole = self._by_ones and kind == "amount" and isinstance(value, int | float) and value == int(value)
        return shown(value, "count" if whole else kind, self.language)

    def column(self, name: str) -> Column:
        """The column of a quantity, with its title and unit; `coverage_300` is told from its reach."""
        reach = name.removeprefix("coverage_").removesuffix("_after")
        if name.startswith("coverage_") and reach.isdigit():
            key = "column.coverage_reach_after" if name.endswith("_after") else "column.coverage_reach"
            return Column(self(key, reach=reach), "", "share", name)
        for prefix in ("people_", "wanted_", "places_"):
            if name.startswith(prefix) and name not in COLUMNS and f"column.{name}" not in catalogue():
                kind, unit = COLUMNS[prefix[:-1]]
                title = f"{self('column.' + prefix[:-1])} {name.removeprefix(prefix)}"
                return Column(title, self.unit(unit), self.kind(kind, unit), name)
        kind, unit = COLUMNS.get(name, ("text", ""))
        return Column(self._title(name), self.unit(unit), self.kind(kind, unit), name)

    def _title(self, name: str) -> str:
        """The title of a column: people with the months of the bands; places that count are full-time ones only where there are modes."""
        if name == "people" and self.months:
            return self("column.people_aged", months=self.months)
        whole = name == "fte" and self.service is not None and not self.service.supply.modes
        return self("column.places_counted" if whole else f"column.{name}")

    def columns(self, *names: str) -> tuple[Column, ...]:
        """The columns of several quantities."""
        return tuple(self.column(name) for name in names)


def option_kind(result: Result, name: Any) -> str:
    """The title of a kind of option or facility in the language of the study."""
    known = result.service.options.get(name)
    return result.text(known.title) if known else Words.of(result).term("kind", name)
