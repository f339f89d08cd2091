"""Ground: what lies around the sites, as far as the study's layers tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import geopandas as gpd


@dataclass(frozen=True, eq=False)
class Ground:
    """What sites are judged against, all in the working CRS.

    `homes` is the table of demand points (class, unit_id, wanted_<band>); `controls` the layers of exclusion and boundary by role;
    `hazards` has a column `kind`, a hazard class of the service; `absent` are the classes of hazard and the roles of
    exclusion layers of which the study says that there are none in the area, so that no layer has to show it. `streets` are lines. A layer that is None
    or not there is not known, which is not the same as empty.
    """

    homes: gpd.GeoDataFrame | None = None
    controls: Mapping[str, gpd.GeoDataFrame] = field(default_factory=dict)
    hazards: gpd.GeoDataFrame | None = None
    absent: frozenset[str] = frozenset()
    streets: gpd.GeoDataFrame | None = None
