"""The two maps of the report, with what a planner expects of a map: legend, scale bar, north arrow, coordinates, sources."""

from __future__ import annotations

import math
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from geoplan.report.fonts import drawable
from geoplan.report.graticule import graticule
from geoplan.report.palette import BASE_STYLES, CAUSE_STYLES, KIND_STYLES
from geoplan.report.tables import UNSERVED, cause_title
from geoplan.report.words import Words, option_kind
from geoplan.result import CAUSES, Result

NEAR_M = 600.0  # metres round a site that its map shows at least
COUNTY_SHAPE = 2.0  # width to height of the map on a county's sheet


def gap_map(result: Result, canvas: Any) -> None:
    """Each residential area by the main cause of its demand, sized by the people without a place; facilities, gap areas."""
    words, ax = Words.of(result), canvas.subplots()
    ground(result, ax)
    sums = result.gaps.groupby("demand_id")[list(CAUSES)].sum().reindex(result.demand.index).fillna(0.0)
    main, people = sums.idxmax(axis=1), sums[UNSERVED].sum(axis=1)
    largest = shrunk(60.0, len(people))
    biggest = max(float(people.max()), 1e-9) if len(people) else 1.0
    points = result.demand.representative_point()
    for order, cause in enumerate(CAUSES):
        style, here = CAUSE_STYLES[cause], (main == cause).to_numpy()
        size = np.clip(largest * people[here] / biggest, 0.8, None) if cause != "served" else largest / 12
        ax.scatter(points.x[here], points.y[here], s=size, c=style.colour, marker=style.marker, linewidths=0.2,
                   edgecolors="black" if cause == "not_joined" else style.colour, rasterized=True, zorder=3 + order * 0.1)  # fmt: skip
        label = cause_title(words, cause)
        ax.scatter([], [], s=22, c=style.colour, marker=style.marker, edgecolors="black", linewidths=0.3, label=label)
    for shape in result.gap_areas.geometry:
        outline(ax, shape, color="black", linewidth=0.9, linestyle="--", zorder=4)
    ax.plot([], [], "--", color="black", linewidth=0.9, label=words("figure.gap_area"))
    facilities(result, ax)
    frame(result, ax, "figure.gaps", words("figure.main_cause"))


def county_map(result: Result, canvas: Any, unit: str) -> None:
    """One county: its residential areas by the main cause of their demand, its facilities, its border."""
    ax, shape = canvas.subplots(), result.area.units.geometry[unit]
    for name, layer in result.base.items():
        colour, width = BASE_STYLES.get(name, ("#c0c0c0", 0.4))
        lines(ax, layer.geometry[layer.intersects(shape)], colour, width)
    outline(ax, shape, color="black", linewidth=1.0, zorder=2)
    here = result.demand[result.demand["unit_id"] == unit]
    sums = result.gaps.groupby("demand_id")[list(CAUSES)].sum().reindex(here.index).fillna(0.0)
    main, people, points = sums.idxmax(axis=1), sums[UNSERVED].sum(axis=1), here.representative_point()
    for cause in CAUSES:
        style, own = CAUSE_STYLES[cause], (main == cause).to_numpy()
        size = np.clip(40.0 * people[own] / max(float(people.max()), 1e-9), 1.0, None) if cause != "served" else 3.0
        ax.scatter(points.x[own], points.y[own], s=size, c=style.colour, marker=style.marker, linewidths=0.2,
                   edgecolors="black" if cause == "not_joined" else style.colour, rasterized=True, zorder=3)  # fmt: skip
        ax.scatter([], [], s=18, c=style.colour, marker=style.marker, linewidths=0.3, label=cause_title(Words.of(result), cause),
                   edgecolors="black" if cause == "not_joined" else style.colour)  # fmt: skip
    care = result.facilities[result.facilities["unit_id"] == unit]
    at, counted = care.representative_point(), care["counted"].astype(bool).to_numpy()
    ax.scatter(at.x, at.y, s=9, c=np.where(counted, "#08306b", "white"), edgecolors="#08306b", linewidths=0.6, zorder=5)
    west, south, east, north = shape.bounds
    height = 1.06 * max(north - south, (east - west) / COUNTY_SHAPE)  # every sheet has a map of one shape
    ax.set_xlim((west + east - COUNTY_SHAPE * height) / 2, (west + east + COUNTY_SHAPE * height) / 2)
    ax.set_ylim((south + north - height) / 2, (south + north + height) / 2)
    bare(ax)


def site_map(result: Result, canvas: Any, option: str) -> None:
    """One site of the plan: the areas that it serves with a line to each, the other sites and facilities near, the streets."""
    ax, at = canvas.subplots(), result.chosen.representative_point()[option]
    own = result.assignment[(result.assignment["place_id"] == option) & (result.assignment["amount"] > 0)]
    served = result.demand.representative_point().reindex(own["demand_id"].unique())
    reach = max(NEAR_M, *served.distance(at).tolist())
    around = shapely.box(at.x - COUNTY_SHAPE * reach, at.y - reach, at.x + COUNTY_SHAPE * reach, at.y + reach)
    for name, layer in result.base.items():
        lines(ax, layer.geometry[layer.intersects(around)], *BASE_STYLES.get(name, ("#c0c0c0", 0.4)))
    near = result.demand.representative_point()
    near = near[near.within(around)]
    ax.scatter(near.x, near.y, s=5, c="#c8c8c8", marker="s", linewidths=0, zorder=3)
    for point in served:
        ax.plot([at.x, point.x], [at.y, point.y], color="#444444", linewidth=0.5, zorder=4)
    facilities(result, ax, around)
    words = Words.of(result)
    ax.scatter(served.x, served.y, s=10, c="#444444", marker="s", label=words("figure.site_served"), zorder=4)
    ax.scatter([at.x], [at.y], s=60, c="black", marker="*", label=words("figure.site_here"), zorder=6)
    west, south, east, north = around.bounds
    ax.set_xlim(west, east)
    ax.set_ylim(south, north)
    bare(ax)


def bare(ax: Any) -> None:
    """A small map without ticks: its legend on the right, a scale bar in the corner."""
    from matplotlib_scalebar.scalebar import ScaleBar

    ax.set_aspect("equal")
    ax.add_artist(ScaleBar(1, location="lower right", box_alpha=0.8, font_properties={"size": 7}))
    ax.tick_params(left=False, bottom=False, labelleft=False, labelbottom=False)
    ax.spines[:].set_color("#bbbbbb")
    ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, fontsize=7.5)


def plan_map(result: Result, canvas: Any) -> None:
    """The facilities, and the sites that the plan chooses by kind, sized by places."""
    words, ax = Words.of(result), canvas.subplots()
    ground(result, ax)
    facilities(result, ax)
    points = result.chosen.representative_point()
    places = result.chosen["places"].to_numpy(float)
    for (colour, marker), kind in zip(KIND_STYLES * 3, list(result.service.options), strict=False):
        here = (result.chosen["kind"] == kind).to_numpy()
        if here.any():
            label = words("figure.chosen", kind=option_kind(result, kind))
            size = shrunk(16.0, 4 * len(places)) + shrunk(40.0, 4 * len(places)) * places[here] / places.max()
            ax.scatter(points.x[here], points.y[here], s=size, c=colour, marker=marker, edgecolors="black",
                       linewidths=0.4, label=drawable(label), zorder=6)  # fmt: skip
    frame(result, ax, "figure.plan", None)


def shrunk(size: float, symbols: int) -> float:
    """The size of a symbol where there are many: in full up to 200, then so that together they cover the same share.

    >>> shrunk(60.0, 50), shrunk(60.0, 800)
    (60.0, 30.0)
    """
    return size * min(1.0, math.sqrt(200 / max(symbols, 1)))


def ground(result: Result, ax: Any) -> None:
    """What lies under a map: streets, railways, water, borders and names of the units."""
    from matplotlib.patheffects import withStroke

    for name, layer in result.base.items():
        colour, width = BASE_STYLES.get(name, ("#c0c0c0", 0.4))
        lines(ax, layer.geometry, colour, width)
    for name, shape in zip(result.area.units["name"], result.area.units.geometry, strict=True):
        outline(ax, shape, color="#555555", linewidth=0.6, zorder=2)
        at = shape.representative_point()
        halo = [withStroke(linewidth=1.6, foreground="white")]
        ax.text(at.x, at.y, drawable(str(name)), fontsize=7, ha="center", va="center", zorder=7, path_effects=halo)
    outline(ax, result.area.boundary, color="black", linewidth=1.1, zorder=2)


def lines(ax: Any, shapes: gpd.GeoSeries, colour: str, width: float) -> None:
    """Lines (and borders of polygons) as one collection, so that a city of streets is drawn quickly."""
    from matplotlib.collections import LineCollection

    parts = shapely.get_parts(shapes.to_numpy())
    areas = shapely.get_type_id(parts) == 3
    parts = np.concatenate([parts[~areas], shapely.get_parts(shapely.boundary(parts[areas]))])
    parts = parts[np.isin(shapely.get_type_id(parts), [1, 2])]
    coordinates, owner = shapely.get_coordinates(parts, return_index=True)
    paths = np.split(coordinates, np.flatnonzero(np.diff(owner)) + 1) if len(owner) else []
    ax.add_collection(LineCollection(paths, colors=colour, linewidths=width, zorder=1, rasterized=True))


def outline(ax: Any, shape: Any, **style: Any) -> None:
    """The outer borders of a polygon."""
    for part in shapely.get_parts(shape):
        if part.geom_type == "Polygon":
            ax.plot(*part.exterior.xy, **style)


def facilities(result: Result, ax: Any, within: Any = None) -> None:
    """The facilities, or those in an area: filled where they count as supply, hollow where they do not."""
    words, points = Words.of(result), result.facilities.representative_point()
    counted = result.facilities["counted"].astype(bool).to_numpy()
    if within is not None:
        here = points.within(within).to_numpy()
        points, counted = points[here], counted[here]
    for here, face, name in ((counted, "#08306b", "counted"), (~counted, "none", "other")):
        if here.any():
            label = words(f"figure.facility_{name}")
            ax.scatter(points.x[here], points.y[here], s=max(3.0, shrunk(9.0, len(points))), c=face if face != "none" else "white", marker="o",
                       edgecolors="#08306b", linewidths=0.7, label=label, zorder=5)  # fmt: skip


def frame(result: Result, ax: Any, title: str, legend: str | None) -> None:
    """Title, extent, scale bar, north arrow, legend and the line that names coordinates and sources."""
    from matplotlib_scalebar.scalebar import ScaleBar

    words = Words.of(result)
    west, south, east, north = result.area.boundary.bounds
    margin = 0.03 * max(east - west, north - south)
    ax.set_xlim(west - margin, east + margin)
    ax.set_ylim(south - margin, north + margin)
    ax.set_aspect("equal")
    if result.report.get("graticule"):
        graticule(ax, result.area.crs)
    ax.set_xticks([])
    ax.set_yticks([])
    ax.set_title(drawable(f"{result.study} {words(title)}"), fontsize=11)
    ax.add_artist(ScaleBar(1, location="lower right", box_alpha=0.8, font_properties={"size": 8}))
    arrow = {"arrowstyle": "-|>", "color": "black", "linewidth": 1.2}
    ax.annotate("N", xy=(0.96, 0.985), xytext=(0.96, 0.905), xycoords="axes fraction", ha="center", va="center",
                fontsize=10, arrowprops=arrow, zorder=9)  # fmt: skip
    ax.set_xlabel(drawable(source_line(result)), fontsize=7, color="#333333")
    ax.legend(title=legend, loc="upper center", bbox_to_anchor=(0.5, -0.035), ncols=3, frameon=False, fontsize=7.5,
              title_fontsize=8)  # fmt: skip


def source_line(result: Result) -> str:
    """Coordinate system and sources, and that data are synthetic where any are."""
    words = Words.of(result)
    named = pd.unique(pd.Series([s.source or s.title for s in result.sources if s.source or s.title], dtype=object))
    text = words(
        "figure.source",
        crs=result.area.crs.name,
        sources=("、" if result.language == "zh" else ", ").join(named[:4]),
    )
    return f"{text}　{words('synthetic.footer')}" if result.synthetic else text
