"""Small QGIS styles (QML): one symbol, categories, and graduated classes; every label is escaped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple
from xml.sax.saxutils import quoteattr

Geometry = Literal["fill", "hatch", "marker", "outline", "line"]
HEAD = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>"


class Class(NamedTuple):
    """A class of a style: its value (or "low:high"), its label, its colour "red,green,blue", and the shape of its marker.

    A class with a `geometry` of its own is drawn so, whatever the others are.
    """

    value: str
    label: str
    colour: str
    shape: str = "circle"
    geometry: Geometry | None = None


def single(label: str, colour: str, geometry: Geometry) -> str:
    """One symbol for the whole layer."""
    return wrap(
        f'<renderer-v2 type="singleSymbol" label={quoteattr(label)}><symbols>{symbol(0, colour, geometry, 2.0)}</symbols></renderer-v2>'
    )


def categories(attribute: str, classes: Sequence[Class], geometry: Geometry, size: float = 2.0) -> str:
    """A symbol for each value of a column.

    >>> "&lt;b&gt;" in categories("kind", [Class("a", "<b>", "0,0,0")], "marker")
    True
    """
    rows = "".join(
        f'<category symbol="{i}" value={quoteattr(c.value)} label={quoteattr(c.label)} render="true"/>'
        for i, c in enumerate(classes)
    )
    symbols = "".join(symbol(i, c.colour, c.geometry or geometry, size, c.shape) for i, c in enumerate(classes))
    return wrap(
        f'<renderer-v2 type="categorizedSymbol" attr={quoteattr(attribute)}><categories>{rows}</categories>'
        f"<symbols>{symbols}</symbols></renderer-v2>"
    )


def graduated(attribute: str, classes: Sequence[Class], geometry: Geometry, expression: str = "") -> str:
    """A symbol for each range of a column, or of an expression over columns."""
    rows = ""
    for i, c in enumerate(classes):
        low, high = c.value.split(":")
        rows += f'<range symbol="{i}" lower="{low}" upper="{high}" label={quoteattr(c.label)} render="true"/>'
    symbols = "".join(symbol(i, c.colour, geometry, 2.0) for i, c in enumerate(classes))
    return wrap(
        f'<renderer-v2 type="graduatedSymbol" graduatedMethod="GraduatedColor" attr={quoteattr(expression or attribute)}>'
        f"<ranges>{rows}</ranges><symbols>{symbols}</symbols></renderer-v2>"
    )


def symbol(name: int, colour: str, geometry: Geometry, size: float, shape: str = "circle") -> str:
    """A filled or hatched polygon, the outline of one, a line, or a marker of a shape and of `size` millimetres."""
    options = {"fill": {"color": f"{colour},180", "outline_color": "120,120,120,255", "outline_width": "0.1"},
               "hatch": {"style": "f_diagonal", "color": f"{colour},150", "outline_color": f"{colour},255", "outline_width": "0.3"},
               "outline": {"style": "no", "outline_color": f"{colour},255", "outline_width": "0.5", "outline_style": "dash"},
               "line": {"line_color": f"{colour},255", "line_width": "0.9", "line_width_unit": "MM"},
               "marker": {"color": f"{colour},255", "outline_color": "30,30,30,255", "size": f"{size}", "name": shape}}[geometry]  # fmt: skip
    kind, layer = {"marker": ("marker", "SimpleMarker"), "line": ("line", "SimpleLine")}.get(
        geometry, ("fill", "SimpleFill")
    )
    rows = "".join(f'<Option name="{key}" type="QString" value="{value}"/>' for key, value in options.items())
    return (
        f'<symbol name="{name}" type="{kind}" alpha="1"><layer class="{layer}" enabled="1">'
        f'<Option type="Map">{rows}</Option></layer></symbol>'
    )


def wrap(renderer: str) -> str:
    """A whole style document."""
    return f'{HEAD}<qgis version="3.22" styleCategories="Symbology">{renderer}</qgis>'
