"""Opening a GeoTIFF: what holds of every grid before anything is read from it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from geoplan.errors import Findings, InputError
from geoplan.sources._child import NotRead, ask
from geoplan.sources._files import GRIDS, local, reading
from geoplan.sources._messages import finding, refuse

FORM = "GeoTIFF"
Check = Callable[[Any, str], None]
_KEYS = count(1)  # by which the process that reads knows a grid


class Window(NamedTuple):
    """A part of a grid, in cells, as rasterio names it."""

    col_off: int
    row_off: int
    width: int
    height: int


class Bounds(NamedTuple):
    """The edges of a grid, in its CRS."""

    left: float
    bottom: float
    right: float
    top: float


class Transform(NamedTuple):
    """x = a·column + b·row + c, y = d·column + e·row + f."""

    a: float
    b: float
    c: float
    d: float
    e: float
    f: float


@dataclass(frozen=True)
class Crs:
    """A CRS as the grid says it."""

    wkt: str

    def to_wkt(self) -> str:
        """The CRS as text; what geopandas and pyproj ask for."""
        return self.wkt


class Grid:
    """A GeoTIFF that is open in the process that reads: what its header says, and its cells, under the names of rasterio."""

    def __init__(self, where: Path, file: str) -> None:
        self._at = (where, file, next(_KEYS))
        told = ask("open_grid", *self._at)
        self.width, self.height, self.count, self.nodata = (told[n] for n in ("width", "height", "count", "nodata"))
        self.units, self.scales, self.offsets, self.dtypes = (told[n] for n in ("units", "scales", "offsets", "dtypes"))
        self.shape, self.bounds = (self.height, self.width), Bounds(*told["bounds"])
        self.transform = Transform(*told["transform"][:6])
        self.crs: Any = None if told["crs"] is None else Crs(told["crs"])
        self._tags: dict[str, str] = told["tags"]

    def tags(self) -> dict[str, str]:
        """What the file says of itself in words."""
        return self._tags

    def get_transform(self) -> list[float]:
        """The transform in the order of GDAL."""
        a, b, c, d, e, f = self.transform
        return [c, a, b, f, d, e]

    def read(self, _band: int, window: Any, masked: bool = False) -> Any:
        """The values of a window of the one band."""
        found = self._cells(window, "both" if masked else "values")
        if not masked:
            return found["values"]
        mask = np.ma.nomask if found["mask"] is None else found["mask"]
        return np.ma.MaskedArray(found["values"], mask, fill_value=found["fill"][()])

    def read_masks(self, _band: int, window: Any) -> Any:
        """Of each cell of a window 0 if it holds nothing."""
        return self._cells(window, "mask")["mask"]

    def _cells(self, window: Any, kind: str) -> dict[str, Any]:
        here = [int(n) for n in (window.col_off, window.row_off, window.width, window.height)]
        found: dict[str, Any] = ask("grid_cells", *self._at, here, kind)
        return found

    def close(self) -> None:
        """Let go of the file."""
        ask("close_grid", *self._at)


@contextmanager
def opened(path: str | Path, check: Check) -> Iterator[Grid]:
    """A GeoTIFF, open; `check` (grid, file) raises on a header that does not suit.

    Raises `InputError`: not a GeoTIFF, over 200 million cells, no CRS.
    """
    where, file = local(path, GRIDS), str(path)
    with reading(file, FORM):
        grid = Grid(where, file)
        try:
            if grid.crs is None:
                refuse("GP-V005", file)
            check(grid, file)
            yield grid
        finally:
            with suppress(InputError, NotRead):  # a process that crashed has nothing open
                grid.close()


def check_plain(grid: Any, file: str, findings: Findings) -> None:
    """Add an error for a grid of several bands, and for values that are scaled."""
    if grid.count != 1:
        findings.add(finding("GP-R001", file, given=grid.count))
    if grid.scales[0] != 1 or grid.offsets[0] != 0:
        findings.add(finding("GP-R013", file))
