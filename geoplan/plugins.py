"""The only registry: what can be extended by adding one file, found by listing folders."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from importlib import import_module
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any

from geoplan.errors import UsageError

# kind: (folder below geoplan, file ending, verb inside the file; data files have none)
KINDS: dict[str, tuple[str, str, str]] = {
    "models": ("location.models", ".py", "solve"),
    "recounts": ("location.recounts", ".py", "recount"),
    "measures": ("access.measures", ".py", "measure"),
    "options": ("siting.kinds", ".py", "propose"),
    "sections": ("report.sections", ".py", "section"),
    "overlays": ("map.overlays", ".py", "overlay"),
    "services": ("profiles.services", ".yaml", ""),
    "standards": ("profiles.standards", ".yaml", ""),
    "modes": ("profiles.modes", ".yaml", ""),
}

# what a study, a command or a reader names; recounts go with the models of the same names
NAMED = tuple(kind for kind in KINDS if kind != "recounts")

# the files of a run that are drawn from a Result, and who writes each: write(result, path)
OUTPUTS: dict[str, str] = {
    "map.html": "geoplan.map.page",
    "report.docx": "geoplan.report.docx",
    "report.pdf": "geoplan.report.pdf",
    "tables.xlsx": "geoplan.report.xlsx",
    "layers.gpkg": "geoplan.exports.gpkg",
    "layers.qgs": "geoplan.exports.qgs",
    "recommended_sites.csv": "geoplan.exports.recommended",
    "field_check.xlsx": "geoplan.report.field_form",
}

# the files of which an edition may be made for the public
REPORT = ("report.docx", "report.pdf", "tables.xlsx")

# what a study may ask for besides (report.also), and who writes it: write_layers(result, folder)
ON_REQUEST: dict[str, str] = {
    "geojson": "geoplan.exports.geojson",
    "gdb": "geoplan.exports.gdb",
    "csv": "geoplan.exports.csv",
}


def output(name: str) -> Any:
    """The function that writes one file of a run from a Result."""
    return import_module(OUTPUTS[name]).write


def check_report(result: Any, path: Any) -> None:
    """Read the report in a folder back and compare it with the Result that it was made of; raises `CheckFailed`."""
    import_module("geoplan.report.checker").check(result, path)


def check_layers(result: Any, path: Any) -> None:
    """Read the map and the layers in a folder back and compare their numbers with the Result; raises `CheckFailed`."""
    for module, name in (("geoplan.map.checker", "map.html"), ("geoplan.exports.checker", "layers.gpkg")):
        if (path / name).exists():  # a study may ask for fewer
            import_module(module).check(result, path / name)


def on_request(name: str) -> Any:
    """The function that writes the layers of a Result into a folder in one more format."""
    return import_module(ON_REQUEST[name]).write_layers


def drawing(name: str) -> Any:
    """The function that draws one file of a run from a Result, to be looked at or written."""
    return import_module(OUTPUTS[name]).draw


def folder(kind: str) -> Traversable:
    """The folder whose listing is the registry of a kind."""
    if kind not in KINDS:
        raise UsageError(f"no kind of plug-in is called {kind!r}; there are: {', '.join(KINDS)}")
    return files("geoplan").joinpath(*KINDS[kind][0].split("."))


@cache
def names(kind: str) -> tuple[str, ...]:
    """The plug-ins of a kind by name, in alphabetical order, without importing them.

    >>> "mclp" in names("models")
    True
    """
    ending = KINDS[kind][1] if kind in KINDS else ""
    found = (entry.name for entry in folder(kind).iterdir())
    return tuple(sorted(n.removesuffix(ending) for n in found if n.endswith(ending) and n[0] != "_"))


def find(kind: str, name: str) -> Any:
    """The verb of a plug-in (or the open file of a data plug-in); raises `UsageError` with the nearest name.

    >>> find("models", "mclp").__name__
    'solve'
    """
    if name not in names(kind):
        near = get_close_matches(name, names(kind), n=1)
        hint = f"; did you mean {near[0]}?" if near else f"; there are: {', '.join(names(kind))}"
        raise UsageError(f"no {kind.removesuffix('s')} is called {name!r}{hint}")
    package, ending, verb = KINDS[kind]
    if not verb:
        return folder(kind).joinpath(name + ending)
    return getattr(import_module(f"geoplan.{package}.{name}"), verb)


def title(kind: str, name: str) -> str:
    """The first sentence of a plug-in's docstring, or the title of a data file: what `geoplan list` prints."""
    if KINDS[kind][2]:
        doc = import_module(f"geoplan.{KINDS[kind][0]}.{name}").__doc__ or ""
        return doc.strip().splitlines()[0]
    text: str = find(kind, name).read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("title:"):
            return line.removeprefix("title:").strip().strip("\"'")
    return ""


def lazily(package: str, names: Mapping[str, Sequence[str]]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` for a package whose names are imported when they are first used (PEP 562)."""
    home = {name: module for module, owned in names.items() for name in owned}

    def get(name: str) -> Any:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module = import_module(home[name])
        return getattr(module, name, None) or import_module(f"{home[name]}.{name}")

    return get, lambda: sorted(home)
