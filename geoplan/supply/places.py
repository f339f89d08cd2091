"""Places by age band of each facility: as stated, else from its classes, else from its floor area, else not known."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from geoplan.errors import CheckFailed, Findings, Text, UsageError
from geoplan.supply._columns import note, number, numbers, texts
from geoplan.supply.class_mix import mix_classes

Frame = pd.DataFrame

WAYS: Mapping[str, Text] = {
    "stated": Text("stated by the layer", "图层直接给出"),
    "classes": Text("classes × class size of the standard", "班数×标准班额"),
    "area": Text("floor area ÷ floor area per place, in whole classes", "建筑面积÷每托位建筑面积，取整班"),
    "unknown": Text("not known", "未知"),
}


def places_by_band(
    facilities: Frame,
    class_size: Mapping[str, int],
    floor_m2_per_place: float | None,
    findings: Findings,
    *,
    serves: Mapping[str, Collection[str]] | None = None,
) -> Frame:
    """The facilities with `places_<band>` (places) for each band and `places_from`, which says how they are known.

    For each facility the first way that gives anything:

    1. stated: `places_<band>`; a band that is not stated is taken from its classes if they are given;
    2. classes: `classes_<band>` × class size of the band;
    3. area: room = `floor_area_m2` / `floor_m2_per_place` places, shared in whole classes: in rounds, one class of
       each band that the kind may serve, from the eldest band down, while it fits (`mix_classes`); not where the
       service has no such standard (None);
    4. unknown: NaN in every band. So is a floor area too small for one class: the facility stands, and the
       standard cannot say how many it holds.

    `class_size` is children a class by band, from the youngest to the eldest. `serves` names the bands of a kind
    (kindergartens: the eldest only); a kind that it does not name, or that is not known, may serve all. A band
    that a kind may not serve has 0 places unless some are stated; any other band about which nothing is said is
    NaN. Notes: how many facilities each way (GP-P001), more places than classes allow (GP-P002), places not
    whole (GP-P003), too small for a class (GP-P004), some bands not known (GP-P005). Raises `InputError` for
    what is not a number >= 0, `UsageError` for a class size or an area per place that is not above 0. Clauses:
    C3.2 (bands by kind), class sizes by the setting standard of 2019, article 19.

    >>> frame = pd.DataFrame({"places_old": [40, None, None, None], "classes_old": [2, 3, None, None],
    ...     "floor_area_m2": [None, 900, 350, None]}, index=["a", "b", "c", "d"])
    >>> places_by_band(frame, {"young": 10, "old": 20}, 10, Findings())[["places_young", "places_old", "places_from"]]
       places_young  places_old places_from
    a           NaN        40.0      stated
    b           NaN        60.0     classes
    c          10.0        20.0        area
    d           NaN         NaN     unknown
    """
    _check_standard(class_size, floor_m2_per_place)
    wrong, bands = Findings(), list(class_size)
    stated, classes = (numbers(facilities, prefix, bands, wrong) for prefix in ("places", "classes"))
    area = number(facilities, "floor_area_m2", wrong)
    wrong.raise_errors()
    room = area / floor_m2_per_place if floor_m2_per_place else pd.Series(np.nan, area.index)
    may = _may_serve(facilities, bands, serves or {})
    by_area = _by_area(room, class_size, may)
    known = [frame.notna().any(axis=1) for frame in (stated, classes, by_area)]
    way = pd.Series(np.select(known, list(WAYS)[:3], "unknown"), facilities.index, dtype=object)
    allowed = classes * pd.Series(class_size, dtype=float)
    places = stated.where(stated.notna(), allowed)
    places = by_area.where(way.eq("area"), places)
    places = places.mask(places.isna() & ~may & way.ne("unknown").to_numpy()[:, None], 0.0)
    _note_ways(way, findings)
    _note_doubts(places, stated, allowed, findings)
    _note_small(way.eq("unknown") & room.notna(), findings)
    _note_partly(places.isna().any(axis=1) & way.ne("unknown"), findings)
    return facilities.assign(**{f"places_{b}": places[b] for b in bands}, places_from=way)


def known_places(facilities: Frame, bands: Collection[str]) -> Frame:
    """The places that are known, by band: what a sum of supply may use, where a band that is not known adds nothing.

    >>> known_places(pd.DataFrame({"places_old": [20.0, np.nan]}, index=["a", "b"]), ["old"])["old"].tolist()
    [20.0, 0.0]
    """
    return numbers(facilities, "places", bands, Findings()).fillna(0.0)


def by_way(facilities: Frame, bands: Collection[str]) -> Frame:
    """How the places are known: one row a way, with `facilities` and the known `places_<band>` and `places` (places).

    The rows add up to the whole, or `CheckFailed` is raised.

    >>> frame = pd.DataFrame({"places_old": [20.0, np.nan], "places_from": ["area", "unknown"]}, index=["a", "b"])
    >>> by_way(frame, ["old"])["places"].tolist()
    [0.0, 0.0, 20.0, 0.0]
    """
    known = known_places(facilities, bands).add_prefix("places_")
    table = known.assign(facilities=1, places=known.sum(axis=1)).groupby(facilities["places_from"]).sum()
    table = table.reindex(list(WAYS), fill_value=0).astype({"facilities": "int64"})
    table = table.reindex(columns=["facilities", *known.columns, "places"]).rename_axis("places_from")
    if table["facilities"].sum() != len(facilities):
        raise CheckFailed(f"places_from: {table['facilities'].sum()} facilities of {len(facilities)} have a known way")
    return table


def _check_standard(class_size: Mapping[str, int], floor_m2_per_place: float | None) -> None:
    wrong = {band: size for band, size in class_size.items() if not (size > 0 and size == int(size))}
    if wrong or not class_size:
        raise UsageError(f"class sizes must be whole and above 0, not {wrong or 'none at all'}")
    if floor_m2_per_place is not None and not (np.isfinite(floor_m2_per_place) and floor_m2_per_place > 0):
        raise UsageError(f"floor_m2_per_place must be finite and above 0, not {floor_m2_per_place}")


def _may_serve(facilities: Frame, bands: list[str], serves: Mapping[str, Collection[str]]) -> Frame:
    """Which bands each facility may serve by its kind."""
    kinds = texts(facilities, "kind")
    return pd.DataFrame({b: [b in serves.get(k, bands) for k in kinds] for b in bands}, facilities.index, dtype=bool)


def _by_area(room: pd.Series, class_size: Mapping[str, int], may: Frame) -> Frame:
    """Places by band in whole classes, the eldest band first; NaN where the room is not known or too small."""
    eldest_first = list(class_size)[::-1]
    rows = []
    for places, allowed in zip(room, may[eldest_first].to_numpy(), strict=True):
        sizes = {b: class_size[b] for b, yes in zip(eldest_first, allowed, strict=True) if yes}
        classes = mix_classes(places, sizes) if places == places else {}  # noqa: PLR0124 - NaN alone is unequal to itself
        some = any(classes.values())
        rows.append([float(classes.get(b, 0) * class_size[b]) if some else np.nan for b in class_size])
    return pd.DataFrame(rows, room.index, columns=list(class_size), dtype=float)


def _note_ways(way: pd.Series, findings: Findings) -> None:
    advice = Text("give places by band to have them counted as stated", "补充各类容量后按实际容量计")
    for code, title in WAYS.items():
        ids = way.index[way.eq(code)]
        problem = Text(f"places by band: {title.en}", f"设施容量来源：{title.zh}")
        note(findings, "GP-P001", f"places_from: {code}", problem, advice, ids)


def _note_doubts(places: Frame, stated: Frame, allowed: Frame, findings: Findings) -> None:
    more = Text("more places are stated than the classes allow", "托位数多于班数与班额所允许的数量")
    whole = Text("a number of places that is not whole", "容量不是整数")
    check_classes = Text(
        "check the classes and the places; the stated places are used", "请核对班数与托位；现按所填托位计"
    )
    check_whole = Text("check the number; it is used as given", "请核对；现按所填数值计")
    for band in places:
        note(
            findings,
            "GP-P002",
            f"column places_{band}",
            more,
            check_classes,
            places.index[stated[band] > allowed[band]],
        )
        part = places.index[places[band].notna() & (places[band] % 1 != 0)]
        note(findings, "GP-P003", f"column places_{band}", whole, check_whole, part)


def _note_small(rows: pd.Series, findings: Findings) -> None:
    problem = Text(
        "the floor area is too small for one class, so the places are not known", "建筑面积不足一个班，托位未知"
    )
    advice = Text("give places or classes by age band", "请补充分月龄托位数或班数")
    note(findings, "GP-P004", "column floor_area_m2", problem, advice, rows.index[rows])


def _note_partly(rows: pd.Series, findings: Findings) -> None:
    problem = Text("the places of some bands are not known and do not count", "部分类别的容量未知，未计入")
    advice = Text("write 0 where there are none", "确无容量的类别请填 0")
    note(findings, "GP-P005", "places", problem, advice, rows.index[rows])
