"""The parts of a service profile, one function a part: each reads its block of the file."""

from __future__ import annotations

from typing import cast, get_args

from geoplan import plugins
from geoplan.errors import Text
from geoplan.profiles._blocks import Block, is_number
from geoplan.profiles.service import (
    WORDS,
    AgeBand,
    Clause,
    Cure,
    DemandKind,
    DemandRule,
    Goal,
    Indicator,
    Pilot,
    Scope,
    SupplyRule,
    Variant,
)
from geoplan.profiles.units import UNITS, unknown_parts

CLASSES = ("urban", "rural")


def band(row: Block) -> AgeBand:
    """An age band; months, classes and carers may be left out."""
    made = AgeBand(
        id=row.word("id"),
        title=row.text("title"),
        months=_months(row) if row.has("months") else None,
        people=_shares(row),
        class_size=row.whole("class_size", least=1) if row.has("class_size") else 1,
        children_per_carer=row.positive("children_per_carer") if row.has("children_per_carer") else None,
    )
    row.close()
    return made


def _months(row: Block) -> tuple[int, int]:
    given = row.data["months"]
    if isinstance(given, list) and len(given) == 2 and all(type(m) is int for m in given) and 0 <= given[0] < given[1]:
        return given[0], given[1]
    row.reader.wrong(row.at("months"), Text("must be two whole numbers that rise", "须为两个递增的整数"), given)
    return 0, 0


def _shares(row: Block) -> dict[str, float]:
    """The share of each census column that falls in the band."""
    given = row.mapping("people")
    for column, share in given.items():
        if not (is_number(share) and 0 < share <= 1):
            problem = Text("must be a share above 0, at most 1", "须为大于0且不超过1的比例")
            row.reader.wrong(f"{row.at('people')}.{column}", problem, share)
    return {str(column): share for column, share in given.items()}


def demand(row: Block) -> DemandRule:
    """Which rows want places."""
    made = DemandRule(
        layer=row.word("layer", "residents"),
        kind=cast("DemandKind", row.choice("kind", get_args(DemandKind), "ages")),
        thresholds=row.references("thresholds"),
        kinds={kind.word("id"): kind.text("title") for kind in row.blocks("kinds")},
    )
    if (made.kind == "thresholds") != bool(made.thresholds):
        problem = Text(
            "the kind thresholds, and only it, needs columns with standards", "仅 thresholds 类型须给出列与标准"
        )
        row.reader.wrong(row.at("thresholds"), problem, made.kind)
    row.close()
    return made


def words(row: Block) -> dict[str, Text]:
    """What sentences call things; what the profile leaves out is called as in `WORDS`."""
    made = {name: row.text(name) if row.has(name) else usual for name, usual in WORDS.items()}
    row.close()
    return made


def supply(row: Block) -> SupplyRule:
    """Which places count, and as how many."""
    made = SupplyRule(
        modes=row.references("modes", "full-time places/place"),
        minimum=row.references("minimum"),
        floor_m2_per_place=row.reference("floor_m2_per_place", "m²/place") if row.has("floor_m2_per_place") else None,
        only_filed=row.flag("only_filed", True),
        stands_in=row.word("stands_in") if row.has("stands_in") else None,
    )
    row.close()
    return made


def variants(row: Block) -> dict[str, Variant]:
    """How urban and rural areas travel."""
    made = {}
    for name in row.mapping("variants"):
        block = Block(row.data["variants"][name], f"{row.at('variants')}.{name}", row.reader)
        row.reader.one_of(name, CLASSES, block.place, Text("no class of area is called so", "没有该地区类别"))
        made[name] = Variant(
            mode=block.choice("mode", plugins.names("modes")),
            limit=_journey(block, block.word("limit"), "limit"),
            reaches=tuple(_journey(block, id_, "reaches") for id_ in block.words("reaches")),
        )
        block.close()
    return made


def _journey(block: Block, id_: str, key: str) -> str:
    """The id of a standard that limits a journey: in metres or minutes."""
    unit = block.reader.standard(id_, block.at(key)).unit
    if unit not in {"m", "min", ""}:
        problem = Text("a journey is limited in m or min", "出行限值的计量单位须为 m 或 min")
        block.reader.wrong(f"{block.at(key)}, {id_}", problem, unit, "GP-S004")
    return id_


def clause(row: Block) -> Clause:
    """A clause of the notice."""
    made = Clause(row.word("id"), row.text("title"), cast("Scope", row.choice("scope", get_args(Scope))))
    row.close()
    return made


def goal(row: Block) -> Goal:
    """A check of a phase goal; an indicator may name a standard in braces, such as coverage_areas_{reach_screening}."""
    asked = row.standard("standard")
    made = Goal(
        id=row.word("id"),
        phase=row.word("phase"),
        title=row.text("title"),
        year=row.whole("year"),
        indicator=_named(row, row.word("indicator")),
        sense=asked.sense,
        standard=asked.id,
        clause=row.word("clause"),
    )
    if asked.id in row.reader.uses and asked.sense not in {"at_least", "at_most"}:
        problem = Text("a goal needs a standard with the sense at_least or at_most", "目标所用标准须为下限或上限")
        row.reader.wrong(row.at("standard"), problem, asked.id)
    row.close()
    return made


def _named(row: Block, indicator: str) -> str:
    """The name of an indicator with the value of the standard in its braces."""
    start, brace, rest = indicator.partition("{")
    id_, closed, end = rest.partition("}")
    return f"{start}{row.reader.whole(id_, row.at('indicator'))}{end}" if brace and closed else indicator


def pilot(row: Block) -> Pilot:
    """A kind of pilot with its quota."""
    row.whole("quota")
    made = Pilot(row.word("id"), row.text("title"), row.word("quota"), row.whole("year"), row.word("clause"))
    row.close()
    return made


def cure(row: Block) -> Cure:
    """What would cure one cause of the gap."""
    made = Cure(row.word("cause"), row.text("sentence"), row.word("clause"))
    row.close()
    return made


def indicator(row: Block) -> Indicator:
    """An indicator of the target-assessment table."""
    made = Indicator(row.word("id"), row.text("title"), row.word("unit"), row.word("clause"))
    for part in unknown_parts(made.unit) if made.unit else ():
        row.reader.one_of(part, UNITS, row.at("unit"), Text("this unit is not known", "无法识别的计量单位"))
    row.close()
    return made
