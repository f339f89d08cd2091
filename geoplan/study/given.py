"""What is given: the layers of a scenario, read once each, with where they came from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, TypeVar

import geopandas as gpd
import pandas as pd

from geoplan.area import StudyArea
from geoplan.errors import Finding, Findings, InputError, Language
from geoplan.network.graph import Network, build_network
from geoplan.profiles.mode import load_mode
from geoplan.profiles.service import ServiceProfile
from geoplan.result import Source
from geoplan.sources import matrix, read
from geoplan.sources.datum_test import Ground, datum_findings
from geoplan.sources.layers import LayerSpec
from geoplan.sources.provenance import read_sources_yaml, sha256
from geoplan.sources.rasters import read_elevation, read_grid
from geoplan.sources.roles import read_role
from geoplan.sources.streets import DEFAULT_JOIN_M, Streets, own_crs, read_streets
from geoplan.study import cache, paths
from geoplan.study.matrices import by_matrix, matrix_key, matrix_role, read_matrices
from geoplan.study.memo import Memo
from geoplan.study.scenarios import Scenario, Study
from geoplan.study.schema import Layer, Settings

T = TypeVar("T")
TEMPLATE = "report.template"
PLAIN_ROLES = ("rivers", "railways")
DEMAND_ROLES = ("residents", "population", "public_places")  # one of them holds the demand points of a study

# layers of places that stand where people live and go: a wrong datum shows on them
PLACES = ("residents", "facilities", "hosts", "idle", "premises", "employers", "public_places")


@dataclass(frozen=True, eq=False)
class Given:
    """The layers of one scenario as plain tables in the working CRS."""

    area: StudyArea
    residents: gpd.GeoDataFrame  # or the population grid, or public places: what `demand.source` says
    streets: Streets
    streets_key: str
    tables: Mapping[str, pd.DataFrame]  # every other layer that the study gives, by its role
    sources: tuple[Source, ...]
    findings: tuple[Finding, ...]
    matrices: Mapping[str, matrix.Matrix] = field(default_factory=dict)  # by travel group
    template: Path | None = None  # of the Word report

    def table(self, role: str) -> Any:
        """The layer of a role, or None where the study gives none."""
        return self.tables.get(role)

    def with_units(self, frame: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
        """A table with the unit of each row, from its own column or by place."""
        own = frame["unit_id"] if "unit_id" in frame.columns else pd.Series(None, frame.index, dtype=object)
        known = "unit_id" in frame.columns and own.notna().all()
        return frame if known else frame.assign(unit_id=own.where(own.notna(), self.area.unit_of(frame)))

    @property
    def base(self) -> dict[str, gpd.GeoDataFrame]:
        """The layers that are drawn for orientation."""
        return {r: self.tables[r] for r in PLAIN_ROLES if r in self.tables}


def layer_key(settings: Settings) -> Any:
    """The part of the settings that the layers depend on."""
    layers_ = settings.model_dump(mode="json", include={"area", "layers", "service"})
    return layers_ | {
        "demand": settings.demand.source,
        "matrices": {g: matrix_key(j) for g, j in by_matrix(settings)},
    }


def read_given(
    study: Study, scenario: Scenario, service: ServiceProfile, memo: Memo, allow_outside: bool = False
) -> Given:
    """Read every layer of a scenario; raises one `InputError` with the problems of all of them."""
    files = _files(study, scenario, allow_outside)
    settings, findings = scenario.settings, Findings()
    area, found = memo("area", settings.area.model_dump(), lambda: _area(files["area"], settings))
    findings.add(*found)
    tables: dict[str, Any] = {}
    for role, layer in settings.layers.items():
        if role in DEMAND_ROLES and role != settings.demand.source:
            continue
        within = settings.demand.within if role == "census" else {}
        key = [role, layer.model_dump(mode="json"), within, settings.area.model_dump(), service.band_ids]
        table, found = memo("layer", key, lambda r=role, la=layer, w=within: _read(r, la, files[r], area, service, w))  # type: ignore[misc]
        tables[role] = table
        findings.add(*found)
    matrices = read_matrices(settings, files, tables, memo, findings)
    findings.raise_errors()
    streets, streets_key = tables["streets"]
    findings.add(*memo("datums", layer_key(settings), lambda: _datums(settings, tables, area)))
    return Given(
        area,
        tables[settings.demand.source],
        streets,
        streets_key,
        {r: t for r, t in tables.items() if r not in {"streets", settings.demand.source}},
        memo("sources", layer_key(settings), lambda: _sources(settings, files, {**tables, **matrices}, area)),
        tuple(findings),
        {group: matrices[matrix_role(group)] for group, _ in by_matrix(settings)},
        files.get(TEMPLATE),
    )


def _datums(settings: Settings, tables: Mapping[str, Any], area: StudyArea) -> list[Finding]:
    """Layers of places that another datum would put on streets and homes; the homes themselves are held against the streets alone."""
    edges, homes = tables["streets"][0].edges, tables[settings.demand.source]
    layers: Mapping[str, Layer] = {str(role): layer for role, layer in settings.layers.items()}
    ground, found = Ground.of(area.crs, edges, homes), []
    for role in (r for r in PLACES if tables.get(r) is not None):
        layer = layers[role]
        here = Ground.of(area.crs, edges) if role == settings.demand.source else ground
        found += datum_findings(role, str(layer.path), str(layer.datum), tables[role], here)
    return found


def _area(file: Path, settings: Settings) -> tuple[StudyArea, tuple[Finding, ...]]:
    """The study area with its findings, the file named as the study names it."""
    findings = Findings()
    try:
        area = read.read_area(file, settings.area.crs, findings)
    except InputError as error:
        raise InputError([replace(f, file=settings.area.path) for f in error.findings]) from None
    return area, tuple(replace(f, file=settings.area.path) for f in findings)


def _files(study: Study, scenario: Scenario, allow_outside: bool) -> dict[str, Any]:
    """Every path of a scenario as a file on disk; all problems at once."""
    findings, allowed = Findings(), None if allow_outside else paths.allowed_folders(study.project)

    def file(path: str, *key: str) -> Path | None:
        place = study.place(scenario.name, key)
        return paths.resolve(path, study.folder, allowed, place, ".".join(key), findings)

    files: dict[str, Any] = {"area": file(scenario.settings.area.path, "area", "path")}
    for role, layer in scenario.settings.layers.items():
        if isinstance(layer.path, str):
            files[role] = file(layer.path, "layers", role, "path")
        else:
            files[role] = {part: file(p, "layers", role, "path", part) for part, p in layer.path.items()}
    for group, journey in by_matrix(scenario.settings):
        files[matrix_role(group)] = file(str(journey.matrix), "travel", group, "matrix")
    if scenario.settings.report.template:
        files[TEMPLATE] = file(scenario.settings.report.template, *TEMPLATE.split("."))
    findings.raise_errors()
    return files


def check_files(study: Study, allow_outside: bool = False) -> None:
    """Raise one `InputError` with every path problem of every scenario."""
    findings = Findings()
    for scenario in study.scenarios.values():
        try:
            _files(study, scenario, allow_outside)
        except InputError as error:
            findings.merge(error.findings)
    findings.raise_errors()


def _read(
    role: str, layer: Layer, file: Any, area: StudyArea, service: ServiceProfile, within: Mapping[str, tuple[str, ...]]
) -> tuple[Any, tuple[Finding, ...]]:
    """One layer by its role, with its findings; its errors become findings too, so that all layers can be told at once."""
    findings = Findings()
    try:
        table = _table(role, layer, file, area, service, findings, within)
    except InputError as error:
        findings.merge(error.findings)
        table = None
    return table, tuple(_as_written(findings, layer, file))


def _as_written(findings: Findings, layer: Layer, file: Any) -> Iterator[Finding]:
    """The findings with each file named as the study names it: no path of this machine reaches an output."""
    read_as = {"": file} if isinstance(layer.path, str) else file
    written: dict[Any, str] = {"": layer.path} if isinstance(layer.path, str) else {**layer.path}
    names = {str(read_as[part]): written[part] for part in read_as}
    for finding in findings:
        yield replace(finding, file=names.get(finding.file, finding.file))


def _table(
    role: str,
    layer: Layer,
    file: Any,
    area: StudyArea,
    service: ServiceProfile,
    findings: Findings,
    within: Mapping[str, tuple[str, ...]],
) -> Any:
    if role == "streets":
        return _streets(layer, file, area, findings)
    if role == "elevation":
        return read_elevation(file, area, findings, str(layer.datum))
    if role == "population":
        return read_grid(file, area, findings, str(layer.datum)).assign(**layer.constants)
    given = layer.model_dump(exclude_none=True, exclude={"join_m", "datum"})
    spec = LayerSpec(**{**given, "path": file, "role": role, "datum": layer.datum})
    return read_role(role, spec, area, service.band_ids, findings, within=within)


def _streets(layer: Layer, file: Any, area: StudyArea, findings: Findings) -> tuple[Streets, str]:
    """The streets, with the key under which they, and the networks that are built from them, are kept."""
    options: dict[str, Any] = layer.model_dump(include={"columns", "constants", "layer", "encoding", "keep"})
    options |= {"file_crs": layer.crs, "join_m": DEFAULT_JOIN_M if layer.join_m is None else layer.join_m}

    def read() -> tuple[Streets, tuple[Finding, ...]]:
        found = Findings()
        return read_streets(file, crs=area.crs, findings=found, datum=str(layer.datum), **options), tuple(found)

    key = cache.streets_key(file, area.crs, layer.model_dump(mode="json"))
    try:
        streets, found = cache.streets(key, read)
    except InputError as error:
        raise InputError(_both_named(error.findings, layer, file)) from None
    findings.add(*_both_named(found, layer, file))
    return streets, key


def _both_named(found: Iterable[Finding], layer: Layer, file: Any) -> list[Finding]:
    """Findings on nodes and edges together with the two files named as the study names them."""
    if isinstance(layer.path, str):
        return list(found)
    both, written = ", ".join(map(str, file.values())), ", ".join(layer.path.values())
    return [replace(f, file=written) if f.file == both else f for f in found]


def _sources(settings: Settings, files: dict[str, Any], tables: dict[str, Any], area: StudyArea) -> tuple[Source, ...]:
    """One record a file: its hash, and what `sources.yaml` beside it says."""
    records = []
    parts = [p for given in files.values() for p in (given.values() if isinstance(given, dict) else [given])]
    said_in = {folder: read_sources_yaml(folder) for folder in {part.parent for part in parts}}
    for role, given in files.items():
        for part, file in given.items() if isinstance(given, dict) else [("", given)]:
            table = area.units if role == "area" else tables.get(role)
            if table is None:
                continue
            rows = len(getattr(table[0], part or "edges") if role == "streets" else table)
            written, datum = _as_stated(settings, role)
            path = written if isinstance(written, str) else written[part]
            said = said_in[file.parent].get(file.name, {})
            texts = {k: str(said.get(k) or "") for k in ("licence", "date", "unit")}
            title, source = (in_language(said, key, settings.language) for key in ("title", "source"))
            about = {"title": title or file.name, "source": source, **texts}
            records.append(Source(role, path, rows, datum, sha256(file), **about, synthetic=said.get("synthetic")))
    return tuple(records)


def in_language(said: Mapping[str, Any], key: str, language: Language) -> str:
    """What is said of a file under a key, in English under the key with `_en` where there is one.

    >>> in_language({"title": "居住区", "title_en": "Homes", "source": "自然资源局"}, "title", "en")
    'Homes'
    """
    return str((said.get(f"{key}_en") if language == "en" else None) or said.get(key) or "")


def _as_stated(settings: Settings, role: str) -> tuple[Any, str]:
    """The path and the datum of a role's file, as the study states them; a matrix has no positions and so no datum."""
    if role == "area":
        return settings.area.path, settings.area.crs
    for group, journey in by_matrix(settings):
        if role == matrix_role(group):
            return journey.matrix, ""
    layer = settings.layers[role]  # type: ignore[index]
    return layer.path, layer.datum or ""


def read_network(
    source: Any,
    mode: str = "walk",
    area: StudyArea | None = None,
    unit: Literal["m", "s"] | None = None,
    datum: str = "wgs84",
    *,
    columns: Mapping[str, str] | None = None,
    constants: Mapping[str, Any] | None = None,
    layer: str | None = None,
    encoding: str | None = None,
    crs: Any = None,
    join_m: float = DEFAULT_JOIN_M,
) -> Network:
    """Streets as a network for one mode, from all that `read_streets` reads: an OSM extract, GraphML, a graph, tables of nodes and
    edges, or a layer of lines without nodes, whose ends within `join_m` metres are joined.

    `unit` is "m" or "s" (default: that of the mode). Without an `area` the frames' own metric CRS is used. `columns` (geoplan's
    name: the name in the file), `constants`, `layer`, `encoding` and `crs` (where the file does not say it) are for tables and
    lines. Raises `InputError` with all problems at once.
    """
    findings, chosen = Findings(), load_mode(mode)
    options: dict[str, Any] = {"columns": columns, "constants": constants, "layer": layer, "encoding": encoding}
    options |= {"file_crs": crs, "join_m": join_m}
    working = area.crs if area is not None else own_crs(source)
    streets = read_streets(source, crs=working, findings=findings, datum=datum, **options)
    return build_network(streets.nodes, streets.edges, chosen, unit)
