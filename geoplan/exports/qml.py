"""Small QGIS styles (QML): renderers of one symbol, categories or graduated classes; labels; titles of columns; all text escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple
from xml.sax import saxutils

from geoplan.texts import clean

Geometry = Literal["fill", "wash", "hatch", "marker", "outline", "line"]
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


class Label(NamedTuple):
    """What is written beside a feature: a column, its size in points, and the scale (1 : n) from which on."""

    column: str
    size: float
    from_scale: int | None = None
    colour: str = "30,30,30"


def quoteattr(text: str) -> str:
    """A text as an attribute of XML, in quotes, without the characters that XML cannot hold."""
    return saxutils.quoteattr(clean(text))


def single(label: str, colour: str, geometry: Geometry) -> str:
    """One symbol for the whole layer."""
    drawn = symbol(0, colour, geometry, 2.0)
    return f'<renderer-v2 type="singleSymbol" label={quoteattr(label)}><symbols>{drawn}</symbols></renderer-v2>'


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
    return (
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
    return (
        f'<renderer-v2 type="graduatedSymbol" graduatedMethod="GraduatedColor" attr={quoteattr(expression or attribute)}>'
        f"<ranges>{rows}</ranges><symbols>{symbols}</symbols></renderer-v2>"
    )


def symbol(name: int, colour: str, geometry: Geometry, size: float, shape: str = "circle") -> str:
    """A filled, faintly filled or hatched polygon, the outline of one, a line, or a marker of a shape and of `size` millimetres."""
    options = {"fill": {"color": f"{colour},225", "outline_color": "120,120,120,255", "outline_width": "0.1"},
               "wash": {"color": f"{colour},90", "outline_color": "90,90,90,255", "outline_width": "0.5"},
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


def labelling(label: Label) -> str:
    """The labels of a layer, with a white halo, placed so that they do not overlap."""
    near = (
        f'scaleVisibility="1" scaleMin="1" scaleMax="{label.from_scale}"' if label.from_scale else 'scaleVisibility="0"'
    )
    halo = '<text-buffer bufferDraw="1" bufferSize="0.8" bufferSizeUnits="MM" bufferColor="255,255,255,255" bufferOpacity="1"/>'
    text = f'fieldName={quoteattr(label.column)} isExpression="0" fontSize="{label.size:g}" fontSizeUnit="Point"'
    return (
        f'<labeling type="simple"><settings calloutType="simple"><text-style {text} textColor="{label.colour},255" textOpacity="1">'
        f'{halo}</text-style><placement placement="0" dist="1.5" distUnits="MM" priority="5"/>'
        f'<rendering {near} displayAll="0" obstacle="1" drawLabels="1"/></settings></labeling>'
    )


def wrap(renderer: str, aliases: Mapping[str, str] | None = None, label: Label | None = None) -> str:
    """A whole style document: how a layer is drawn (nothing for a table), what its columns are called, and its labels."""
    rows = (
        f'<alias field={quoteattr(column)} index="{i}" name={quoteattr(title)}/>'
        for i, (column, title) in enumerate((aliases or {}).items())
    )
    return (
        f'{HEAD}<qgis version="3.22" styleCategories="Symbology|Labeling|Fields" labelsEnabled="{int(label is not None)}">'
        f"{renderer}{labelling(label) if label else ''}<aliases>{''.join(rows)}</aliases></qgis>"
    )
