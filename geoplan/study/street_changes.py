"""Street changes: the streets that a scenario closes, cuts, adds or makes quicker, as edits of a mode's network."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from geoplan.errors import Finding, Findings, InputError, Text
from geoplan.network import edits
from geoplan.network.graph import Network
from geoplan.sources.datum import to_crs
from geoplan.study.given import Given
from geoplan.study.schema import Change, SomeStreet

Edited = tuple[Network, tuple[Finding, ...]]


def edit(network: Network, changes: Iterable[Change], given: Given) -> Edited:
    """The network after the street changes of a scenario, in their order, with a note on each: what it did for this mode.

    Raises `InputError` for a name that no street has, a position away from the streets, or a line that crosses none.
    """
    notes = []
    for change in changes:
        for kind, make in MAKERS.items():
            if (wanted := getattr(change, kind)) is not None:
                network, said = make(network, wanted, given)
                notes.append(_note(network, kind, said))
    return network, tuple(notes)


def _close(network: Network, street: SomeStreet, given: Given) -> tuple[Network, Text]:
    rows = _rows(network, street, given, "close_street")
    return edits.close(network, rows), _metres(network, rows, "closed", "封闭")


def _speed(network: Network, street: Any, given: Given) -> tuple[Network, Text]:
    rows = _rows(network, street, given, "speed")
    if network.unit == "m":
        return network, Text("no effect: this mode counts metres", "无影响：该方式按米计")
    return edits.change_speed(network, rows, street.kph), _metres(
        network, rows, f"at {street.kph:g} km/h", f"改为 {street.kph:g} km/h，"
    )


def _barrier(network: Network, line: Any, given: Given) -> tuple[Network, Text]:
    drawn = _line(line, given, "barrier")
    if not given.streets.edges.intersects(drawn).any():
        edits.barrier(network, drawn)  # refuses, for any mode
    rows = edits.edges_across(network, drawn)
    cut = edits.barrier(network, drawn) if len(rows) else network
    return cut, Text(f"{len(rows)} streets cut", f"切断 {len(rows)} 段道路")


def _link(network: Network, link: Any, given: Given) -> tuple[Network, Text]:
    drawn = _line(link.line, given, "link")
    if network.mode.speed_on(link.highway) is None:
        return network, Text("no effect: this mode does not use such a street", "无影响：该方式不使用此类道路")
    linked = edits.add_link(network, drawn, link.highway, link.kph, link.oneway, link.bridge)
    return linked, Text(f"{drawn.length:,.0f} m added", f"新增 {drawn.length:,.0f} 米")


MAKERS = {"close_street": _close, "barrier": _barrier, "link": _link, "speed": _speed}


def _note(network: Network, kind: str, said: Text) -> Finding:
    problem = Text(
        f"street change for {network.mode.title.en}: {said.en}", f"{network.mode.title.zh}的道路变更：{said.zh}"
    )
    return Finding("GP-N034", "", f"changes.{kind}", problem, Text("", ""), network.mode.id, "note")


def _metres(network: Network, rows: npt.NDArray[np.int64], en: str, zh: str) -> Text:
    length_m = float(shapely.length(network.lines[rows]).sum())
    return Text(f"{length_m:,.0f} m {en}", f"{zh} {length_m:,.0f} 米")


def _rows(network: Network, street: SomeStreet, given: Given, kind: str) -> npt.NDArray[np.int64]:
    """The open edges that are meant: all of a name, or the one nearest to a position."""
    if street.at is not None:
        return edits.edges_near(network, _placed([street.at], given, kind)[0])
    named = given.streets.edges
    names = named["name"].dropna() if "name" in named else pd.Series(dtype=object)
    lines = named.geometry[names.index[names == street.name]]
    if lines.empty:
        near = ", ".join(get_close_matches(str(street.name), list(names.unique()), 3, 0.3))
        problem = Text("no street has this name", "没有以此为名的道路")
        advice = Text(
            f"near names: {near or 'none'}; or give at: [longitude, latitude]",
            f"相近名称：{near or '无'}；或用 at: [经度, 纬度]",
        )
        raise InputError(Finding("GP-S027", "", f"changes.{kind}.name", problem, advice, str(street.name)))
    return edits.edges_along(network, lines)


def _line(spots: Any, given: Given, kind: str) -> shapely.LineString:
    return shapely.LineString(_placed(spots, given, kind))


def _placed(spots: Any, given: Given, kind: str) -> list[shapely.Point]:
    """Positions in longitude and latitude as points in the working CRS; raises `InputError` unless one lies in the study area."""
    findings, degrees = Findings(), gpd.GeoDataFrame(geometry=shapely.points(spots))
    points = to_crs(degrees, "cgcs2000", given.area.crs, f"changes.{kind}", findings).geometry
    if not findings.errors() and not points.intersects(given.area.boundary).any():
        problem = Text("this position lies outside the study area", "位置在研究范围之外")
        advice = Text("positions are [longitude, latitude]", "位置写作 [经度, 纬度]")
        findings.add(Finding("GP-S025", "", f"changes.{kind}", problem, advice, str(list(spots))))
    findings.raise_errors()
    return list(points)
