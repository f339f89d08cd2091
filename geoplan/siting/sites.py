"""Sites: the host and idle layers as one table, with every column that an option kind may ask for."""

from __future__ import annotations

import geopandas as gpd
import numpy as np
import pandas as pd

from geoplan.errors import Finding, Findings, Text
from geoplan.profiles.service import ServiceProfile

TEXTS = ("name", "kind", "unit_id")
NUMBERS = {
    "hosts": ("classes", "capacity", "enrolment", "spare_floor_m2", "outdoor_m2", "storey"),
    "idle": ("floor_area_m2", "land_m2", "outdoor_m2", "storey", "farmland_m2"),
}
SHOWN = 5


def gather_sites(
    hosts: gpd.GeoDataFrame | None, idle: gpd.GeoDataFrame | None, service: ServiceProfile, findings: Findings
) -> gpd.GeoDataFrame:
    """Hosts and idle sites in one frame by site id, in the order of the ids; what is not known is missing.

    Adds notes: a layer without one of its columns, rows of a kind that no option of the service can use.
    Raises `InputError` for ids that stand more than once, and for what is not a number >= 0 (storeys may be
    below 0).
    """
    layers = [_layer(frame, role, findings) for role, frame in (("hosts", hosts), ("idle", idle)) if frame is not None]
    if not layers:
        return gpd.GeoDataFrame(columns=[*TEXTS, *_numbers(), "role"], geometry=[])
    sites = gpd.GeoDataFrame(pd.concat(layers), crs=layers[0].crs)
    twice = sites.index[sites.index.duplicated()].unique()
    if len(twice):
        problem = Text("this id stands more than once among hosts and idle sites", "编号在备选点图层中重复")
        advice = Text("give each site an id of its own", "请使编号唯一")
        findings.add(Finding("GP-O001", "", "site_id", problem, advice, ", ".join(map(str, twice[:SHOWN]))))
    findings.raise_errors()
    _note_unused(sites, service, findings)
    return sites.sort_index()


def note(findings: Findings, sites: gpd.GeoDataFrame, kind: Text, problem: Text) -> None:
    """Counts the sites from which no option, or an uncertain one, was made; one finding for a layer."""
    advice = Text("complete the column to have them judged", "补全数据后可参与比选")
    for role, rows in sites.groupby("role", sort=True):
        what = Text(f"{kind.en}: {problem.en}", f"{kind.zh}：{problem.zh}")
        shown = ", ".join(map(str, rows.index[:SHOWN]))
        findings.add(Finding("GP-O010", str(role), "", what, advice, shown, "note", len(rows)))


def _numbers() -> list[str]:
    return list(dict.fromkeys(column for columns in NUMBERS.values() for column in columns))


def _layer(frame: gpd.GeoDataFrame, role: str, findings: Findings) -> gpd.GeoDataFrame:
    absent = [c for c in ("kind", *NUMBERS[role]) if c not in frame.columns]
    for column in absent:
        problem = Text("this column is missing: its values are not known", "缺少该列，按未知处理")
        advice = Text("add the column to have it judged", "补充该列后可逐条判定")
        findings.add(Finding("GP-O002", role, f"column {column}", problem, advice, severity="note", count=len(frame)))
    layer = frame.reindex(columns=[*TEXTS, *_numbers(), "geometry"])
    layer[list(TEXTS)] = layer[list(TEXTS)].astype(object)
    for column in NUMBERS[role]:
        layer[column] = _number(layer[column], role, findings)
    for column in set(_numbers()) - set(NUMBERS[role]):
        layer[column] = np.nan
    return layer.assign(role=role)


def _number(column: pd.Series, role: str, findings: Findings) -> pd.Series:
    values = pd.to_numeric(column, errors="coerce").astype(float)
    wrong = (values.isna() & column.notna()) | np.isinf(values)
    if column.name != "storey":
        wrong |= values < 0
    if wrong.any():
        problem = Text("must be a number, not negative", "须为非负数值")
        advice = Text("give the number, or leave the cell empty", "请填写数值，未知则留空")
        at = f"column {column.name}, id {column.index[wrong][0]}"
        value, count = str(column[wrong].iloc[0]), int(wrong.sum())
        findings.add(Finding("GP-O003", role, at, problem, advice, value, count=count))
    return values


def _note_unused(sites: gpd.GeoDataFrame, service: ServiceProfile, findings: Findings) -> None:
    usable = {host for kind in service.options.values() for host in kind.hosts}
    for kind, rows in sites[~sites["kind"].isin(usable)].groupby("kind", dropna=False, sort=True):
        problem = Text("no option of the service can use this kind of site", "没有可用于该类场所的方案类型")
        advice = Text(f"the kinds are: {', '.join(sorted(usable))}", f"可用类型：{'、'.join(sorted(usable))}")
        role = str(rows["role"].iloc[0])
        findings.add(Finding("GP-O004", role, "column kind", problem, advice, str(kind), "note", len(rows)))
