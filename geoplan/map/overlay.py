"""Overlay: what is drawn on the map, on which features, in which classes, and what it tells of a feature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from geoplan.errors import Text

Group = Literal["base", "limits", "indicator", "options", "points"]
Geometry = Literal["polygon", "line", "point"]
Kind = Literal[
    "text", "note", "count", "amount", "number", "share", "yuan", "yuan_range", "year", "flag", "verdicts", "options"
]
Shape = Literal["circle", "square", "triangle", "diamond", "wedge", "pentagon", "plus", "star", "ring"]

NOT_DRAWN = 255
NO_TEXT = Text("", "")


@dataclass(frozen=True)
class Class:
    """One entry of a legend: its label (empty: not in the legend) and how it is drawn.

    `fill` and `line` are CSS colours ("" for none), `width` and `dash` are in pixels; `zoom` is the web map zoom level from
    which it is drawn. Points have a `shape`; a `hatch` of the colour of the line lies over an area. Classes in a row with the same
    `heading` stand under it in the legend.
    """

    label: Text
    fill: str = ""
    line: str = ""
    width: float = 1.0
    dash: tuple[float, ...] = ()
    zoom: int = 0
    shape: Shape = "circle"
    hatch: bool = False
    heading: Text = NO_TEXT


@dataclass(frozen=True)
class Rule:
    """A standard as it is asked of options: `sense` and `asked` in `unit`, its reference, and whether it must hold.

    A `kind` of share is shown in percent, a flag (1 or 0) as yes or no.
    """

    id: str
    title: Text
    sense: Text
    asked: float
    unit: Text
    kind: Literal["number", "share", "flag"]
    reference: Text
    must: bool


@dataclass(frozen=True, eq=False)
class Column:
    """One row of a feature's dossier: its label, and a value for each feature, shown as its kind with its unit.

    None is shown as a dash: missing is missing. `colour` gives the row a bar in proportion to its section. A `yuan_range` is the
    lower, middle and upper value; `verdicts` are (number of a rule in `rules`, outcome, value measured or None) for each clause; `options` are ids of options.
    `name` is what the number is called in `results.json`, where it stands there; `by_phase` holds the values of each phase of the
    plan (by year) where they differ, `values` then those of the last.
    """

    label: Text
    values: Sequence[Any]
    kind: Kind = "text"
    unit: Text = NO_TEXT
    colour: str = ""
    rules: tuple[Rule, ...] = ()
    name: str = ""
    by_phase: Mapping[int, Sequence[Any]] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Facet:
    """A property by which features are filtered: `of` holds for each feature the number of its value among `values`."""

    name: str
    title: Text
    values: tuple[Text, ...]
    of: npt.NDArray[np.uint8]


@dataclass(frozen=True, eq=False)
class Features:
    """Things with a place: `geometry` in a stated CRS, indexed by text id; `names` as they are searched and labelled.

    Overlays whose features have the same `name` share one geometry in the page. `labels_from` is the zoom level from which
    the names are written on the map (None: never). `told_by` names other features whose row of the same id tells the rest.
    """

    name: str
    title: Text
    kind: Geometry
    geometry: gpd.GeoSeries
    names: Sequence[str]
    columns: tuple[Column, ...] = ()
    labels_from: int | None = None
    searched: bool = False
    told_by: str = ""

    def __post_init__(self) -> None:
        count = len(self.geometry)
        if len(self.names) != count or any(len(c.values) != count for c in self.columns):
            lengths = [len(c.values) for c in self.columns]
            raise ValueError(f"features {self.name}: {count} geometries, {len(self.names)} names, columns of {lengths}")
        if self.geometry.crs is None:
            raise ValueError(f"features {self.name}: the geometry has no CRS")


@dataclass(frozen=True, eq=False)
class Overlay:
    """What one file of `overlays/` draws.

    `of` holds the class of each feature (`NOT_DRAWN` for none); `columns` are what the overlay adds to a feature's dossier.
    Points may have a `size` (radius in pixels, middle zoom) and a `mark`: 0 filled, 1 hollow, 2 crossed, told by `marks`.
    With `fanned`, points at one place stand round it as the map comes near. `facets` of the same name filter together in all overlays.
    `links` are lines that a clicked feature shows: columns demand_id, layer (name of features), place_id, amount.
    `by_phase` holds the classes in each phase of the plan (by year) where they differ, `of` then those of the last.
    """

    name: str
    title: Text
    group: Group
    order: int
    features: Features
    classes: tuple[Class, ...]
    of: npt.NDArray[np.uint8]
    unit: Text = NO_TEXT
    columns: tuple[Column, ...] = ()
    shown: bool = False
    size: npt.NDArray[np.float64] | None = None
    mark: npt.NDArray[np.uint8] | None = None
    marks: tuple[Text, ...] = field(default=())
    links: pd.DataFrame | None = None
    facets: tuple[Facet, ...] = ()
    fanned: bool = False
    by_phase: Mapping[int, npt.NDArray[np.uint8]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        count = len(self.features.geometry)
        per_feature = [
            self.of,
            *(v for v in (self.size, self.mark) if v is not None),
            *(c.values for c in self.columns),
            *(f.of for f in self.facets),
            *self.by_phase.values(),
        ]
        if any(len(values) != count for values in per_feature):
            raise ValueError(f"overlay {self.name}: {count} features, values for {[len(v) for v in per_feature]}")
        every = np.concatenate([self.of, *self.by_phase.values()])
        drawn = every[every != NOT_DRAWN]
        if len(drawn) and drawn.max() >= len(self.classes):
            raise ValueError(f"overlay {self.name}: class {drawn.max()} of {len(self.classes)}")
