"""The page: one HTML file, made with folium, that opens by double click and asks nothing of any other address."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any

from geoplan.files import write_text
from geoplan.map.document import content, together
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
    "scenarios.js",
    "phases.js",
    "swipe.js",
    "measure.js",
    "geoplan.js",
)


@dataclass(frozen=True)
class Page:
    """A finished page: it can be written, and a notebook shows it."""

    text: str

    def write(self, path: Path | str) -> None:
        """Write the page as one HTML file in UTF-8; nothing is left half-written."""
        write_text(path, self.text)

    def _repr_html_(self) -> str:
        """The page in a frame of its own, as a notebook shows it."""
        return f'<iframe srcdoc="{escape(self.text)}" width="100%" height="640" style="border:0"></iframe>'


def write(result: Result, path: Path | str) -> None:
    """Write the map of a result as one HTML file; the same result gives the same bytes."""
    draw(result).write(path)


def draw(*results: Result) -> Page:
    """The map of a result; of several results of one study, a page that switches between them."""
    return Page(page(together([content(result, overlays(result)) for result in results])))


def page(whole: dict[str, Any]) -> str:
    """A page as text. Text from data stands in it only inside the packed data, which scripts show as text."""
    import folium

    from geoplan.map.cells import CellLayer
    from geoplan.map.offline import OfflineFigure, Raw, own, script, style

    south, west, north, east = whole["view"]
    tiles = whole.get("tiles") or {"hosts": ()}
    figure = OfflineFigure({"zh": "zh-CN", "en": "en"}[whole["language"]], tiles["hosts"])
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
