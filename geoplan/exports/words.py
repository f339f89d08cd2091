"""The words of GIS files in Chinese and English, from one catalogue: titles of layers, and of every column that one may have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

from geoplan.errors import Text
from geoplan.result import Result

# layers whose columns are those of options, hazards
FAMILIES = {"plan": "options", "search_areas": "options", "hazard_lines": "hazards", "hazard_areas": "hazards"}
REACH = re.compile(r"(straight_coverage|coverage)_(\d+)(_after)?")


@cache
def catalogue() -> Mapping[str, Text]:
    """Every message by key."""
    from ruamel.yaml import YAML

    text = files("geoplan.exports").joinpath("messages.yaml").read_text(encoding="utf-8")
    return {key: Text(entry["en"], entry["zh"]) for key, entry in YAML(typ="safe").load(text).items()}


def word(result: Result, key: str, **values: str) -> str:
    """The message of a key in the words of a result; raises `KeyError` for an unknown key."""
    said = result.text(catalogue()[key])
    for name, value in values.items():
        said = said.replace(f"{{{name}}}", value)
    return said


def layer_title(result: Result, layer: str, demand: str) -> str:
    """What a layer is called; `demand` names the layer of demand points."""
    key = f"layer.{'demand' if layer == demand else layer}"
    return word(result, key) if key in catalogue() else layer


def aliases(result: Result, layer: str, columns: Iterable[str]) -> dict[str, str]:
    """What each column of a layer is called: every one, and no two the same."""
    made: dict[str, str] = {}
    for column in columns:
        title = alias(result, layer, column)
        made[column] = f"{title} [{column}]" if title in made.values() else title
    return made


def alias(result: Result, layer: str, column: str) -> str:
    """What a column is called; a column that the catalogue does not know, one of the user's own, keeps its name."""
    family = FAMILIES.get(layer, layer)
    family = "options" if layer == "recommended_sites" and f"column.{layer}.{column}" not in catalogue() else family
    for key in (f"column.{family}.{column}", f"column.{column}"):
        if key in catalogue():
            return word(result, key)
    return _of_many(result, family, column) or column


def about(result: Result, column: str) -> str | None:
    """More about a column where its title does not say enough."""
    return word(result, f"about.{column}") if f"about.{column}" in catalogue() else None


def _of_many(result: Result, family: str, column: str) -> str | None:
    """The title of a column that exists once for each band, reach, fee, criterion or hazard."""
    if found := REACH.fullmatch(column):
        measure, reach, after = found.groups()
        key = f"each.units.{measure}" if family == "units" else f"each.{measure}{after or ''}"
        return word(result, key, reach=reach)
    stem, _, rest = column.partition("_")
    if family == "land" and stem == "unknown":
        return word(result, "each.unknown", title=alias(result, family, rest))
    title = _seconds(result, family).get(stem, {}).get(rest)
    return None if title is None else word(result, f"each.{stem}", title=title)


def _seconds(result: Result, family: str) -> dict[str, dict[str, str]]:
    """By the first part of such a column's name what its second part may be, with titles."""
    service = result.service
    bands = {b.id: result.text(b.title) for b in service.bands}
    weighed = {c.id: result.text(c.title) for c in service.suitability}
    fees = {c.removeprefix("fee_"): c.removeprefix("fee_") for c in result.options.columns if c.startswith("fee_")}
    standards = {h: service.standards[s].title for h, s in service.hazards.items() if s in service.standards}
    found = dict.fromkeys(("places", "people", "wanted", "classes", "enrolled"), bands)
    found["fee"] = fees | {f.id: result.text(f.title) for f in service.fees}
    found["distance"] = {hazard: result.text(title) for hazard, title in standards.items()}
    if family == "suitability":
        scored = {
            c.partition("_")[2]: c.partition("_")[2]
            for c in result.suitability.columns
            if c[:6] in {"value_", "share_"}
        }
        found |= dict.fromkeys(("value", "share"), scored | weighed)
    return found
