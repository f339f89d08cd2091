"""The three tables that flow through geoplan, column by column with units; and the check that a frame keeps them.

Each table is a GeoDataFrame (options may be one too) whose index holds text ids and is named after them: `demand_id`,
`facility_id`, `option_id`. A service's age bands give further columns: `people_<band>`, `wanted_<band>`, `places_<band>`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from geoplan.errors import Finding, Findings, InputError, Text

Kind = Literal["text", "number", "flag", "geometry", "year", "list"]


@dataclass(frozen=True)
class Column:
    """One column of a table: its name, what it holds, its unit, and whether it must be there."""

    name: str
    kind: Kind
    meaning: Text
    unit: str = ""
    required: bool = False


@dataclass(frozen=True)
class Table:
    """A table: the name of its index and its columns; `per_band` columns exist once for each age band."""

    name: str
    index: str
    columns: tuple[Column, ...]
    per_band: tuple[Column, ...] = ()

    def names(self, bands: Iterable[str] = ()) -> list[str]:
        """All column names for these age bands.

        >>> DEMAND.names(["m24_36"])[-1]
        'wanted_m24_36'
        """
        return [c.name for c in self.columns] + [f"{c.name}_{b}" for c in self.per_band for b in bands]


DEMAND = Table(
    "demand",
    "demand_id",
    (
        Column(
            "geometry", "geometry", Text("residential area, village or grid cell", "居住区、村庄或网格"), required=True
        ),
        Column("name", "text", Text("name", "名称")),
        Column("unit_id", "text", Text("county-level unit", "县级单元"), required=True),
        Column("township", "text", Text("township", "乡镇街道")),
        Column(
            "class",
            "text",
            Text("urban_new, urban_built, urban_old or rural", "新建、建成、老旧城区或乡村"),
            required=True,
        ),
        Column("population", "number", Text("residents", "常住人口"), "persons", required=True),
    ),
    (
        Column("people", "number", Text("children of the age band", "该月龄段婴幼儿"), "persons", required=True),
        Column("wanted", "number", Text("places wanted, in whole thousandths", "需求托位"), "places", required=True),
    ),
)

FACILITIES = Table(
    "facilities",
    "facility_id",
    (
        Column("geometry", "geometry", Text("where it stands", "位置"), required=True),
        Column("name", "text", Text("name", "名称")),
        Column("kind", "text", Text("kind of facility", "设施类型")),
        Column("status", "text", Text("open, planned or closed", "在营、规划或停办")),
        Column("filed", "flag", Text("filed with the health authority", "已备案")),
        Column("inclusive", "flag", Text("inclusive (price-limited)", "普惠")),
        Column("service_modes", "text", Text("full_day, half_day, hourly, temporary", "全日、半日、计时、临时")),
        Column("opened", "year", Text("opening year", "开办年份"), "year"),
        Column("fte", "number", Text("full-time places a place, by service mode", "每托位折合全日托位"), required=True),
        Column("reason", "text", Text("why its places do not count", "未计入供给的原因"), required=True),
        Column("places_from", "text", Text("how its places are known", "托位数来源")),
        Column("unit_id", "text", Text("county-level unit", "县级单元")),
        Column("counted", "flag", Text("its places count as supply", "计入供给"), required=True),
    ),
    (Column("places", "number", Text("places; missing where not known", "托位，未知则缺失"), "places"),),
)

OPTIONS = Table(
    "options",
    "option_id",
    (
        Column("site_id", "text", Text("site", "备选点"), required=True),
        Column(
            "site_group", "text", Text("sites of which a plan takes one option at most", "至多实施一个方案的场所组")
        ),
        Column("geometry", "geometry", Text("where it would stand", "位置"), required=True),
        Column("name", "text", Text("name of the site", "备选点名称")),
        Column("kind", "text", Text("kind of option", "方案类型"), required=True),
        Column("unit_id", "text", Text("county-level unit", "县级单元")),
        Column("class", "text", Text("class of area", "区域类别")),
        Column("built_from", "text", Text("layer and id of what it is built from", "来源图层与编号")),
        Column("search_area", "flag", Text("an area to search, not yet a site", "选址范围，尚非具体地块")),
        Column("places", "number", Text("places in all age bands", "托位合计"), "places", required=True),
        Column("classes", "number", Text("classes", "班数"), "classes"),
        Column("fte", "number", Text("full-time places a place", "每托位折合全日托位"), "places/place", required=True),
        Column("cost", "number", Text("one-off cost, fees included", "一次性投资（含税费）"), "yuan", required=True),
        Column("cost_low", "number", Text("one-off cost, lower value", "一次性投资下限"), "yuan"),
        Column("cost_high", "number", Text("one-off cost, upper value", "一次性投资上限"), "yuan"),
        Column("subsidy", "number", Text("part of the cost that the central budget bears", "中央补助"), "yuan"),
        Column("paid_by", "text", Text("who bears the rest", "其余出资方")),
        Column("fees", "number", Text("taxes and fees in the cost", "其中税费"), "yuan"),
        Column("annual_cost", "number", Text("cost a year", "年运行费"), "yuan"),
        Column("floor_area_m2", "number", Text("floor area", "建筑面积"), "m²"),
        Column("outdoor_m2", "number", Text("outdoor area", "室外场地"), "m²"),
        Column("land_m2", "number", Text("land taken", "用地"), "m²"),
        Column("farmland_m2", "number", Text("farmland taken", "占用耕地"), "m²"),
        Column("new_land_m2", "number", Text("new construction land", "新增建设用地"), "m²"),
        Column("land_code", "text", Text("planning code of the land", "规划用地代码")),
        Column("supply_mode", "text", Text("how land or building is come by", "供地（供房）方式")),
        Column("lead_time_years", "number", Text("lead time", "建设周期"), "years"),
        Column("first_phase", "year", Text("first phase possible", "最早分期"), "year"),
        Column("clause", "text", Text("clause that it serves", "依据条款")),
        Column("departments", "text", Text("lead department, then those that support it", "牵头及配合部门")),
        Column("excludes", "list", Text("options that it rules out", "互斥方案")),
        Column("replaces", "text", Text("facility that it closes or moves", "撤并或迁建的设施")),
        Column("reason", "text", Text("why it is offered here, or is not", "推荐或不推荐的理由")),
        Column("soft_score", "number", Text("share of the advisory clauses that hold", "宜执行条款符合率"), "share"),
        Column("verdict", "text", Text("pass, fail or unknown, over all clauses", "合规结论"), required=True),
        Column("verdicts", "list", Text("verdict by clause", "逐条结论")),
    ),
    (Column("places", "number", Text("places", "托位"), "places", required=True),),
)


def check(frame: pd.DataFrame, table: Table, bands: Iterable[str] = ()) -> None:
    """Raise one `InputError` with everything in which a frame breaks its table's contract.

    Ids must be unique text; required columns present; required numbers finite and not negative.
    """
    problems: list[Finding] = []

    def found(code: str, place: str, en: str, zh: str, value: object = "") -> None:
        advice = Text("mend the table before it is used", "请先修正该表")
        problems.append(Finding(code, table.name, place, Text(en, zh), advice, str(value)))

    if not all(isinstance(i, str) for i in frame.index):
        found("GP-T010", "index", "ids must be text", "编号必须为文本")
    for value in frame.index[frame.index.duplicated()].unique()[:5]:
        found("GP-T011", "index", "this id stands more than once", "编号重复", value)
    required = [c.name for c in table.columns if c.required]
    required += [f"{c.name}_{b}" for c in table.per_band for b in bands if c.required]
    numbers = [c.name for c in table.columns if c.kind == "number" and c.required]
    numbers += [f"{c.name}_{b}" for c in table.per_band for b in bands if c.required]
    for name in required:
        if name not in frame.columns:
            found("GP-T012", f"column {name}", "this column is missing", "缺少该列")
        elif name in numbers:
            values = pd.to_numeric(frame[name], errors="coerce").to_numpy(float)
            for row in np.flatnonzero(~(np.isfinite(values) & (values >= 0)))[:5]:
                at = f"column {name}, id {frame.index[row]}"
                found("GP-T013", at, "must be a finite number, not negative", "须为非负有限数", frame[name].iloc[row])
    if problems:
        raise InputError(problems)


def number_column(
    frame: pd.DataFrame, column: str, table: str, advice: Text, findings: Findings, codes: tuple[str, str]
) -> pd.Series:
    """A column as float numbers; adds a finding if it is missing (the first of `codes`, with `advice`; zeros are returned), or
    holds what is not a finite number >= 0 (the second).

    >>> findings = Findings()
    >>> homes = pd.DataFrame({"population": [3, -1]}, index=["a", "b"])
    >>> number_column(homes, "population", "demand", Text("", ""), findings, ("GP-X001", "GP-X002")).tolist()
    [3.0, -1.0]
    >>> [(f.code, f.place, f.value) for f in findings]
    [('GP-X002', 'column population', 'b')]
    """
    place = f"column {column}"
    if column not in frame.columns:
        findings.add(Finding(codes[0], table, place, Text("this column is missing", "缺少该列"), advice))
        return pd.Series(0.0, index=frame.index)
    values = pd.to_numeric(frame[column], errors="coerce").astype(float)
    wrong = frame.index[~(np.isfinite(values) & (values >= 0))]
    if len(wrong):
        problem = Text("must be a finite number, not negative", "须为非负有限数")
        mend = Text("give the number, or leave the row out", "请补全数值或删除该行")
        findings.add(Finding(codes[1], table, place, problem, mend, ", ".join(map(str, wrong[:5])), count=len(wrong)))
    return values


def places(frame: pd.DataFrame, bands: Iterable[str], prefix: str = "places") -> pd.DataFrame:
    """The columns `<prefix>_<band>` of a table as a frame whose columns are the bands."""
    bands = list(bands)
    return frame[[f"{prefix}_{b}" for b in bands]].set_axis(bands, axis=1)


def capacity(frame: pd.DataFrame, bands: Iterable[str]) -> pd.DataFrame:
    """The full-time places that a table of facilities or options offers, by band: places × `fte` in whole thousandths (1 where there is
    no `fte`); what is not known offers nothing.

    >>> care = pd.DataFrame({"places_old": [25, None], "fte": [0.5, 1.0]}, index=["a", "b"])
    >>> capacity(care, ["old"])["old"].tolist()
    [12.5, 0.0]
    """
    given = places(frame, bands).astype(float).fillna(0.0)
    return (
        given if "fte" not in frame.columns else (given.mul(frame["fte"].astype(float), axis=0) * 1000).round() / 1000
    )
