"""The columns of given street tables: found under their usual names, ids as whole numbers, lines as geometries."""

from __future__ import annotations

import ast
import csv
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.errors import Findings, Severity
from geoplan.sources._messages import finding, nearest

NAMES = {
    "node_id": ("node_id", "osmid", "id", "osm_id", "nodeid"),
    "lon": ("lon", "longitude", "lng", "x"),
    "lat": ("lat", "latitude", "y"),
    "u": ("u", "from", "source", "from_node", "node_start"),
    "v": ("v", "to", "target", "to_node", "node_end"),
    "length_m": ("length_m", "length", "mm_len"),
    "geometry": ("geometry", "geom", "wkb_geometry"),
    "highway": ("highway", "fclass", "道路等级", "道路类型", "道路类别", "技术等级", "行政等级", "等级"),
    "oneway": ("oneway", "单行道", "单行线", "单行", "是否单行", "单向"),
    "name": ("name", "道路名称", "路名", "名称"),
    "level": ("level", "layer", "层级", "高程层"),
    "bridge": ("bridge", "桥梁", "是否桥梁"),
    "tunnel": ("tunnel", "隧道", "是否隧道"),
}
KEPT = (
    "name",
    "bridge",
    "service",
    "access",
    "vehicle",
    "motor_vehicle",
    "motorcar",
    "bicycle",
    "foot",
    "motorroad",
    "wheelchair",
    "surface",
    "maxspeed",
)
OF_NODES = ("node_id", "lon", "lat", "crossing")
READ = tuple(dict.fromkeys((*NAMES, *KEPT, "junction", "crossing")))  # what `columns` and `constants` may name


class Told:
    """Adds findings on one file by code."""

    def __init__(self, file: str, findings: Findings) -> None:
        self.file, self.findings = file, findings

    def __call__(self, code: str, place: str = "", value: object = "", **more: Any) -> None:
        self.findings.add(finding(code, self.file, place, value, **more))

    def rows(self, code: str, wrong: Any, what: str, values: Any = None, severity: Severity = "error") -> None:
        """One finding for all rows that are wrong, showing the first five by number (from 1)."""
        at = np.flatnonzero(wrong)
        if len(at):
            shown = ", ".join(str(row + 1) for row in at[:5]) + (" …" if len(at) > 5 else "")
            value = "" if values is None else values[at[0]]
            self(code, f"{what} row {shown}", value, severity=severity, count=len(at))


def flat(frame: pd.DataFrame, key: str, tell: Told) -> pd.DataFrame:
    """A copy with the names of the contract, index levels that hold ids as columns, and rows numbered from 0."""
    held = [n for n in frame.index.names if n is not None and n not in frame.columns]
    table = frame.reset_index(level=held) if held else frame
    folded = {str(c).casefold(): c for c in reversed(list(table.columns))}
    found = {name: next((folded[n] for n in names if n in folded), None) for name, names in NAMES.items()}
    if (
        key == "node_id"
        and found["node_id"] is None
        and frame.index.is_unique
        and not isinstance(frame.index, pd.RangeIndex)
    ):
        return flat(frame.rename_axis("node_id"), key, tell)
    if isinstance(table, gpd.GeoDataFrame) and table._geometry_column_name in table.columns:
        found["geometry"] = table.geometry.name
    renamed = pd.DataFrame(table).rename(columns={old: new for new, old in found.items() if old is not None})
    shaped: pd.DataFrame = renamed.reset_index(drop=True)
    if "geometry" in shaped.columns:
        shaped = gpd.GeoDataFrame(shaped, geometry=_shapes(shaped["geometry"], tell), crs=getattr(frame, "crs", None))
    return shaped


def mapped(
    nodes: pd.DataFrame | None,
    edges: pd.DataFrame,
    columns: Mapping[str, str],
    constants: Mapping[str, Any],
    tell: Told,
) -> tuple[pd.DataFrame | None, pd.DataFrame]:
    """The tables with the columns that `columns` maps (geoplan's name: the name in the file) under geoplan's names, and constants.

    Finds names that streets do not read, columns that are not there, and what is given both ways.
    """
    for key, name in (*(("columns", n) for n in columns), *(("constants", n) for n in constants)):
        if name not in READ:
            tell("GP-N124", f"{key}.{name}", **nearest(name, list(READ)))
    for name in columns.keys() & constants.keys():
        tell("GP-L001", f"constants.{name}", constants[name])
    made = {"edges": edges, **({} if nodes is None else {"nodes": nodes})}
    for name, there in columns.items():
        parts = [p for p in made if (p == "nodes") == (name in OF_NODES) or name == "geometry"]
        holding = [p for p in parts if there in made[p].columns]
        for part in holding:
            spare = [name] if name in made[part].columns and name != there else []
            made[part] = made[part].drop(columns=spare).rename(columns={there: name})
        if not holding:
            known = [str(c) for p in parts or made for c in made[p].columns if c != "geometry"]
            tell("GP-T104", f"columns.{name}", there, **nearest(there, known))
    return made.get("nodes"), made["edges"].assign(**constants)


def _shapes(column: pd.Series, tell: Told) -> Any:
    """Geometries, from themselves, WKB or WKT; what is missing stays missing, what cannot be read is an error by its row."""
    values = column.to_numpy(dtype=object).copy()
    values[pd.isna(column).to_numpy()] = None
    kinds = {type(v) for v in values if v is not None}
    if not kinds or not (kinds <= {bytes, memoryview} or kinds <= {str}):
        return values
    read = shapely.from_wkt if kinds == {str} else shapely.from_wkb
    shapes = read(values, on_invalid="ignore")
    broken = shapely.is_missing(shapes) & (values != None)  # noqa: E711 - asked of each value
    tell.rows("GP-V001", broken, "geometry", values)
    return shapes


def require(nodes: pd.DataFrame, edges: pd.DataFrame, tell: Told) -> None:
    """Find the columns that must be there and are not."""
    for name in ("u", "v"):
        if name not in edges.columns:
            tell("GP-N102", f"edges, column {name}", given=" / ".join(NAMES[name]))
    if "node_id" not in nodes.columns:
        tell("GP-N102", "nodes, column node_id", given=" / ".join(NAMES["node_id"]))
    if "geometry" not in nodes.columns and not {"lon", "lat"} <= set(nodes.columns):
        tell("GP-N102", "nodes, column geometry", given="geometry, or lon and lat")
    if edges.empty:
        tell("GP-N110")


def codes(nodes: pd.DataFrame, edges: pd.DataFrame, tell: Told) -> list[Any]:
    """The ids of nodes, u and v as int64: whole numbers as they are, texts by their place in the alphabet."""
    columns = [(nodes["node_id"], "nodes"), (edges["u"], "edges"), (edges["v"], "edges")]
    whole = [_whole(column) for column, _ in columns]
    if all(w is not None for w in whole):
        return whole
    for column, what in columns:
        inexact = (column % 1 != 0) | (column.abs() > 2**53) if column.dtype.kind == "f" else False
        tell.rows("GP-N103", column.isna() | inexact, what, column.to_numpy())
    texts = [_as_text(column) for column, _ in columns]
    known = np.unique(np.concatenate(texts))
    return [np.searchsorted(known, t).astype(np.int64) for t in texts]


def _whole(column: pd.Series) -> Any:
    """The column as int64, or None if a value is missing or not a whole number that is held exactly."""
    if column.dtype.kind in "iu":
        return column.to_numpy(np.int64)
    if column.isna().any():
        return None
    if column.dtype.kind == "f":
        exact = (column % 1 == 0) & (column.abs() <= 2**53)
        return column.to_numpy(np.int64) if exact.all() else None
    text = column.astype(str)
    return text.astype(np.int64).to_numpy() if text.str.fullmatch(r"-?(0|[1-9]\d{0,17})").all() else None


def _as_text(column: pd.Series) -> Any:
    whole = _whole(column)
    return (column.astype(str) if whole is None else pd.Series(whole).astype(str)).to_numpy(dtype=str)


def each(edges: pd.DataFrame, column: str, read: Callable[[str], str]) -> pd.Series:
    """What each value of a column means as text; what is missing is empty. Each value is read once, however often it stands."""
    if column not in edges.columns:
        return pd.Series("", index=edges.index, dtype=object)
    codes, values = pd.factorize(edges[column].astype(object))
    meant = np.array([*(read(str(value)) for value in values), ""], dtype=object)
    return pd.Series(meant[codes], index=edges.index, dtype=object)


def street_class(value: str) -> str:
    """A highway class; a list in text, as merged edges have, becomes its classes in alphabetical order, joined by `;`.

    >>> street_class("['tertiary', 'residential']"), street_class("primary")
    ('residential;tertiary', 'primary')
    """
    if not value.startswith("["):
        return ";".join(sorted(set(value.split(";")))) if ";" in value else value
    try:
        return ";".join(sorted({str(v) for v in ast.literal_eval(value)}))
    except (ValueError, SyntaxError):
        return value


@cache
def class_names() -> dict[str, str]:
    """OpenStreetMap classes by the names of street classes that are read, their own among them (`street_classes.csv`).

    >>> class_names()["主干路"], class_names()["乡道"], class_names()["footway"]
    ('primary', 'tertiary', 'footway')
    """
    text = files("geoplan.sources").joinpath("street_classes.csv").read_text(encoding="utf-8")
    return {row["name"]: row["highway"] for row in csv.DictReader(text.splitlines())}


def known_classes(classes: pd.Series, tell: Told) -> pd.Series:
    """Street classes as OpenStreetMap names them; those that are not known are noted by name and become missing (empty)."""
    known = {"": "", **class_names()}
    meant = {v: [known.get(part.strip().casefold(), "?") for part in v.split(";")] for v in classes.unique()}
    lost = sorted(v for v, parts in meant.items() if "?" in parts)
    if lost:
        shown = ", ".join(lost[:8]) + (" …" if len(lost) > 8 else "")
        tell("GP-N133", "edges, column highway", shown, count=int(classes.isin(lost).sum()), severity="note")
    return classes.map({v: ";".join(sorted({p for p in parts if p != "?"})) for v, parts in meant.items()})
