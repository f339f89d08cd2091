"""The page: one HTML file, made with folium, that opens by double click and asks nothing of any other address."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from geoplan.map.document import content
from geoplan.map.overlay import Overlay
from geoplan.map.packed import pack
from geoplan.plugins import find, names
from geoplan.result import Result

SCRIPTS = (
    "tools.js",
    "data.js",
    "cells.js",
    "labels.js",
    "filter.js",
    "panel.js",
    "dossier.js",
    "search.js",
    "geoplan.js",
)


def write(result: Result, path: Path | str) -> None:
    """Write the map of a result as one HTML file in UTF-8; the same result gives the same bytes."""
    Path(path).write_bytes(render(result).encode("utf-8"))


def render(result: Result) -> str:
    """The page of a result as text."""
    return page(content(result, overlays(result)))


def page(whole: dict[str, Any]) -> str:
    """A page as text. Text from data stands in it only inside the packed data, which scripts show as text."""
    import folium

    from geoplan.map.cells import CellLayer
    from geoplan.map.offline import OfflineFigure, Raw, own, script, style

    south, west, north, east = whole["view"]
    figure = OfflineFigure({"zh": "zh-CN", "en": "en"}[whole["language"]])
    view = folium.Map([(south + north) / 2, (west + east) / 2], tiles=None, zoom_start=9, zoom_control=False, prefer_canvas=True,
                      attribution_control=False, max_zoom=18)  # fmt: skip
    view._id = view.global_switches._id = "geoplan"
    view.add_to(figure)
    for name in dict.fromkeys(o["name"] for s in whole["scenarios"] for o in s["overlays"]):
        view.add_child(CellLayer(name))
    view.render()  # type: ignore[no-untyped-call]  # so that Leaflet's style and script and the map itself come before this page's own
    figure.header.add_child(Raw("<title>geoplan</title>"), name="title")
    figure.header.add_child(style(own("geoplan.css")), name="geoplan_css")
    figure.header.add_child(script("\n".join(own(name) for name in SCRIPTS)), name="geoplan_js")
    figure.html.add_child(Raw(own("page.html")), name="panel")
    figure.html.add_child(Raw(f'<script type="text/plain" id="geoplan-data">{pack(whole)}</script>'), name="data")
    figure.script.add_child(Raw(f"geoplan.start({view.get_name()});"), name="start")
    return figure.render()


def overlays(result: Result) -> list[Overlay]:
    """The overlays that the result has something for, in the order in which they are drawn."""
    made = [find("overlays", name)(result) for name in names("overlays")]
    return sorted((o for o in made if o is not None), key=lambda o: (o.order, o.name))
