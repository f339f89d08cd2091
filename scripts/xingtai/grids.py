"""Street grids of seats and towns: two families of nearly parallel lines, and the blocks between them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import shapely

from .common import generator, shares, smooth_noise
from .facts import Facts
from .lines import Lines
from .outlines import CORE_UNITS, Outlines

ESTATES = 1_800
SEAT_SHARE = 0.70  # of a county's urban estates stand in its seat, the others in its towns
CORE_SHARE = 0.93
GROUND_PER_ESTATE_M2 = 135_000.0  # of a seat's whole ground: homes take about a third
Numbers = dict[str, dict[str, int]]  # estates by unit, then by "seat" or town
BLOCK_M = (90.0, 190.0)
RANKS = ("residential", "tertiary", "secondary", "primary")


@dataclass
class Grid:
    """Nodes `xy` (n, m, 2) of a grid, which of them are `inside`, and the rank of each line (index into RANKS)."""

    place: str  # unit, township, or "core"
    units: tuple[str, ...]
    centre: tuple[float, float]
    radius: float
    xy: np.ndarray
    inside: np.ndarray
    rank_a: np.ndarray  # rank of the line through nodes [i, :]
    rank_b: np.ndarray  # rank of the line through nodes [:, j]
    taken: np.ndarray = field(init=False)  # blocks used by an estate, a school, a lot

    def __post_init__(self) -> None:
        self.taken = ~self.blocks_inside()

    def blocks_inside(self) -> np.ndarray:
        """Blocks (n-1, m-1) all four of whose corners are inside."""
        i = self.inside
        return i[:-1, :-1] & i[1:, :-1] & i[:-1, 1:] & i[1:, 1:]

    def ring(self, i: int, j: int, high: int = 1, wide: int = 1) -> np.ndarray:
        """The nodes round a patch of blocks."""
        p = self.xy[i : i + high + 1, j : j + wide + 1]
        return np.vstack([p[0, :-1], p[:-1, -1], p[-1, :0:-1], p[:0:-1, 0]])

    def middles(self) -> np.ndarray:
        """Middles of all blocks (n-1, m-1, 2)."""
        p = self.xy
        return (p[:-1, :-1] + p[1:, :-1] + p[:-1, 1:] + p[1:, 1:]) / 4

    @property
    def hull(self) -> shapely.Geometry:
        """The ground of the grid."""
        return shapely.convex_hull(shapely.multipoints(self.xy[self.inside]))

    @property
    def is_town(self) -> bool:
        """Whether it is a township's small grid."""
        return len(self.place) == 9


def estates_by_place(facts: Facts, towns: dict[str, list[str]]) -> Numbers:
    """How many estates each unit has in its seat ("seat") and in each of its towns, 1,800 in all."""
    rng = generator("estates by place")
    units = facts.units
    number = dict(zip(units.index, shares(ESTATES, units["urban"]), strict=True))
    result = {}
    for unit, count in number.items():
        share = (CORE_SHARE if unit in CORE_UNITS else SEAT_SHARE) if towns[unit] else 1.0
        in_towns = shares(round(count * (1 - share)), rng.lognormal(0, 0.45, len(towns[unit]))) if towns[unit] else []
        result[unit] = dict(zip(towns[unit], map(int, in_towns), strict=True))
        result[unit]["seat"] = int(count) - sum(result[unit].values())
    return result


def lay_grids(facts: Facts, outlines: Outlines, lines: Lines) -> tuple[list[Grid], Numbers]:
    """The core, a grid for each other seat, and a small grid for each town outside them; and the estates of each."""
    rng = generator("grids")
    seats = {u: outlines.seats[u] for u in facts.units.index if u not in CORE_UNITS}
    everyone = estates_by_place(facts, {u: list(g.index) for u, g in facts.townships.groupby("unit_id")})
    ground = [shapely.buffer(shapely.points(xy), _radius(everyone[u]["seat"]) + 900) for u, xy in seats.items()]
    ground.append(shapely.buffer(shapely.points(outlines.core), _radius(_core_estates(everyone)) + 1_200))
    sites = _town_sites(rng, outlines, shapely.union_all(ground), lines)
    towns = {
        u: [t for t in sites if t[:6] == u and facts.townships["name"][t].endswith("镇")] for u in facts.units.index
    }
    number = estates_by_place(facts, towns)
    grids = [lay_grid(rng, "core", CORE_UNITS, outlines.core, _radius(_core_estates(number)), 0.05)]
    grids += [lay_grid(rng, u, (u,), xy, _radius(number[u]["seat"]), rng.normal(0, 0.12)) for u, xy in seats.items()]
    for township, xy in sites.items():
        estates = number[township[:6]].get(township, 0)
        grids.append(lay_grid(rng, township, (township[:6],), xy, _radius(estates + 2), rng.normal(0, 0.3)))
    return grids, number


def _core_estates(number: Numbers) -> int:
    return sum(number[u]["seat"] for u in CORE_UNITS)


def _radius(estates: int) -> float:
    return float(np.sqrt(max(estates, 1) * GROUND_PER_ESTATE_M2 / np.pi))


def _town_sites(
    rng: np.random.Generator, outlines: Outlines, seats: shapely.Geometry, lines: Lines
) -> dict[str, tuple[float, float]]:
    """The middle of each township whose middle is not in a seat, moved off rivers, railway and motorways."""
    closed = shapely.union(lines.kept_clear(900), shapely.buffer(seats, 600))
    shapely.prepare(closed)
    sites = {}
    for township, row in outlines.townships.iterrows():
        if str(row["name"]).endswith("街道") or str(row["name"]).endswith("区"):
            continue
        room = shapely.buffer(row.geometry, -900)
        tries = np.array(outlines.centres[township]) + rng.normal(0, 1, (400, 2)) * np.linspace(0, 4_000, 400)[:, None]
        good = shapely.contains_xy(room, tries) & ~shapely.contains_xy(closed, tries)
        if good.any() and not shapely.contains_xy(seats, *outlines.centres[township]):
            sites[township] = tuple(tries[np.argmax(good)])
    return sites


def lay_grid(
    rng: np.random.Generator,
    place: str,
    units: tuple[str, ...],
    centre: tuple[float, float],
    radius: float,
    turn: float,
) -> Grid:
    """A grid turned by `turn` radians, its spacing 90–190 m, its edge uneven."""
    a, b = _spaced(rng, radius * 1.2), _spaced(rng, radius * 1.2)
    x, y = np.meshgrid(a, b, indexing="ij")
    bend = [smooth_noise(rng, 2_500), smooth_noise(rng, 2_500)]
    x, y = x + 32 * bend[0](x, y), y + 32 * bend[1](x, y)
    xy = np.stack(
        [x * np.cos(turn) - y * np.sin(turn) + centre[0], x * np.sin(turn) + y * np.cos(turn) + centre[1]], axis=-1
    )
    xy += rng.normal(0, 4, xy.shape)
    edge = smooth_noise(rng, 1.6 * radius)
    inside = np.hypot(x, y) < radius * (1 + 0.13 * edge(x, y))
    return Grid(place, units, tuple(centre), radius, xy, inside, _ranks(a, radius), _ranks(b, radius))


def _spaced(rng: np.random.Generator, radius: float) -> np.ndarray:
    steps = rng.uniform(*BLOCK_M, int(2 * radius / BLOCK_M[0]) + 2)
    lines = np.cumsum(steps) - radius
    return lines[lines < radius] - rng.uniform(0, 60)


def _ranks(offsets: np.ndarray, radius: float) -> np.ndarray:
    """Every sixth line is secondary and every third tertiary, counted from the middle; the middle of a seat is primary."""
    middle = int(np.argmin(np.abs(offsets)))
    step = np.abs(np.arange(len(offsets)) - middle)
    if radius < 900:
        return np.where(step == 0, 1, 0)
    return np.where(step % 12 == 0, 3, np.where(step % 6 == 0, 2, np.where(step % 3 == 0, 1, 0)))
