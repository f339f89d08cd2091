"""Areas to search: where land for a new facility is looked for; not sites yet."""

from __future__ import annotations

from geoplan.errors import Text
from geoplan.map.overlay import Class, Features, Overlay
from geoplan.map.overlays._options import OUTCOMES, facets, outcomes, outlines, searching
from geoplan.map.words import term, word
from geoplan.result import Result

FILLS = ("#d55e0033", "#d55e0014", "#9aa2ab1a")
DASHES = ((6.0, 4.0), (2.0, 4.0), (1.0, 6.0))


def overlay(result: Result) -> Overlay | None:
    """Tinted areas with a dashed outline, by verdict; each says that it is an area to search."""
    frame = result.options.sort_index()
    frame = frame[searching(frame) & outlines(frame).notna()]
    if frame.empty:
        return None
    title = result.text(word("search_area"))
    names = [f"{title} {i}" for i in frame["site_id"]]
    features = Features(
        "search_areas", word("search_areas"), "polygon", outlines(frame), names, labels_from=14, told_by="options"
    )
    classes = tuple(
        Class(marked(o), fill, "#d55e00" if o != "fail" else "#6b7280", 1.4, dash)
        for o, fill, dash in zip(OUTCOMES, FILLS, DASHES, strict=True)
    )
    return Overlay(
        "search_areas",
        word("search_areas"),
        "options",
        25,
        features,
        classes,
        outcomes(frame),
        facets=facets(result, frame),
    )


def marked(outcome: str) -> Text:
    """An outcome of an area to search, as the legend tells it."""
    area, said = word("search_area"), term("outcome", outcome)
    return Text(f"{area.en}: {said.en}", f"{area.zh}：{said.zh}")
