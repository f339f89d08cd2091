"""Fetching a place: from a server on this computer, to layers that a study runs on; and every way in which it can go wrong."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geoplan import cli
from geoplan.errors import Findings, GeoplanError, InputError, Text, UsageError
from geoplan.network.graph import Network, build_network
from geoplan.profiles.mode import load_mode
from geoplan.sources.fetch import NotFetched, fetch, working_crs
from geoplan.sources.provenance import read_sources_yaml
from geoplan.sources.read import read_area, read_facilities
from geoplan.sources.streets import Streets, read_streets
from tests import osm_server
from tests.osm_server import OsmServer

CRS = "EPSG:4547"
FILES = ["area.gpkg", "facilities.gpkg", "sources.yaml", "streets_edges.parquet", "streets_nodes.parquet"]
PAIR = ("streets_nodes.parquet", "streets_edges.parquet")
SEARCH, INTERPRETER, STATUS = "/search", "/api/interpreter", "/api/status"


@pytest.fixture(scope="module")
def running() -> Iterator[OsmServer]:
    """The server, once for all tests."""
    with osm_server.serving() as server:
        yield server


@pytest.fixture
def server(running: OsmServer) -> OsmServer:
    """The server, with nothing asked yet and nothing wrong with it."""
    running.asked.clear()
    running.say.clear()
    return running


@pytest.fixture(autouse=True)
def only_this_computer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No test can reach another computer; each starts in an empty folder, and proxies are not asked."""
    connect, resolve = socket.socket.connect, socket.getaddrinfo

    def local_only(this: socket.socket, address: Any) -> None:
        assert this.family == socket.AF_UNIX or address[0] in ("127.0.0.1", "::1"), f"a test calls {address}"
        connect(this, address)

    def no_names(host: Any, *more: Any, **named: Any) -> Any:
        assert host in ("127.0.0.1", "localhost"), f"a test looks up {host}"
        return resolve(host, *more, **named)

    monkeypatch.setattr(socket.socket, "connect", local_only)
    monkeypatch.setattr(socket, "getaddrinfo", no_names)
    monkeypatch.setattr(socket, "gethostbyname", lambda host: no_names(host, 80)[0][4][0])
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were to be waited, which no test does."""
    waited: list[float] = []
    monkeypatch.setattr("time.sleep", waited.append)
    return waited


def get(server: OsmServer, out: Path, place: str = osm_server.PLACE, **more: Any) -> list[str]:
    """Fetch from the server; returns what was told on the way."""
    told: list[Text] = []
    fetch(place, out, server.nominatim, server.overpass, progress=told.append, **more)
    assert all(text.en and text.zh for text in told)
    return [text.en for text in told]


@pytest.fixture(scope="module")
def fetched(running: OsmServer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layers of the town, fetched once; tests only read them."""
    folder = tmp_path_factory.mktemp("project") / "layers"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setattr("time.sleep", lambda _: None)
        fetch(osm_server.PLACE, folder, running.nominatim, running.overpass)
    return folder


def streets_of(source: Any) -> Streets:
    """Streets in the working CRS, read without an error or a repair."""
    findings = Findings()
    streets = read_streets(source, CRS, findings)
    assert [f.severity for f in findings if f.severity != "note"] == []
    return streets


def costs(network: Network, ids: Any) -> Any:
    """What it costs from each of these nodes to each, in whole thousandths; infinite where there is no way, or no such node."""
    arcs, size = network.arcs, len(network.node_ids)
    table = dijkstra(csr_array((arcs.weight.astype(float), arcs.indices, arcs.indptr), shape=(size, size)))
    return pd.DataFrame(table, network.node_ids, network.node_ids).reindex(index=ids, columns=ids, fill_value=np.inf)


@pytest.mark.parametrize("unit", ["m", "s"])
@pytest.mark.parametrize("mode", ["walk", "pushchair", "cycle", "drive"])
def test_fetched_streets_cost_what_the_extract_costs(fetched: Path, tmp_path: Path, mode: str, unit: Any) -> None:
    """Between all nodes, every mode takes as long on fetched streets as on the same town read as an OpenStreetMap extract."""
    (tmp_path / "town.osm").write_text(osm_server.as_xml(), encoding="utf-8")
    networks = [
        build_network(streets.nodes, streets.edges, load_mode(mode), unit)
        for streets in (streets_of(tmp_path / "town.osm"), streets_of(tuple(fetched / name for name in PAIR)))
    ]
    far_away = 25  # the extract goes on to there, the place does not
    ids = np.setdiff1d(networks[0].node_ids, [far_away])
    read, got = (costs(network, ids) for network in networks)
    assert np.isfinite(read.to_numpy()).sum() > len(ids) * 5
    # each piece is rounded to a whole thousandth for itself
    np.testing.assert_allclose(got.to_numpy(), read.to_numpy(), rtol=0, atol=5)


def test_streets_keep_their_tags_and_only_those_wanted_come(fetched: Path) -> None:
    """Every tag that modes use is there; what is no street is not; pieces joined to nothing are kept, to be counted as such."""
    edges = gpd.read_parquet(fetched / "streets_edges.parquet").set_index("way_id")
    wanted = {way for way, (_, tags) in osm_server.WAYS.items() if "highway" in tags} - {119, 120}
    assert set(edges.index) == wanted
    for way in wanted:
        rows = edges.loc[[way]]
        for tag, value in osm_server.WAYS[way][1].items():
            if tag != "layer":
                assert set(rows[tag]) == {"yes" if value == "-1" else value}, (way, tag)
    assert edges.index.value_counts().loc[[100, 105, 111]].to_dict() == {100: 3, 105: 1, 111: 2}
    nodes = gpd.read_parquet(fetched / "streets_nodes.parquet").set_index("node_id")
    assert set(nodes.index) == set(edges["u"]) | set(edges["v"])
    assert osm_server.BIG in nodes.index
    assert nodes["crossing"].dropna().to_dict() == {19: "railway"}


def test_streets_go_on_outside_and_end_there(fetched: Path) -> None:
    """Streets up to 1 km outside the boundary come along, those beyond do not."""
    nodes = gpd.read_parquet(fetched / "streets_nodes.parquet").set_index("node_id")
    outline = gpd.read_file(fetched / "area.gpkg").union_all()
    assert not outline.contains(nodes.geometry[24])
    assert 25 not in nodes.index


def test_a_railway_in_the_middle_of_a_street_is_kept(server: OsmServer, tmp_path: Path, monkeypatch) -> None:
    """A street is cut where it crosses a railway, so that the wait there is not lost."""
    monkeypatch.setitem(osm_server.NODE_TAGS, 5, {"railway": "crossing"})
    monkeypatch.setitem(osm_server.NODE_TAGS, 2, {"railway": "switch"})
    get(server, tmp_path / "layers")
    nodes = gpd.read_parquet(tmp_path / "layers" / "streets_nodes.parquet").set_index("node_id")
    assert nodes["crossing"].dropna().to_dict() == {5: "railway", 19: "railway"}


def test_facilities_are_read_without_mapping_and_their_places_are_unknown(fetched: Path) -> None:
    """Points, outlines and multipolygons become points with text ids; geoplan takes their columns as they are, places missing."""
    area = read_area(fetched / "area.gpkg", CRS)
    care = read_facilities(fetched / "facilities.gpkg", area, datum="wgs84")
    assert care.index.tolist() == ["N201", "N202", "R301", "W130"]
    assert care["kind"].tolist() == ["kindergarten", "childcare", "childcare", "kindergarten"]
    assert care["name"].fillna("").tolist() == ["东街幼儿园", "", "<b>Round</b>", "West"]
    assert "places" not in care.columns or care["places"].isna().all()
    assert set(care["unit_id"]) == {"R912"}
    with pytest.raises(InputError, match=r"GP-T104 .*places_m24_36"):  # a study must say how many, none is made up
        read_facilities(fetched / "facilities.gpkg", area, datum="wgs84", bands=("m24_36",))
    (hole,) = [shapely.Polygon([osm_server.at(*osm_server.SPOTS[n]) for n in osm_server.WAYS[132][0]])]
    round_ = gpd.read_file(fetched / "facilities.gpkg").set_index("facility_id").geometry["R301"]
    assert not hole.contains(round_)


def test_the_boundary_is_a_study_area(fetched: Path) -> None:
    """The area is the polygon of that name, although a point of the same name is the more important; it is one unit."""
    area = read_area(fetched / "area.gpkg", CRS)
    assert area.units["name"].to_dict() == {"R912": osm_server.PLACE}
    outline = gpd.GeoSeries([osm_server.PLACES[osm_server.PLACE]], crs=4326).to_crs(CRS).iloc[0]
    assert area.boundary.symmetric_difference(outline).area < 1


def test_sources_say_where_the_layers_come_from(fetched: Path) -> None:
    """Each file has its title, source, licence, date and unit, in the form that reports print."""
    assert sorted(p.name for p in fetched.iterdir()) == FILES
    told = read_sources_yaml(fetched)
    assert sorted([*told, "sources.yaml"]) == FILES
    for about in told.values():
        assert about["licence"] == "ODbL 1.0"
        assert "OpenStreetMap contributors" in about["source_en"]
        assert about["synthetic"] is False
        assert about["unit"] == "EPSG:4326"
        assert len(about["date"]) == len("2026-01-01")
        assert osm_server.FULL_NAME in about["note"]
        assert osm_server.AS_OF in about["note"]
        assert about["title"] != about["title_en"]


def test_nothing_of_osmnx_stays(server: OsmServer, tmp_path: Path) -> None:
    """Afterwards osmnx has its own settings, names are looked up as before, and the working folder is as empty as before."""
    import osmnx

    before = {k: v for k, v in vars(osmnx.settings).items() if not k.startswith("_")}
    resolve = socket.getaddrinfo
    get(server, tmp_path / "layers")
    with pytest.raises(InputError):
        get(server, tmp_path / "none", "nowhere")
    assert {k: v for k, v in vars(osmnx.settings).items() if not k.startswith("_")} == before
    assert socket.getaddrinfo is resolve
    assert list(Path.cwd().iterdir()) == []


def test_progress_names_the_place_that_was_found(server: OsmServer, tmp_path: Path) -> None:
    """The full name, the size, how much came and how a study names it are told, in both languages."""
    told = "\n".join(get(server, tmp_path / "layers"))
    assert f"found {osm_server.FULL_NAME} (R912), 0.3 km²" in told
    assert "28 street pieces" in told
    assert "4 care facilities; their places are not known" in told
    assert f"crs: {CRS} }}" in told


def test_a_place_without_care_has_an_empty_layer(server: OsmServer, tmp_path: Path) -> None:
    """No care facility is no error: the layer is there, empty, with its columns, and it is said."""
    told = get(server, tmp_path, osm_server.BARE_PLACE)
    assert any("no care facilities" in line for line in told)
    care = gpd.read_file(tmp_path / "facilities.gpkg")
    assert list(care.columns) == ["facility_id", "name", "kind", "geometry"]
    assert care.empty


GARBAGE = "<html>Please log in</html>"
REMARK = json.dumps({"elements": [], "remark": 'runtime error: Query timed out in "query" at line 1'})
CASES: list[tuple[str, dict[str, list[tuple[int, str]]], type[GeoplanError], str, str]] = [
    ("nowhere", {}, InputError, "GP-O101", "nowhere"),
    (osm_server.POINT_PLACE, {}, InputError, "GP-O102", osm_server.POINT_PLACE),
    (osm_server.EMPTY_PLACE, {}, InputError, "GP-O103", osm_server.EMPTY_PLACE),
    ("", {SEARCH: [(429, "slow down")]}, NotFetched, "GP-O106", "HTTP 429"),
    ("", {SEARCH: [(403, "forbidden")]}, NotFetched, "GP-O107", "HTTP 403"),
    ("", {SEARCH: [(200, GARBAGE)]}, NotFetched, "GP-O108", "Please log in"),
    ("", {SEARCH: [(200, "[1, 2]")]}, NotFetched, "GP-O108", "[1, 2]"),
    ("", {SEARCH: [(200, '{"error": "no"}')]}, NotFetched, "GP-O108", "error"),
    ("", {INTERPRETER: [(504, "busy")]}, NotFetched, "GP-O106", "HTTP 504"),
    ("", {INTERPRETER: [(500, "{}")]}, NotFetched, "GP-O107", "HTTP 500"),
    ("", {INTERPRETER: [(200, GARBAGE)]}, NotFetched, "GP-O108", "Please log in"),
    ("", {INTERPRETER: [(200, '{"elements": [{"type": "node", "id": 1}]}')]}, NotFetched, "GP-O108", "lat"),
    ("", {INTERPRETER: [(200, "[]")]}, NotFetched, "GP-O108", "[]"),
    ("", {INTERPRETER: [(200, REMARK)]}, NotFetched, "GP-O109", "Query timed out"),
    ("", {INTERPRETER: [(200, '{"elements": []}')]}, InputError, "GP-O103", osm_server.PLACE),
]


@pytest.mark.parametrize(
    ("place", "say", "kind", "code", "says"), CASES, ids=[f"{c[3]}-{i}" for i, c in enumerate(CASES)]
)
def test_what_goes_wrong_is_said_once_and_nothing_is_written(
    server: OsmServer, tmp_path: Path, place: str, say: Any, kind: type[GeoplanError], code: str, says: str
) -> None:
    """Unknown places, busy, broken and half answers: one error with its code, the value and advice in both languages; no file."""
    server.say.update({path: list(answers) for path, answers in say.items()})
    with pytest.raises(kind) as caught:
        get(server, tmp_path / "layers", place or osm_server.PLACE)
    assert caught.value.exit_code == (3 if kind is InputError else 5)
    (told,) = caught.value.findings if isinstance(caught.value, InputError) else [caught.value.finding]  # type: ignore[attr-defined]
    assert told.code == code
    assert says in told.value
    for language in ("en", "zh"):
        assert told.sentence(language).startswith(f"{code} ")
        assert "{" not in told.problem.to(language) + told.advice.to(language)
    assert not (tmp_path / "layers").exists()


@pytest.mark.parametrize("which", ["nominatim", "overpass"])
def test_a_server_that_is_not_there(server: OsmServer, tmp_path: Path, which: str) -> None:
    """A closed port is said to be out of reach, with the option that names another server."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    urls = {"nominatim_url": server.nominatim, "overpass_url": server.overpass, f"{which}_url": url}
    with pytest.raises(NotFetched, match=rf"GP-O105 127\.0\.0\.1:\d+ cannot be reached: 'ConnectionError'.*--{which}"):
        fetch(osm_server.PLACE, tmp_path / "layers", **urls)
    assert not (tmp_path / "layers").exists()


@pytest.mark.parametrize("url", ["overpass", "ftp://127.0.0.1/api", "http://", "127.0.0.1:80"])
def test_what_is_no_address_is_refused(server: OsmServer, tmp_path: Path, url: str) -> None:
    """An address without http is a mistake in the command, before anything is asked."""
    with pytest.raises(UsageError, match="not the address of a server"):
        fetch(osm_server.PLACE, tmp_path, server.nominatim, url)
    assert not server.asked


def test_a_busy_server_is_asked_again_but_not_for_ever(server: OsmServer, tmp_path: Path, waits: list[float]) -> None:
    """Two refusals are waited out, longer each time, which is said; three end it; what has come already is not asked twice."""
    whole = server.answer(INTERPRETER, {"data": [_sent(server, tmp_path)]})
    server.asked.clear()
    server.say[INTERPRETER] = [(429, ""), (504, ""), whole, (429, "")]
    waits.clear()
    told: list[Text] = []
    with pytest.raises(NotFetched, match=r"GP-O106 .* refused 3 times: 'HTTP 429'"):
        fetch(osm_server.PLACE, tmp_path / "layers", server.nominatim, server.overpass, progress=told.append)
    assert server.asked == {SEARCH: 1, INTERPRETER: 6}
    assert [w for w in waits if w > 1] == [15, 60, 15, 60]
    assert sum("busy" in text.en for text in told) == 4


def _sent(server: OsmServer, folder: Path) -> str:
    """The query for streets, as it was sent."""
    queries: list[str] = []
    ask = server.answer

    def answer(path: str, query: dict[str, list[str]]) -> tuple[int, str]:
        queries.extend(query.get("data", []))
        return ask(path, query)

    server.answer = answer  # type: ignore[method-assign]
    try:
        get(server, folder / "first")
    finally:
        del server.answer  # type: ignore[method-assign]
    assert '["highway"!~"^(' in queries[0]
    assert "[timeout:180]" in queries[0]
    return queries[0]


def test_slots_are_asked_for_at_the_public_server_only(server: OsmServer, tmp_path: Path, monkeypatch) -> None:
    """The public server is asked for a free slot before each question, and not for ever; a mirror is not."""
    import osmnx

    monkeypatch.setattr(osmnx.settings, "overpass_url", server.overpass)
    fetch(osm_server.PLACE, tmp_path / "public", server.nominatim)
    assert server.asked == {SEARCH: 1, STATUS: 2, INTERPRETER: 2}
    server.asked.clear()
    get(server, tmp_path / "mirror")
    assert server.asked == {SEARCH: 1, INTERPRETER: 2}
    server.asked.clear()
    server.say[STATUS] = [(200, "\n\n\n\nCurrently running queries\n")]
    with pytest.raises(NotFetched, match=r"GP-O106 .* refused 60 times: 'no free slot'"):
        fetch(osm_server.PLACE, tmp_path / "full", server.nominatim)
    assert server.asked[STATUS] == 61


def test_nothing_is_written_when_the_last_question_fails(server: OsmServer, tmp_path: Path) -> None:
    """Streets alone are not left behind, and what was there stays as it was."""
    whole = server.answer(INTERPRETER, {"data": [_sent(server, tmp_path)]})
    before = {p.name: p.read_bytes() for p in (tmp_path / "first").iterdir()}
    server.say[INTERPRETER] = [whole, (200, REMARK)]
    with pytest.raises(NotFetched, match="GP-O109"):
        get(server, tmp_path / "first", force=True)
    assert {p.name: p.read_bytes() for p in (tmp_path / "first").iterdir()} == before


def test_layers_are_replaced_only_if_told_so(server: OsmServer, tmp_path: Path) -> None:
    """Files in the way are all named before anything is asked; with force they are replaced; other entries and remarks stay."""
    (tmp_path / "area.gpkg").write_text("mine", encoding="utf-8")
    (tmp_path / "facilities.gpkg").write_text("mine too", encoding="utf-8")
    mine = '# of our own\nlayers:\n  homes.csv:  # counted by hand\n    title: "住区"\n    synthetic: false\n'
    (tmp_path / "sources.yaml").write_text(mine, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        get(server, tmp_path)
    assert [f.code for f in caught.value.findings] == ["GP-O104"] * 2
    assert "--force" in str(caught.value)
    assert not server.asked
    assert (tmp_path / "area.gpkg").read_text(encoding="utf-8") == "mine"
    get(server, tmp_path, force=True)
    get(server, tmp_path, force=True)
    assert len(read_area(tmp_path / "area.gpkg", CRS).units) == 1
    text = (tmp_path / "sources.yaml").read_text(encoding="utf-8")
    assert text.startswith(mine)
    assert sorted([*read_sources_yaml(tmp_path), "sources.yaml"]) == sorted([*FILES, "homes.csv"])


def test_a_broken_sources_file_is_told_before_anything_is_asked(server: OsmServer, tmp_path: Path) -> None:
    """What could not be added to is not found out after ten minutes."""
    (tmp_path / "sources.yaml").write_text("layers: [1]", encoding="utf-8")
    with pytest.raises(InputError, match="GP-S002"):
        get(server, tmp_path)
    assert not server.asked


def test_a_folder_that_cannot_be_written(server: OsmServer, tmp_path: Path) -> None:
    """A file where the folder should be is said as such."""
    (tmp_path / "taken").write_text("", encoding="utf-8")
    with pytest.raises(NotFetched, match="GP-O110"):
        get(server, tmp_path / "taken" / "layers")


@pytest.mark.parametrize(
    ("west", "south", "crs"), [(114.5, 37, "EPSG:4547"), (87.5, 43.7, "EPSG:4538"), (-51.2, -30, "EPSG:32722")]
)
def test_the_working_crs_that_is_proposed(west: float, south: float, crs: str) -> None:
    """In China the 3-degree zone, elsewhere the UTM zone, each of which holds the place."""
    area = gpd.GeoDataFrame(geometry=[shapely.box(west, south, west + 0.1, south + 0.1)], crs=4326)
    assert working_crs(area) == crs
    assert area.to_crs(crs).area.sum() == pytest.approx(area.to_crs(area.estimate_utm_crs()).area.sum(), rel=2e-3)


def geoplan(monkeypatch: pytest.MonkeyPatch, *words: str | Path) -> int:
    """Run a command as it is typed; returns its exit code."""
    monkeypatch.setattr(sys, "argv", ["geoplan", *map(str, words)])
    try:
        cli.main()
    except SystemExit as stop:
        return int(str(stop.code or 0))
    return 0


STUDY = """\
version: 1
name: 小镇托育设施
service: childcare_cn
language: zh
area: { path: ../layers/area.gpkg, crs: EPSG:4547 }
years: { base: 2020, phases: [2026] }
layers:
  residents: { path: ../layers/homes.csv, datum: wgs84, constants: { class: urban_old, population: 100 } }
  facilities:
    path: ../layers/facilities.gpkg
    datum: wgs84
    constants: { filed: true, places_m06_12: 0, places_m12_24: 0, places_m24_36: 4 }
  streets:
    path: { nodes: ../layers/streets_nodes.parquet, edges: ../layers/streets_edges.parquet }
    datum: wgs84
demand: { share: { m06_12: 0, m12_24: 0, m24_36: 0.1 }, uptake: 1.0 }
travel: { all: { mode: walk, limit_m: 300 } }
"""


def test_a_study_runs_on_what_the_command_fetched(server: OsmServer, tmp_path: Path, monkeypatch, capsys) -> None:
    """fetch, check and run in turn, as typed: the paths go to stdout, all else to stderr, and the study has its answer."""
    out = tmp_path / "layers"
    servers = ("--nominatim", server.nominatim + "/search", "--overpass", server.overpass + "/interpreter")
    assert geoplan(monkeypatch, "fetch", osm_server.PLACE, "--out", out, *servers) == 0
    told = capsys.readouterr()
    assert sorted(told.out.split()) == sorted(str(out / name) for name in FILES)
    assert "28 street pieces" in told.err
    # home A beside a kindergarten with 4 places, home B on the street that is joined to nothing
    homes = [("A", *osm_server.at(1.2, -0.6)), ("B", *osm_server.at(4.5, -2.01))]
    pd.DataFrame(homes, columns=["id", "lon", "lat"]).to_csv(out / "homes.csv", index=False)
    study = tmp_path / "scripts" / "study.yaml"
    study.parent.mkdir()
    study.write_text(STUDY, encoding="utf-8")
    assert geoplan(monkeypatch, "check", study) == 0, capsys.readouterr().err
    assert geoplan(monkeypatch, "run", study, "--out", tmp_path / "maps", "--json") == 0, capsys.readouterr().err
    gaps = json.loads(capsys.readouterr().out.splitlines()[-1])["scenarios"]["base"]["gap_account"]
    assert gaps["not_joined"] == 10
    assert gaps["served"] >= 4
    assert sum(gaps.values()) == 20


@pytest.mark.parametrize(
    ("place", "say", "code", "words"),
    [
        ("nowhere", {}, 3, ("GP-O101", "OpenStreetMap 中没有该地名")),
        (osm_server.PLACE, {INTERPRETER: [(504, "")]}, 5, ("geoplan: GP-O106", "繁忙", "--overpass", "15 秒后重试")),
    ],
)
def test_the_command_refuses_in_the_language_of_the_computer(
    server: OsmServer, tmp_path: Path, monkeypatch, capsys, place: str, say: Any, code: int, words: tuple[str, ...]
) -> None:
    """One message in Chinese on a Chinese computer, the exit code of its kind, no traceback, nothing on stdout."""
    server.say.update(say)
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")
    servers = ("--nominatim", server.nominatim, "--overpass", server.overpass)
    assert geoplan(monkeypatch, "fetch", place, "--out", tmp_path / "layers", *servers) == code
    told = capsys.readouterr()
    assert told.out == ""
    assert "Traceback" not in told.err
    assert all(word in told.err for word in words), told.err
    assert sum("GP-O" in line for line in told.err.splitlines()) == 1
