"""Opening a GeoTIFF: what holds of every grid before anything is read from it."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from geoplan.errors import Findings
from geoplan.sources._files import GRIDS, local, reading
from geoplan.sources._messages import finding, refuse

MAX_CELLS = 200_000_000
FORM = "GeoTIFF"
Check = Callable[[Any, str], None]


@contextmanager
def opened(path: str | Path, check: Check) -> Iterator[Any]:
    """A GeoTIFF, open; `check` (grid, file) raises on a header that does not suit.

    Raises `InputError`: not a GeoTIFF, over 200 million cells, no CRS.
    """
    import rasterio

    where, file = local(path, GRIDS), str(path)
    with reading(file, FORM), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of missing georeferences, which are refused below
        with rasterio.open(where, driver="GTiff") as grid:
            cells = grid.width * grid.height
            if cells > MAX_CELLS:
                refuse("GP-F008", file, given=f"{cells} cells", limit=MAX_CELLS)
            if grid.crs is None:
                refuse("GP-V005", file)
            check(grid, file)
            yield grid


def check_plain(grid: Any, file: str, findings: Findings) -> None:
    """Add an error for a grid of several bands, and for values that are scaled."""
    if grid.count != 1:
        findings.add(finding("GP-R001", file, given=grid.count))
    if grid.scales[0] != 1 or grid.offsets[0] != 0:
        findings.add(finding("GP-R013", file))
