"""One reader for each role that a layer of a study can play."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType

import pandas as pd

from geoplan.area import StudyArea
from geoplan.errors import Findings, UsageError
from geoplan.sources import field_checks, layers, sites, unit_tables
from geoplan.sources._site_roles import BOUNDARIES, CONTROLS
from geoplan.sources.layers import LayerSpec

Reader = Callable[[LayerSpec, StudyArea, Iterable[str], Findings], pd.DataFrame]


def _without_bands(read: Callable[[LayerSpec, StudyArea, Findings], pd.DataFrame]) -> Reader:
    """A reader that takes the age bands of the service and needs them not."""

    def reader(spec: LayerSpec, area: StudyArea, bands: Iterable[str], findings: Findings) -> pd.DataFrame:  # noqa: ARG001
        return read(spec, area, findings)

    return reader


ROLES: Mapping[str, Reader] = MappingProxyType(
    {
        "facilities": layers.read_facilities,
        **{
            role: _without_bands(read)
            for role, read in {
                "residents": layers.read_residents,
                "public_places": layers.read_public_places,
                "census": unit_tables.read_census,
                "births": unit_tables.read_births,
                "moves": unit_tables.read_moves,
                "new_residential": sites.read_new_residential,
                "renewal": sites.read_renewal,
                "employers": sites.read_employers,
                "hosts": sites.read_hosts,
                "idle": sites.read_idle,
                "parcels": sites.read_parcels,
                "premises": sites.read_premises,
                "hazards": sites.read_hazards,
                **dict.fromkeys((*CONTROLS, *BOUNDARIES), sites.read_control),
                "field_checks": field_checks.read_field_checks,
                "rivers": layers.read_plain,
                "railways": layers.read_plain,
            }.items()
        },
    }
)


def read_role(
    role: str,
    spec: LayerSpec,
    area: StudyArea,
    bands: Iterable[str],
    findings: Findings,
    *,
    unit_aliases: Mapping[str, str] | None = None,
    within: Mapping[str, tuple[str, ...]] | None = None,
) -> pd.DataFrame:
    """The layer of a role as its checked table: a GeoDataFrame, or a DataFrame for census, births, moves and field_checks.

    `unit_aliases` and `within` hold for the whole study; what the layer's own `spec` says goes before them. Raises
    `UsageError` for a role that is not in `ROLES`, and one `InputError` with everything that is wrong with the layer.

    >>> sorted(set(ROLES))[:3]
    ['births', 'blue_line', 'census']
    """
    if role not in ROLES:
        raise UsageError(f"no layer has the role {role}; there are: {', '.join(ROLES)}")
    spelt = replace(
        spec,
        unit_aliases={**(unit_aliases or {}), **spec.unit_aliases},
        within={**(within or {}), **spec.within},
    )
    return ROLES[role](spelt, area, bands, findings)
