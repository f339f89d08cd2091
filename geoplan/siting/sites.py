"""Sites: every layer from which options are made as one table, with every column that an option kind may ask for."""

from __future__ import annotations

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import STRtree

from geoplan.errors import Finding, Findings, Text
from geoplan.profiles.service import ServiceProfile
from geoplan.siting.ground import Ground

TEXTS = (
    "name", "kind", "unit_id", "class", "survey_code", "planning_code", "land_status", "tenure",
    "housing_state", "planned_state", "built_state", "accepted_state", "delivered_state",
)  # fmt: skip
_BUILDING = ("outdoor_m2", "storey", "fire_rating", "own_entrance")
_INDOORS = ("spare_floor_m2", "floor_area_m2", "sunlight_h", *_BUILDING)

# what each role is asked for by number; a layer without one of these is noted
NUMBERS: dict[str, tuple[str, ...]] = {
    "hosts": ("classes", "capacity", "enrolment", "spare_floor_m2", *_BUILDING),
    "idle": ("floor_area_m2", "land_m2", "farmland_m2", *_BUILDING),
    "premises": ("floor_area_m2", "lease_years", "price_yuan_m2", "rent_yuan_m2", *_BUILDING),
    "parcels": ("land_m2", "farmland_m2"),
    "employers": ("workers", "children_under_3"),
    "new_residential": ("population", "places_planned", "year"),
    "renewal": ("population", "year"),
    "facilities": ("floor_area_m2", "enrolled", "places"),
    "villages": ("population", "children_under_3"),
    "public_places": ("floor_area_m2",),
    "search_areas": ("land_m2",),
}
# what may be given as well, and is not missed where it is not
MORE: dict[str, tuple[str, ...]] = {
    "hosts": ("land_m2", "floor_area_m2", "sunlight_h"),
    "idle": ("spare_floor_m2", "sunlight_h", "slope_percent"),
    "premises": ("spare_floor_m2", "land_m2", "sunlight_h"),
    "parcels": ("slope_percent", "sunlight_h"),
    "employers": _INDOORS,
    "new_residential": ("farmland_m2", "sunlight_h"),
    "renewal": _INDOORS,
    "facilities": ("sunlight_h", *_BUILDING),
    "villages": _INDOORS,
    "search_areas": ("slope_percent",),
}
RENAMED = {"new_residential": {"delivery_year": "year"}, "renewal": {"residents": "population"}}
KINDS = {
    "premises": "premises", "parcels": "parcel", "employers": "employer", "new_residential": "new_residential",
    "renewal": "renewal", "facilities": "facility", "villages": "village", "public_places": "public_place",
    "search_areas": "search_area",
}  # fmt: skip
PREFIXED = (
    "facilities",
    "villages",
    "public_places",
)  # their ids are those of other tables, which sites must not share
OUTLINED = ("parcels", "search_areas")  # whose outline is the land itself
SIGNED = ("storey",)
SHOWN = 5


def gather_sites(
    layers: Mapping[str, gpd.GeoDataFrame], service: ServiceProfile, ground: Ground, findings: Findings
) -> gpd.GeoDataFrame:
    """All layers in one frame by site id, in the order of the ids; what is not known is missing.

    `layers` is by role, in one CRS, each by the ids of its rows. An id that one layer alone has is the site's; one that two have
    becomes "<role>:<id>", as those of facilities, villages and public places always do; `built_from` is always that. `class`
    is the layer's own or that of the nearest home. `places`, `enrolled` and `children_under_3` are summed over the bands,
    missing where one is. `distance_<hazard>` and `near_hazard` stand there unknown, to be measured. Adds notes: a layer without some of its
    columns (GP-O002), kinds that no option of the service can use (GP-O004), ids that two layers share (GP-O005). Raises
    `InputError` for an id that stands twice (GP-O001), and for what is not a number >= 0 (GP-O003; storeys may be below 0).
    """
    parts = [_layer(layers[role], role, service, findings) for role in NUMBERS if role in layers]
    parts = [part for part in parts if len(part)]
    findings.raise_errors()
    if not parts:
        index = pd.Index([], name="site_id", dtype=object)
        return gpd.GeoDataFrame(columns=_columns(service), index=index, geometry=[])
    sites = gpd.GeoDataFrame(pd.concat(parts), crs=parts[0].crs)
    sites.index = _site_ids(sites, findings)
    sites = sites.sort_index().copy()
    sites["class"] = sites["class"].where(sites["class"].notna(), _class_of_nearest(sites, ground.homes))
    _note_unused(sites, service, findings)
    return sites


def note(findings: Findings, sites: gpd.GeoDataFrame, kind: Text, problem: Text) -> None:
    """Counts the sites from which no option, or an uncertain one, was made; one finding for a layer."""
    advice = Text("complete the column to have them judged", "补全数据后可参与比选")
    for role, rows in sites.groupby("role", sort=True):
        what = Text(f"{kind.en}: {problem.en}", f"{kind.zh}：{problem.zh}")
        shown = ", ".join(map(str, rows.index[:SHOWN]))
        findings.add(Finding("GP-O010", str(role), "", what, advice, shown, "note", len(rows)))


def own_id(sites: pd.DataFrame) -> pd.Series:
    """The id that each site has in its own layer."""
    return sites["built_from"].str.split(":", n=1).str[1]


def _numbers() -> list[str]:
    lists = [*NUMBERS.values(), *MORE.values()]
    return list(dict.fromkeys(column for columns in lists for column in columns))


def _columns(service: ServiceProfile) -> list[str]:
    return [*TEXTS, *_numbers(), *(f"distance_{h}" for h in service.hazards), "near_hazard", "role", "built_from"]


def _layer(frame: gpd.GeoDataFrame, role: str, service: ServiceProfile, findings: Findings) -> gpd.GeoDataFrame:
    frame = _summed(frame.rename(columns=RENAMED.get(role, {})), role, service)
    _note_absent(frame, role, findings)
    layer = frame.reindex(columns=[*_columns(service), "geometry"])
    layer[list(TEXTS)] = layer[list(TEXTS)].astype(object).where(layer[list(TEXTS)].notna(), None)
    known = (*NUMBERS[role], *MORE.get(role, ()))
    measured = {c: np.nan for c in layer.columns if c.startswith("distance_") or c == "near_hazard"}
    numbers = {c: _number(layer[c], role, findings) if c in known else np.nan for c in _numbers()}
    layer = layer.assign(**numbers, **measured, role=role, built_from=[f"{role}:{i}" for i in layer.index])
    layer["kind"] = KINDS.get(role, layer["kind"])
    if role in OUTLINED:
        outline = layer.geometry.area
        layer["land_m2"] = layer["land_m2"].fillna(outline.where(outline > 0))
    twice = layer.index[layer.index.duplicated()].unique()
    if len(twice):
        problem = Text("this id stands more than once in the layer", "图层中编号重复")
        advice = Text("give each site an id of its own", "请使编号唯一")
        findings.add(
            Finding("GP-O001", role, "", problem, advice, ", ".join(map(str, twice[:SHOWN])), count=len(twice))
        )
    return gpd.GeoDataFrame(layer, geometry="geometry", crs=frame.crs)


def _summed(frame: gpd.GeoDataFrame, role: str, service: ServiceProfile) -> gpd.GeoDataFrame:
    """The layer with its totals over the bands, as far as it has them by band."""
    wanted = {"facilities": {"places": "places", "enrolled": "enrolled"}, "villages": {"children_under_3": "people"}}
    for total, prefix in wanted.get(role, {}).items():
        bands = [f"{prefix}_{band}" for band in service.band_ids]
        if total not in frame.columns and set(bands) <= set(frame.columns):
            frame = frame.assign(**{total: frame[bands].astype(float).sum(axis=1, skipna=False)})
    return frame


def _note_absent(frame: gpd.GeoDataFrame, role: str, findings: Findings) -> None:
    asked = NUMBERS[role] if role in KINDS else ("kind", *NUMBERS[role])
    absent = [c for c in asked if c not in frame.columns and not (role in OUTLINED and c == "land_m2")]
    if absent and len(frame):
        problem = Text("these columns are missing: their values are not known", "缺少这些列，按未知处理")
        advice = Text("add them to have them judged", "补充后可逐条判定")
        place = f"columns {', '.join(absent)}"
        findings.add(Finding("GP-O002", role, place, problem, advice, severity="note", count=len(frame)))


def _number(column: pd.Series, role: str, findings: Findings) -> pd.Series:
    values = pd.to_numeric(column, errors="coerce").astype(float)
    wrong = (values.isna() & column.notna()) | np.isinf(values)
    if column.name not in SIGNED:
        wrong |= values < 0
    if wrong.any():
        problem = Text("must be a number, not negative", "须为非负数值")
        advice = Text("give the number, or leave the cell empty", "请填写数值，未知则留空")
        at = f"column {column.name}, id {column.index[wrong][0]}"
        value, count = str(column[wrong].iloc[0]), int(wrong.sum())
        findings.add(Finding("GP-O003", role, at, problem, advice, value, count=count))
    return values


def _site_ids(sites: gpd.GeoDataFrame, findings: Findings) -> pd.Index:
    """Each row's own id, with the role before it where another layer has the same one."""
    own = pd.Index([str(i) for i in sites.index], dtype=object)
    prefixed = sites["role"].isin(PREFIXED).to_numpy()
    shared = own.isin(own[own.duplicated()]) & ~prefixed
    ids = pd.Index(np.where(prefixed | shared, sites["built_from"], own), name="site_id", dtype=object)
    if shared.any():
        both = sorted(set(own[shared]))
        problem = Text(
            "two layers have this id: their sites are named <role>:<id>", "不同图层编号相同，按“图层:编号”区分"
        )
        advice = Text("none needed; give ids of their own to have shorter names", "无需处理；编号唯一时名称更短")
        at = ", ".join(sorted(set(sites["role"][shared])))
        value = ", ".join(both[:SHOWN])
        findings.add(Finding("GP-O005", at, "site_id", problem, advice, value, "note", len(both)))
    twice = ids[ids.duplicated()].unique()
    if len(twice):
        problem = Text("this id is also the name of a site of another layer", "编号与另一图层的备选点名称重复")
        advice = Text("give each site an id of its own", "请使编号唯一")
        findings.add(Finding("GP-O001", "", "site_id", problem, advice, ", ".join(twice[:SHOWN]), count=len(twice)))
    findings.raise_errors()
    return ids


def _class_of_nearest(sites: gpd.GeoDataFrame, homes: gpd.GeoDataFrame | None) -> pd.Series:
    """The class of the home nearest to each site, of the first by id where two are as near; missing without homes."""
    if homes is None or "class" not in homes.columns or not len(homes):
        return pd.Series(None, index=sites.index, dtype=object)
    homes = homes[homes["class"].notna()].sort_index()
    found = STRtree(homes.geometry.array).query_nearest(sites.geometry.array)
    nearest = pd.Series(found[1]).groupby(found[0]).min()
    classes = homes["class"].astype(object).to_numpy()[nearest.to_numpy()]
    return pd.Series(classes, index=sites.index[nearest.index.to_numpy()], dtype=object).reindex(sites.index)


def _note_unused(sites: gpd.GeoDataFrame, service: ServiceProfile, findings: Findings) -> None:
    """Notes the kinds of hosts and idle sites, which the layer states, that no option can use."""
    usable = {host for kind in service.options.values() for host in kind.hosts}
    stated = sites[sites["role"].isin(["hosts", "idle"]) & ~sites["kind"].isin(usable)]
    for (role, kind), rows in stated.groupby(["role", "kind"], dropna=False, sort=True):
        problem = Text("no option of the service can use this kind of site", "没有可用于该类场所的方案类型")
        advice = Text(f"the kinds are: {', '.join(sorted(usable))}", f"可用类型：{'、'.join(sorted(usable))}")
        findings.add(Finding("GP-O004", str(role), "column kind", problem, advice, str(kind), "note", len(rows)))
