"""The forms in which streets are given, and what is read from each: layers of lines, tables of nodes and edges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd

from geoplan.errors import Findings, InputError
from geoplan.sources import budgets
from geoplan.sources._child import ask
from geoplan.sources._columns import check_unpacked
from geoplan.sources._files import LAYERS_OF_STREETS, STREETS, TABLES, VECTORS, local, reading
from geoplan.sources._given import Given
from geoplan.sources._messages import finding
from geoplan.sources._street_columns import Told
from geoplan.sources.datum import parse_crs
from geoplan.sources.vectors import as_given, layers_of, read_vector

HINT = {"hint": "leave it out", "hint_zh": "请删去该项"}


@dataclass(frozen=True)
class Reading:
    """How streets are to be read: the file or form as messages name it, and what `read_streets` was given."""

    file: str
    crs: Any
    datum: str
    findings: Findings
    columns: Mapping[str, str]
    constants: Mapping[str, Any]
    layer: str | None
    encoding: str | None
    file_crs: Any
    keep: Mapping[str, Any]
    join_m: float

    @property
    def tell(self) -> Told:
        """Adds findings on the file by code."""
        return Told(self.file, self.findings)


def name_of(source: Any) -> str:
    """How messages name a source: its path or paths, or "streets" for what is in memory."""
    if isinstance(source, str | Path):
        return str(source)
    if isinstance(source, Mapping):
        source = tuple(source.values())
    if isinstance(source, tuple | list) and all(isinstance(part, str | Path) for part in source):
        return ", ".join(map(str, source))
    return "streets"


def ending_of(source: Any) -> str:
    """The ending of a path in small letters; empty for what is no path."""
    return Path(source).suffix.lower() if isinstance(source, str | Path) else ""


def refuse_options(how: Reading) -> None:
    """What is only for tables and lines; given for another form it would be passed over in silence."""
    for name in ("columns", "constants", "layer", "encoding", "file_crs"):
        if getattr(how, name):
            how.tell("GP-N124", name.removeprefix("file_"), **HINT)
    how.findings.raise_errors()


def line_layer(source: Any, how: Reading) -> Given | None:
    """The one layer of lines that a source is; None if it is something else."""
    if isinstance(source, gpd.GeoDataFrame):
        if source.active_geometry_name is None:
            raise _not_streets(how.file, "GeoDataFrame without geometry")
        return as_given(source, how.file)
    if ending_of(source) not in LAYERS_OF_STREETS or Path(source).is_dir():
        return None
    if ending_of(source) == ".gpkg" and how.layer is None and {"nodes", "edges"} <= set(layers_of(source)):
        return None
    return read_vector(source, how.findings, how.layer, how.encoding, how.file_crs)


def tables_of(source: Any, how: Reading) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Tables of nodes and edges as they are given."""
    if isinstance(source, Mapping):
        source = (source.get("nodes"), source.get("edges"))
    if isinstance(source, tuple | list) and len(source) == 2:
        nodes, edges = (
            p.copy() if isinstance(p, pd.DataFrame) else _table(p, part, how)
            for p, part in zip(source, ("nodes", "edges"), strict=True)
        )
        return nodes, edges
    if not isinstance(source, str | Path):
        raise _not_streets(how.file, type(source).__name__)
    if Path(source).is_dir():
        nodes, edges = (_table(_only(Path(source), part, how.file), part, how) for part in ("nodes", "edges"))
        return nodes, edges
    if local(source, STREETS).suffix.lower() == ".gpkg":
        return _geopackage(source, how.file)
    raise _not_streets(how.file, Path(source).suffix)


def _not_streets(file: str, given: str) -> InputError:
    return InputError(finding("GP-N101", file, given=given))


def _only(folder: Path, part: str, file: str) -> Path:
    """The one Parquet file of a folder whose name ends in nodes or edges."""
    files = sorted(folder.glob(f"*{part}.parquet"))
    if len(files) != 1:
        raise _not_streets(file, f"{len(files)} × *{part}.parquet")
    return files[0]


def _table(path: Any, part: str, how: Reading) -> pd.DataFrame:
    """One table of nodes or edges: Parquet with or without geometry, or whatever else is read as a layer or table."""
    if not isinstance(path, str | Path):
        raise _not_streets(part, type(path).__name__)
    file, where = str(path), local(path, (*VECTORS, *TABLES))
    if where.suffix.lower() != ".parquet":
        given = read_vector(path, how.findings, how.layer, how.encoding, how.file_crs)
        return _with_crs(given.frame, how)
    table: pd.DataFrame
    with reading(file, "Parquet"):
        check_unpacked(where, file, rows=budgets.FEATURES)
        try:
            table = gpd.read_parquet(where)
        except ValueError:  # a plain Parquet table without a word on its geometry
            table = pd.read_parquet(where)
    return _with_crs(table, how)


def _with_crs(table: pd.DataFrame, how: Reading) -> pd.DataFrame:
    """The table in the CRS that is stated, where it says none."""
    if how.file_crs and isinstance(table, gpd.GeoDataFrame) and table.active_geometry_name and table.crs is None:
        own = parse_crs(how.file_crs, how.file, how.findings)
        how.findings.raise_errors()
        table = table.set_crs(own)
    return table


def _geopackage(path: str | Path, file: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    where = local(path, (".gpkg",))
    with reading(file, "GeoPackage"):
        layers = [name for name, _ in ask("layers", where, file)]
        if {"nodes", "edges"} <= set(layers):
            nodes, edges = ask("nodes_and_edges", where, file)
            return nodes, edges
    raise _not_streets(file, ", ".join(layers))
