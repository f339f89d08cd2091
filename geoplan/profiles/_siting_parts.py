"""The parts of a service profile that say what could be done and where: option kinds, controls, land, fees, weights."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, cast, get_args

from geoplan import plugins
from geoplan.errors import Text
from geoplan.profiles._blocks import Block
from geoplan.profiles.service import (
    AREA_CLASSES,
    BoundaryRole,
    ControlRole,
    Criterion,
    Fee,
    FeeBase,
    LandRole,
    LandSystem,
    Nature,
    OptionKind,
    ServiceProfile,
)
from geoplan.profiles.standard import Standard

# the unit of a fee's rate, by what it is taken of
RATES: Mapping[FeeBase, str] = {"cost": "share", "floor_area_m2": "yuan/m²", "land_m2": "yuan/m²", "one": "yuan"}
OBLIGATIONS: Mapping[str, str | None] = {"new_area": "places/1,000 residents", "old_area": "m", "employer": "children"}
PER_M2, PER_M2_YEAR = "yuan/m²", "yuan/m²/year"

NO_BAND = Text("the service has no such band", "该服务没有此月龄段")
NO_PILOT = Text("the service has no such kind of pilot", "该服务没有此类示范点")
NO_PAYER = Text("the service has no such payer", "该服务没有此出资方")
NO_MODE = Text("the service has no such mode of supply", "该服务没有此供地（供房）方式")
NO_CODE = Text("no planning code of land begins so", "没有以此开头的规划地类编码")
NO_KIND = Text("the service has no such option kind", "该服务没有此方案类型")

Groups = Mapping[str, Sequence[str]]  # the names in `checks` that stand for the standards of a block


def siting(top: Block) -> dict[str, Any]:
    """What could be done and where, by the name of the profile's field."""
    bounded = {
        "hazards": _bounded(top, "hazards", "distance_", "m"),
        "controls": _bounded(top, "controls", "overlap_", "share", get_args(ControlRole)),
        "boundaries": _bounded(top, "boundaries", "outside_", "share", get_args(BoundaryRole)),
    }
    groups = {name: tuple(ids.values()) for name, ids in bounded.items()}
    return {
        **bounded,
        "options": {kind.id: kind for kind in (option(row, groups) for row in top.blocks("options"))},
        "land_use": land_use(top),
        "payers": payers(top),
        "supply_modes": supply_modes(top),
        "fees": tuple(map(fee, top.blocks("fees"))),
        "suitability": tuple(map(criterion, top.blocks("suitability"))),
        "obligations": obligations(top),
    }


def _bounded(top: Block, key: str, prefix: str, unit: str, roles: Sequence[str] = ()) -> dict[str, str]:
    """The standard of each class or role of a block; it must bound the quantity `prefix` + class or role."""
    made = top.references(key, unit)
    for name, id_ in made.items():
        place = f"{top.at(key)}.{name}"
        if roles:
            top.reader.one_of(name, roles, place, Text("no layer has this role", "没有该图层用途"))
        bounds = top.reader.standards.get(id_)
        if bounds is not None and bounds.quantity != prefix + name:
            problem = Text(f"the standard must bound {prefix}{name}", f"标准须限定 {prefix}{name}")
            top.reader.wrong(f"{place}, {id_}", problem, bounds.quantity or "-", "GP-S004")
    return made


def obligations(top: Block) -> dict[str, str]:
    """The standards behind what must be built: new_area, old_area, employer."""
    made = {}
    for name, id_ in top.mapping("obligations").items():
        place = f"{top.at('obligations')}.{name}"
        top.reader.one_of(name, OBLIGATIONS, place, Text("no obligation is called so", "没有该项义务"))
        made[name] = top.reader.measured_in(str(id_), place, OBLIGATIONS.get(name)).id
    return made


def land_use(top: Block) -> dict[str, dict[str, str]]:
    """The role of each land code, by system; codes are text, so that 0702 keeps its first figure."""
    block = top.block("land_use")
    made = {system: _roles(block, system) for system in get_args(LandSystem) if block.has(system)}
    block.close()
    return made


def _roles(block: Block, system: str) -> dict[str, str]:
    given = block.mapping(system)
    for code, role in given.items():
        place = f"{block.at(system)}.{code}"
        if not isinstance(code, str):
            block.reader.wrong(place, Text("a land code is a text, in quotes", "地类编码须为带引号的文本"), code)
        block.reader.one_of(
            str(role), get_args(LandRole), place, Text("no role of land is called so", "没有该用地类别")
        )
    return {str(code): str(role) for code, role in given.items()}


def payers(top: Block) -> dict[str, Text]:
    """Who bears a cost."""
    made = {}
    for row in top.blocks("payers"):
        made[row.word("id")] = row.text("title")
        row.close()
    return made


def supply_modes(top: Block) -> dict[str, tuple[Text, Text]]:
    """How land or building is come by, and on what condition."""
    made = {}
    for row in top.blocks("supply_modes"):
        made[row.word("id")] = (row.text("title"), row.text("condition"))
        row.close()
    return made


def fee(row: Block) -> Fee:
    """A tax or fee; the unit of its rate follows from what it is taken of."""
    base = cast("FeeBase", row.choice("base", get_args(FeeBase)))
    yearly = row.flag("yearly", False)
    unit = RATES[base] + ("/year" if yearly else "") if base in RATES else None
    made = Fee(
        id=row.word("id"),
        title=row.text("title"),
        rate=row.standard("rate", unit),
        base=base,
        kinds=row.words("kinds"),
        clause=row.word("clause"),
        yearly=yearly,
    )
    row.close()
    return made


def criterion(row: Block) -> Criterion:
    """A criterion of suitability: what scores 0 and what scores 1 must differ."""
    unit = row.word("unit")
    worst, best = (row.standard(key, unit).value for key in ("worst", "best"))
    if worst == best:
        problem = Text("what scores 0 and what scores 1 must differ", "最差值与最优值不得相等")
        row.reader.wrong(row.at("best"), problem, f"{best:g}", "GP-S004")
    made = Criterion(row.word("id"), row.text("title"), row.standard("weight", "share"), worst, best, unit)
    row.close()
    return made


def option(row: Block, groups: Groups) -> OptionKind:
    """An option kind: a plug-in of geoplan, as this service uses it."""
    row.positive("floor")
    cost = row.standard("cost")
    low, high = _range(row, cost)
    made = OptionKind(
        id=row.choice("id", plugins.names("options")),
        title=row.text("title"),
        hosts=row.words("hosts"),
        bands=row.words("bands"),
        cost_yuan=cost,
        annual_yuan=row.standard("annual_cost"),
        floor_m2=row.standard("floor"),
        outdoor_m2=row.standard("outdoor"),
        land_m2=_maybe(row, "land"),
        lead_time_years=row.whole("lead_time"),
        max_classes=row.whole("max_classes"),
        clause=row.text("clause"),
        departments=tuple(_department(d) for d in row.blocks("departments", by="en")),
        checks=_checks(row, groups),
        cost_low=low,
        cost_high=high,
        price_yuan=_maybe(row, "price", PER_M2),
        rent_yuan=_maybe(row, "rent", PER_M2_YEAR),
        subsidy=_maybe(row, "subsidy"),
        paid_by=row.word("paid_by"),
        nature=cast("Nature", row.choice("nature", get_args(Nature))),
        areas=_areas(row),
        land_uses=_land_uses(row),
        land_codes=_land_codes(row),
        supply_mode=row.word("supply_mode"),
        fte=_maybe(row, "fte", "full-time places/place"),
        pilots=row.words("pilots") if row.has("pilots") else (),
    )
    row.close()
    return made


def _maybe(row: Block, key: str, unit: str | None = None) -> Standard | None:
    return row.standard(key, unit) if row.has(key) else None


def _areas(row: Block) -> tuple[str, ...]:
    given = row.words("areas") if row.has("areas") else AREA_CLASSES
    for area in given:
        row.reader.one_of(area, AREA_CLASSES, row.at("areas"), Text("no class of area is called so", "没有该区域类别"))
    return given


def _land_uses(row: Block) -> tuple[str, ...]:
    given = row.words("land_uses") if row.has("land_uses") else ()
    for role in given:
        there = Text("no role of land is called so", "没有该用地类别")
        row.reader.one_of(role, get_args(LandRole), row.at("land_uses"), there)
    return given


def _land_codes(row: Block) -> dict[str, str]:
    given = row.mapping("land_codes")
    for area, code in given.items():
        place = f"{row.at('land_codes')}.{area}"
        row.reader.one_of(str(area), ("urban", "rural"), place, Text("no class of area is called so", "没有该地区类别"))
        if not isinstance(code, str):
            row.reader.wrong(place, Text("a land code is a text, in quotes", "地类编码须为带引号的文本"), code)
    return {str(area): str(code) for area, code in given.items()}


def _checks(row: Block, groups: Groups) -> tuple[str, ...]:
    """The ids of the standards that are judged, the name of a group standing for the standards of its block."""
    place, given = row.at("checks"), row.words("checks")
    for name in given:
        if name in groups and not groups[name]:
            row.reader.wrong(place, Text(f"the profile has no block {name}", f"服务配置缺少 {name}"), name)
    ids = [id_ for name in given for id_ in groups.get(name, (name,))]
    for id_ in sorted({i for i in ids if ids.count(i) > 1}):
        row.reader.wrong(place, Text("this standard is named more than once", "标准重复"), id_)
    for id_ in ids:
        standard = row.reader.standard(id_, place)
        if standard.unit and not (standard.quantity and standard.sense):
            problem = Text("this standard bounds nothing that is measured of an option", "该标准未限定方案的可测量项")
            row.reader.wrong(place, problem, id_, "GP-S004")
    return tuple(dict.fromkeys(ids))


def _range(row: Block, cost: Standard) -> tuple[Standard | None, Standard | None]:
    """The lower and the upper value of a cost, which must lie between them.

    Where a study sets only the cost itself, and outside the range of the profile, the range reaches to it.
    """
    low, high = _maybe(row, "cost_low"), _maybe(row, "cost_high")
    if cost.mark == "local" and low is not None and low.mark != "local" and low.value > cost.value:
        low = cost
    if cost.mark == "local" and high is not None and high.mark != "local" and high.value < cost.value:
        high = cost
    for lower, upper in ((low, cost), (cost, high)):
        if lower is not None and upper is not None and lower.value > upper.value:
            problem = Text(
                f"{lower.id} must not be above {upper.id}",
                f"{lower.id} 不得大于 {upper.id}",
            )
            row.reader.wrong(row.at("cost"), problem, f"{lower.value:g} > {upper.value:g}", "GP-S004")
    return low, high


def names_taken(service: ServiceProfile) -> list[tuple[str, Collection[str], str, Text]]:
    """The names that option kinds and fees take from other parts of the profile: name, those known, place, what is wrong."""
    found: list[tuple[str, Collection[str], str, Text]] = []
    for kind in service.options.values():
        at = f"options.{kind.id}"
        found += [(band, service.band_ids, f"{at}.bands", NO_BAND) for band in kind.bands]
        found += [(pilot, [p.kind for p in service.pilots], f"{at}.pilots", NO_PILOT) for pilot in kind.pilots]
        found += [(kind.paid_by, service.payers, f"{at}.paid_by", NO_PAYER)]
        found += [(kind.supply_mode, service.supply_modes, f"{at}.supply_mode", NO_MODE)]
        codes = service.land_use.get("planning", {})
        found += [(code, codes, f"{at}.land_codes", NO_CODE) for code in kind.land_codes.values()
                  if not any(code.startswith(known) for known in codes)]  # fmt: skip
    for fee_ in service.fees:
        found += [(kind_id, service.options, f"fees.{fee_.id}.kinds", NO_KIND) for kind_id in fee_.kinds]
    return found


def _department(row: Block) -> Text:
    named = Text(row.word("en"), row.word("zh"))
    row.close()
    return named
