"""Make the demonstration place layers/xingtai: the census of 邢台 2020 on an invented map.

Facts: names, codes and census of the units, names of townships and villages, the seats' positions (layers/xingtai/facts).
Invented: every outline, position, street, facility, host, project, employer, public place and most births. One seed, no input
but the facts; two runs write the same files.

    python scripts/make_xingtai.py [FOLDER]
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

os.environ["OGR_CURRENT_DATE"] = "2026-01-01T00:00:00Z"  # before GDAL is loaded: no clock in the GeoPackages

from xingtai import projects, public, write
from xingtai.births import births_by_year, moves_by_year
from xingtai.care import place_care
from xingtai.facts import FOLDER, read_facts
from xingtai.grids import lay_grids
from xingtai.households import with_households
from xingtai.lines import draw_lines
from xingtai.outlines import draw_outlines
from xingtai.roads import join_places
from xingtai.serving import describe_facilities
from xingtai.settlements import settle
from xingtai.streets import lay_streets


def make(folder: Path) -> None:
    """Draw the place and write its files to the folder."""
    facts = read_facts()
    outlines = draw_outlines(facts)
    lines = draw_lines(outlines.boundary)
    grids, estates = lay_grids(facts, outlines, lines)
    settled = settle(facts, outlines, lines, grids, estates)
    streets, hubs = lay_streets(grids, settled.estates, settled.villages)
    bridges = join_places(facts, outlines, lines, grids, settled, streets, hubs)
    care = place_care(facts, outlines, grids, settled)
    births = births_by_year(facts)
    serving = describe_facilities(facts, outlines, settled, births, care["facilities"])
    places = public.public_places(facts, outlines, settled)
    settled.residents = with_households(settled.residents)
    folder.mkdir(parents=True, exist_ok=True)
    write.write_area(outlines, folder)
    write.write_base(lines, folder)
    write.write_residents(facts, settled, outlines, folder)
    write.write_streets(streets, bridges, folder)
    write.write_population(settled, outlines, folder)
    layers = {
        "hosts": care["hosts"],
        "idle": care["idle"],
        "new_residential": projects.new_residential(facts, outlines, grids, care["idle"]),
        "renewal": projects.renewal(settled.residents),
        "employers": public.employers(facts, outlines, settled),
        "public_places": places,
        "nursing_rooms": public.nursing_rooms(places),
    }
    tables = {
        "facilities": serving.today,
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
