"""Make the demonstration place layers/xingtai: the census of 邢台 2020 on an invented map.

Facts: names, codes and census of the units, names of townships and villages, the seats' positions (layers/xingtai/facts).
Invented: every outline, position, street, facility, host, project, employer, public place, parcel, control, hazard, height and
most births. One seed, no input but the facts; two runs write the same files.

    python scripts/make_xingtai.py [FOLDER]
"""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ["OGR_CURRENT_DATE"] = "2026-01-01T00:00:00Z"  # before GDAL is loaded: no clock in the GeoPackages

import geopandas as gpd
import numpy as np
from xingtai import controls, hazards, parcels, premises, projects, public, rooms, write
from xingtai.births import births_by_year, moves_by_year
from xingtai.blocks import FreeBlocks
from xingtai.bureau import write_bureau
from xingtai.care import place_care
from xingtai.elevation import write_elevation
from xingtai.facts import FOLDER, Facts, read_facts
from xingtai.grids import Grid, lay_grids
from xingtai.households import with_households
from xingtai.lines import Lines, draw_lines
from xingtai.outlines import Outlines, draw_outlines
from xingtai.roads import join_places
from xingtai.serving import describe_facilities
from xingtai.settlements import Settlements, settle
from xingtai.streets import Streets, lay_streets

Layers = dict[str, gpd.GeoDataFrame]


@dataclass(frozen=True)
class Base:
    """The map and its people: what all other layers are made from."""

    facts: Facts
    outlines: Outlines
    lines: Lines
    grids: list[Grid]
    settled: Settlements
    streets: Streets
    bridges: set[int]


def draw_base() -> Base:
    """Outlines, lines, towns, villages, people and streets."""
    facts = read_facts()
    outlines = draw_outlines(facts)
    lines = draw_lines(outlines.boundary)
    grids, estates = lay_grids(facts, outlines, lines)
    settled = settle(facts, outlines, lines, grids, estates)
    streets, hubs = lay_streets(grids, settled.estates, settled.villages)
    bridges = join_places(facts, outlines, lines, grids, settled, streets, hubs)
    return Base(facts, outlines, lines, grids, settled, streets, bridges)


def draw_places(base: Base, care: dict[str, Any]) -> tuple[Layers, Layers]:
    """What stands or is planned, and the controls, by name; free blocks go to parks and works, hazards, parcels, in this order."""
    facts, outlines, settled, streets = base.facts, base.outlines, base.settled, base.streets
    places = public.public_places(facts, outlines, settled)
    projected = projects.new_residential(facts, outlines, base.grids, care["idle"])
    occupied = [care["idle"].geometry.to_numpy(), projected.geometry.to_numpy()]
    free = FreeBlocks(outlines, base.grids, occupied)
    controlled = controls.draw_controls(facts, outlines, base.lines, base.grids, settled, care["hosts"], free)
    danger = hazards.hazards(facts, outlines, settled, streets, places, free)
    occupied.append(np.asarray(streets.lines(np.array(streets.kept())), object))
    return {
        "hosts": rooms.of_hosts(care["hosts"]),
        "idle": rooms.of_idle(care["idle"]),
        "new_residential": projected,
        "renewal": rooms.of_renewal(projects.renewal(settled.residents)),
        "employers": rooms.of_employers(public.employers(facts, outlines, settled)),
        "public_places": places,
        "nursing_rooms": public.nursing_rooms(places),
        "parcels": parcels.parcels(facts, outlines, base.lines, settled, controlled, danger, occupied, free),
        "premises": premises.premises(facts, outlines, settled, danger),
        "hazards": danger,
    }, controlled


def make(folder: Path) -> None:
    """Draw the place and write its files to the folder."""
    base = draw_base()
    facts, outlines, settled = base.facts, base.outlines, base.settled
    care = place_care(facts, outlines, base.grids, settled)
    births = births_by_year(facts)
    serving = describe_facilities(facts, outlines, settled, births, care["facilities"])
    layers, controlled = draw_places(base, care)
    settled.residents = with_households(settled.residents)
    folder.mkdir(parents=True, exist_ok=True)
    write.write_area(outlines, folder)
    write.write_base(base.lines, folder)
    write.write_residents(facts, settled, outlines, folder)
    write.write_streets(base.streets, base.bridges, folder)
    write.write_population(settled, outlines, folder)
    write.write_controls(controlled, folder)
    write_elevation(outlines, folder)
    write_bureau(layers["parcels"], folder / "bureau")
    tables = {
        "facilities": rooms.of_facilities(serving.today),
        "facilities_2024": serving.then,
        "enrolment_2025": serving.enrolment,
        "births": births,
        "moves": moves_by_year(facts),
    }
    for name, layer in layers.items():
        write.write_places(layer, folder, name)
    for name, table in tables.items():
        write.write_table(table, folder / f"{name}.csv")


if __name__ == "__main__":
    start = time.perf_counter()
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else FOLDER
    make(target)
    print(f"{target}: written in {time.perf_counter() - start:.0f} s", file=sys.stderr)
