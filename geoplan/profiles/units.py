"""Units: the words in which standards and indicators count, in both languages."""

from __future__ import annotations

from geoplan.errors import Text

# a unit is one of these, or several joined by "/": places/1,000 residents
UNITS: dict[str, Text] = {
    "%": Text("%", "%"),
    "‰": Text("‰", "‰"),
    "1,000 residents": Text("1,000 residents", "千常住人口"),
    "10,000 residents": Text("10,000 residents", "万常住人口"),
    "100 children": Text("100 children", "百名婴幼儿"),
    "areas": Text("areas", "个"),
    "births": Text("births", "人"),
    "carer": Text("carer", "名保育人员"),
    "centres": Text("centres", "个"),
    "child": Text("child", "名婴幼儿"),
    "children": Text("children", "名婴幼儿"),
    "class": Text("class", "班"),
    "classes": Text("classes", "班"),
    "day": Text("day", "日"),
    "dwellings": Text("dwellings", "套"),
    "forms": Text("forms", "种"),
    "full-time places": Text("full-time places", "全日托位"),
    "functions": Text("functions", "项"),
    "h": Text("h", "小时"),
    "ha": Text("ha", "公顷"),
    "households": Text("households", "户"),
    "institutions": Text("institutions", "处"),
    "kindergartens": Text("kindergartens", "所"),
    "km": Text("km", "公里"),
    "km²": Text("km²", "平方公里"),
    "lines": Text("lines", "条"),
    "m": Text("m", "米"),
    "milestones": Text("milestones", "个环节"),
    "min": Text("min", "分钟"),
    "month": Text("month", "月"),
    "met": Text("met or not", "是否达标"),
    "months": Text("months", "月"),
    "mu": Text("mu", "亩"),
    "m²": Text("m²", "平方米"),
    "person": Text("person", "人"),
    "persons": Text("persons", "人"),
    "pilots": Text("pilots", "个"),
    "place": Text("place", "托位"),
    "places": Text("places", "个"),
    "ratio": Text("ratio", "比值"),
    "room": Text("room", "间"),
    "rooms": Text("rooms", "间"),
    "share": Text("share", "比例"),
    "sites": Text("sites", "处"),
    "storey": Text("storey", "层"),
    "units": Text("units", "个"),
    "visitors": Text("visitors", "人次"),
    "year": Text("year", "年"),
    "years": Text("years", "年"),
    "yuan": Text("yuan", "元"),
}


def unit_text(unit: str) -> Text:
    """A unit in both languages, part by part; a part that is not known stays as it is.

    >>> unit_text("places/1,000 residents").zh
    '个/千常住人口'
    """
    parts = [UNITS.get(part, Text(part, part)) for part in unit.split("/")]
    return Text("/".join(p.en for p in parts), "/".join(p.zh for p in parts))


def unknown_parts(unit: str) -> list[str]:
    """The parts of a unit that are not known.

    >>> unknown_parts("m²/place"), unknown_parts("m²/plaice")
    ([], ['plaice'])
    """
    return [part for part in unit.split("/") if part not in UNITS]
