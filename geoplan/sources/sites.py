"""Where something could be done, and the ground around it: hosts, idle assets, parcels, premises, projects, employers; hazards, controls."""

from __future__ import annotations

from typing import Any

import geopandas as gpd
import numpy as np

from geoplan.area import StudyArea
from geoplan.errors import Findings, Text
from geoplan.sources._messages import finding
from geoplan.sources._roles import PLAIN
from geoplan.sources._site_roles import (
    EMPLOYERS_TABLE,
    HAZARDS_TABLE,
    HOSTS,
    IDLE,
    NEW_RESIDENTIAL,
    PARCELS,
    PREMISES,
    RENEWAL,
)
from geoplan.sources.layers import LayerSpec, file_of, read_layer

DIFFERS = 0.05  # share of the drawn area; surveys and outlines differ by less
# other units of area in m²: a column in one of them is told by the ratio of drawn to stated
UNITS = {10_000.0: Text("hectares", "公顷"), 2000 / 3: Text("mu", "亩")}


def read_hosts(spec: LayerSpec, area: StudyArea, findings: Findings) -> gpd.GeoDataFrame:
    """Hosts, where a facility could be taken in (kindergartens, community buildings): index `host_id`.

    Areas in m², children in persons; what is not stated is missing. projected_enrolment, ownership, fire_rating (1 to 4),
    own_entrance, sunlight_h (hours), survey_code and planning_code are there if the file has them.
    """
    return read_layer(spec, HOSTS, area, findings)


def read_idle(spec: LayerSpec, area: StudyArea, findings: Findings) -> gpd.GeoDataFrame:
    """Idle buildings and land: index `site_id`, areas in m²; what is not stated is missing.

    fire_rating, own_entrance, sunlight_h, spare_floor_m2, survey_code and planning_code are there if the file has them.
    """
    return read_layer(spec, IDLE, area, findings)


def read_new_residential(spec: LayerSpec, area: StudyArea, findings: Findings) -> gpd.GeoDataFrame:
    """New residential projects: index `project_id`; name, unit_id, township, population (planned residents, persons),
    dwellings, delivery_year, places_planned, the states of the four milestones (done, not_done), and housing_state (planned,
    built, accepted, delivered) if the file has it.

    Projects with neither population nor dwellings are noted: it is unknown who will live there, not no one.
    """
    frame = read_layer(spec, NEW_RESIDENTIAL, area, findings)
    silent = frame.index[frame["population"].isna() & frame["dwellings"].isna()]
    if len(silent):
        more: dict[str, Any] = {"severity": "note", "count": len(silent), "rows": len(silent)}
        findings.add(finding("GP-L041", file_of(spec), f"id {silent[0]}", **more))
    return frame


def read_renewal(spec: LayerSpec, area: StudyArea, findings: Findings) -> gpd.GeoDataFrame:
    """Renewal projects of old residential areas: index `project_id`; name, unit_id, year, residents (persons).

    What says whether the space that the project frees would do is there if the file has it: floor_area_m2, outdoor_m2, storey, ….
    """
    return read_layer(spec, RENEWAL, area, findings)


def read_employers(spec: LayerSpec, area: StudyArea, findings: Findings) -> gpd.GeoDataFrame:
    """Employers: index `employer_id`; name, kind (hospital, school, enterprise, public), unit_id, workers,
    young_workers and children_under_3 (of the workers, persons), open_to_public; the floor that could be used (spare_floor_m2,
    outdoor_m2, storey, fire_rating, own_entrance, …) is there if the file has it.
    """
    return read_layer(spec, EMPLOYERS_TABLE, area, findings)


def read_parcels(spec: LayerSpec, area: StudyArea, findings: Findings) -> gpd.GeoDataFrame:
    """Parcels of land as polygons: index `site_id`; name, unit_id, survey_code and planning_code (text), land_status (idle,
    low_efficiency, stock, new), land_m2, farmland_m2 (m²), tenure; what is not stated is missing.

    At least one of the codes must be declared through `columns` or `constants`, or stand under exactly that name: 0702 is a village
    homestead in the survey and community services in the plan. land_m2 is the drawn area where the file gives none; a stated one
    that differs by more than 5 % is kept and counted in a note, and a column in mu or hectares is an error. Raises one `InputError`
    with all problems.

    >>> import shapely
    >>> from geoplan.sources.read import read_area
    >>> square = gpd.GeoDataFrame(geometry=[shapely.box(500000, 4100000, 510000, 4110000)], crs="EPSG:4547")
    >>> land = gpd.GeoDataFrame({"地块编号": ["P1"], "GHYT": ["0702"], "土地状态": ["闲置"]},
    ...     geometry=[shapely.box(505000, 4105000, 505040, 4105050)], crs="EPSG:4547")
    >>> spec = LayerSpec(land, "parcels", "cgcs2000", columns={"planning_code": "GHYT"})
    >>> parcels = read_parcels(spec, read_area(square, "EPSG:4547"), Findings())
    >>> parcels["planning_code"].to_dict(), parcels["land_status"].to_dict(), parcels["land_m2"].to_dict()
    ({'P1': '0702'}, {'P1': 'idle'}, {'P1': 2000.0})
    """
    found = Findings()
    frame = read_layer(spec, PARCELS, area, found, polygons="GP-V013")
    land = _land(frame, file_of(spec), found)
    found.raise_errors()
    findings.add(*found)
    return land


def _land(frame: gpd.GeoDataFrame, file: str, findings: Findings) -> gpd.GeoDataFrame:
    """The parcels with the area of each: as stated, else as drawn."""
    drawn, stated = frame.area, frame["land_m2"]
    silent, off = stated.isna(), ((stated - drawn).abs() > DIFFERS * drawn)
    ratio = float(np.median((drawn / stated)[stated > 0])) if (stated > 0).any() else 1.0
    unit = next((u for size, u in UNITS.items() if abs(ratio / size - 1) <= DIFFERS), None)
    fields: dict[str, Any]
    if unit is not None:
        fields = {"name": unit.en, "name_zh": unit.zh, "ratio": f"{ratio:,.0f}"}
        findings.add(finding("GP-L054", file, "column land_m2", count=int((~silent).sum()), **fields))
    elif off.any():
        worst = (stated - drawn).abs().where(off).idxmax()
        fields = {"rows": int(off.sum()), "drawn": f"{drawn[worst]:,.0f}"}
        place, value = f"id {worst}", f"{stated[worst]:g}"
        findings.add(finding("GP-L052", file, place, value, severity="note", count=int(off.sum()), **fields))
    if silent.any():
        rows = int(silent.sum())
        findings.add(finding("GP-L053", file, f"id {frame.index[silent][0]}", severity="note", count=rows, rows=rows))
    return frame.assign(land_m2=stated.where(~silent, drawn))


def read_premises(spec: LayerSpec, area: StudyArea, findings: Findings) -> gpd.GeoDataFrame:
    """Premises on the market: index `site_id`; name, unit_id, floor_area_m2, storey (below 0: a basement), fire_rating (1 to 4),
    outdoor_m2, own_entrance, sunlight_h (hours on the shortest day), tenure (any of lease, sale, swap, joined by commas),
    rent_yuan_m2 (a year), price_yuan_m2, lease_years, survey_code, planning_code; what is not stated is missing.
    """
    return read_layer(spec, PREMISES, area, findings)


def read_hazards(spec: LayerSpec, area: StudyArea, findings: Findings) -> gpd.GeoDataFrame:
    """What children must be kept away from: `kind`, a class of hazard; points, lines and polygons, also outside the area.

    Words of bureaux are known (加油站, 110kV高压线); a class that is not is an error with the nearest one, for a hazard that is
    passed over would count as none.
    """
    return read_layer(spec, HAZARDS_TABLE, area, findings, through=True)


def read_control(spec: LayerSpec, area: StudyArea, findings: Findings) -> gpd.GeoDataFrame:
    """A layer of exclusion (permanent farmland, red and blue lines, …) or boundary: whole polygons, also outside the area.

    Broken rings are repaired, each a counted repair; points and lines are refused, for nothing lies inside them.
    """
    more: dict[str, Any] = {"through": True, "polygons": "GP-V014"}
    return read_layer(spec, PLAIN, area, findings, **more)
