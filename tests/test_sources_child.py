"""The laws of the process that reads: it gives what reading in the same process gives, and its end is one finding on the file."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from affine import Affine
from geopandas.testing import assert_geodataframe_equal

from geoplan import cli
from geoplan.errors import Findings, InputError, UsageError
from geoplan.sources import _child, _sandbox, _wire, budgets
from geoplan.sources._grids import Window, opened
from geoplan.sources.osm import read_osm
from geoplan.sources.vectors import layers_of, read_vector
from tests.catalogue import mutate

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="signals and guards are those of Linux")

OSM = """<?xml version="1.0"?><osm version="0.6">
<node id="1" lat="37.0" lon="114.5"/><node id="2" lat="37.0" lon="114.51"><tag k="railway" v="level_crossing"/></node>
<node id="3" lat="37.01" lon="114.51"/>
<way id="1"><nd ref="1"/><nd ref="2"/><nd ref="3"/><tag k="highway" v="residential"/><tag k="name" v="桥西路"/></way>
<way id="2"><nd ref="3"/><nd ref="9"/><nd ref="1"/><tag k="highway" v="primary"/></way></osm>"""


def town() -> gpd.GeoDataFrame:
    """Shapes and columns of every type that a layer has, with what is missing in each."""
    shapes = [shapely.box(114.5, 37, 114.6, 37.1), None, shapely.from_wkt("POLYGON Z ((0 0 5, 1 0 5, 0 1 5, 0 0 5))")]
    columns = {
        "名称": ["桥西第一㐂托育园", None, "NA"],
        "n": np.array([1, 2, 3], np.int32),
        "big": [9007199254740993, 1, 2],
        "share": [0.1, np.nan, np.inf],
        "open": [True, False, True],
        "since": pd.to_datetime(["2020-01-02T03:04:05+08:00", None, "2021-01-01T00:00:00+08:00"]),
        "day": pd.to_datetime(["2020-01-02", None, "2021-01-01"]),
        "raw": [b"\x00\xff", None, b""],
    }
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=4490)


def geopackage(folder: Path) -> Any:
    """A GeoPackage with every type."""
    town().to_file(folder / "a.gpkg", layer="小区")
    return read_vector(folder / "a.gpkg", Findings()).frame


def shapefile(folder: Path) -> Any:
    """A Shapefile in GBK that does not say so."""
    town().drop(columns=["raw", "since", "open", "day"]).to_file(folder / "a.shp", encoding="GB18030")
    (folder / "a.cpg").unlink()
    return read_vector(folder / "a.shp", Findings()).frame


def geojson(folder: Path) -> Any:
    """GeoJSON, with a list and an object in a cell."""
    town().drop(columns=["raw", "share"]).to_crs(4326).to_file(folder / "a.geojson")
    text = (folder / "a.geojson").read_text(encoding="utf-8")
    (folder / "a.geojson").write_text(text.replace('"n": 2', '"n": 2, "list": [1, 2], "of": {"a": ["b"]}'), "utf-8")
    return read_vector(folder / "a.geojson", Findings()).frame


def remarks(folder: Path) -> Any:
    """What GDAL remarks on a layer, as notes."""
    frame = town()[["n", "geometry"]].iloc[[0]]
    frame.to_file(folder / "a.gpkg", layer="a")
    import sqlite3

    with sqlite3.connect(folder / "a.gpkg") as base:
        base.execute("UPDATE gpkg_contents SET srs_id = 4490")
        base.execute("UPDATE gpkg_geometry_columns SET srs_id = 4490, geometry_type_name = 'NONSENSE'")
    base.close()
    findings = Findings()
    read_vector(folder / "a.gpkg", findings)
    return [f.sentence() for f in findings]


def grid(folder: Path) -> Any:
    """A GeoTIFF, its cells, masks and header."""
    about = {"width": 3, "height": 2, "count": 1, "dtype": "float32", "crs": 4490, "nodata": -9.0}
    with rasterio.open(
        folder / "a.tif", "w", driver="GTiff", transform=Affine(0.1, 0, 114, 0, -0.1, 37), **about
    ) as file:
        file.write(np.array([[[1, np.nan, -9], [0, 2, 3]]], np.float32))
    with opened(folder / "a.tif", lambda _grid, _file: None) as file:
        window = Window(0, 0, 3, 2)
        masked = file.read(1, window=window, masked=True)
        arrays = [file.read(1, window=window), file.read_masks(1, window=window), masked.data, masked.mask]
        header = (file.width, file.shape, file.nodata, file.units, file.bounds, file.transform, file.crs, file.tags())
        return [(a.dtype, a.tolist()) for a in arrays], header, masked.fill_value


def streets(folder: Path, ending: str) -> Any:
    """An OpenStreetMap extract."""
    (folder / "a.osm").write_text(OSM, encoding="utf-8")
    path = folder / f"b.{ending}"
    if not path.exists():
        import osmium

        with osmium.SimpleWriter(str(path)) as writer:
            for thing in osmium.FileProcessor(str(folder / "a.osm")):
                writer.add(thing)
    findings = Findings()
    nodes, edges = read_osm(path, "EPSG:4547", findings)
    return nodes, edges, [f.sentence() for f in findings]


FORMS: dict[str, Callable[[Path], Any]] = {
    "GeoPackage": geopackage,
    "Shapefile": shapefile,
    "GeoJSON": geojson,
    "remarks": remarks,
    "GeoTIFF": grid,
    "OSM XML": lambda folder: streets(folder, "osm"),
    "OSM PBF": lambda folder: streets(folder, "osm.pbf"),
}


def emptied(folder: Path) -> Path:
    """The same folder with nothing in it, so that nothing is written over."""
    shutil.rmtree(folder)
    folder.mkdir()
    return folder


def same(one: Any, other: Any) -> None:
    """Two answers are the same, down to types, order and how a CRS is written."""
    if isinstance(one, gpd.GeoDataFrame):
        assert_geodataframe_equal(one, other, check_crs=True)
        assert one.dtypes.tolist() == other.dtypes.tolist()
        assert one.columns.dtype == other.columns.dtype
        assert (one.crs and one.crs.srs) == (other.crs and other.crs.srs)
        for column in one.columns.drop("geometry"):
            assert [type(v) for v in one[column]] == [type(v) for v in other[column]], column
        assert shapely.to_wkb(one.geometry.to_numpy()).tolist() == shapely.to_wkb(other.geometry.to_numpy()).tolist()
    elif isinstance(one, tuple | list):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            same(a, b)
    else:
        assert repr(one) == repr(other)


@pytest.mark.parametrize("form", FORMS)
def test_what_it_reads_is_what_this_process_reads(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Types, missing values, order, encodings, CRS and remarks are the same."""
    found = FORMS[form](tmp_path)
    monkeypatch.setenv(_child.VARIABLE, "1")
    same(found, FORMS[form](emptied(tmp_path)))


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """A small layer."""
    town()[["n", "geometry"]].iloc[[0]].to_file(tmp_path / "住区.gpkg", layer="a")
    return tmp_path / "住区.gpkg"


@pytest.fixture
def frozen() -> Iterator[Callable[..., Any]]:
    """Stops the process that reads, so that a request gets no answer; then sends it signals a little later."""
    waiting: list[threading.Timer] = []

    def freeze(*signals: int) -> Any:
        reader = _child.start()
        assert reader
        os.kill(reader.process.pid, signal.SIGSTOP)

        def send() -> None:
            for number in signals:
                os.kill(reader.process.pid, number)

        waiting.append(threading.Timer(0.2, send))
        waiting[-1].start()
        return reader

    yield freeze
    for timer in waiting:
        timer.join()


def refusal(path: Path) -> Any:
    """The one finding of the refusal of a layer."""
    with pytest.raises(InputError) as caught:
        read_vector(path, Findings())
    assert caught.value.exit_code == 3
    (found,) = caught.value.findings
    return found


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGABRT, signal.SIGKILL])
def test_a_crash_is_one_finding_on_the_file(number: int, layer: Path, frozen: Callable[..., Any]) -> None:
    """It names the file and the signal, in both languages; the next file is read as if nothing had been."""
    frozen(number, signal.SIGCONT)
    found = refusal(layer)
    assert (found.code, found.file) == ("GP-F021", str(layer))
    assert all(str(int(number)) in said for said in found.problem)
    assert len(read_vector(layer, Findings()).frame) == 1


def test_a_hang_is_one_finding_on_the_file(
    layer: Path, frozen: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process is ended when the time is over, and the next file is read."""
    assert layers_of(layer) == ["a"]
    with monkeypatch.context() as patch:
        patch.setattr(budgets, "READ_S", 0.5)
        reader = frozen()
        assert refusal(layer).code == "GP-F022"
        assert reader.process.returncode == -signal.SIGKILL
    assert layers_of(layer) == ["a"]


def test_the_time_grows_with_the_file() -> None:
    """A larger file has more time; the limit of 2 GB has more than an hour."""
    limits = [budgets.read_limit_s(size) for size in (0, budgets.MB, budgets.FILE_BYTES)]
    assert limits == sorted(limits)
    assert limits[-1] > 3600


def test_an_interruption_leaves_no_half_answer(layer: Path, frozen: Callable[..., Any]) -> None:
    """After Ctrl-C in the middle of reading the process is ended; the next one answers its own question."""

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    reader = frozen()
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        with pytest.raises(KeyboardInterrupt):
            read_vector(layer, Findings())
    finally:
        signal.signal(signal.SIGALRM, before)
    assert reader.process.poll() is not None
    assert layers_of(layer) == ["a"]


def test_one_process_reads_all_files(layer: Path) -> None:
    """It is kept; when it died between two files, another takes its place without a word; file handles stay as many."""
    layers_of(layer)
    first, handles = _child.start(), len(list(Path("/proc/self/fd").iterdir()))
    layers_of(layer)
    assert _child.start() is first
    assert first
    for _ in range(3):
        reader = _child.start()
        assert reader
        reader.process.kill()
        reader.process.wait()
        assert layers_of(layer) == ["a"]
    assert _child.start() is not first
    assert len(list(Path("/proc/self/fd").iterdir())) == handles


def test_it_ends_with_the_one_who_started_it() -> None:
    """Also where that one is killed, and while it reads: nobody is left behind."""
    code = (
        "import os, signal; from geoplan.sources import _child; _child.missing(); r = _child.start();"
        "print(r.process.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL
    process = Path("/proc") / ended.stdout.strip()
    for _ in range(200):
        if not process.exists() or "(zombie)" in (process / "status").read_text():
            break
        time.sleep(0.05)
    else:
        pytest.fail("it is still there")


def in_a_worker(path: str, told: Any) -> None:
    """Read a layer and say how many features it has."""
    told.send(len(read_vector(path, Findings()).frame))


@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
@pytest.mark.parametrize("kind", ["spawn", "fork"])
def test_a_worker_has_its_own(kind: str, layer: Path) -> None:
    """A daemon, begun afresh or as a copy of this process, reads through a process of its own."""
    layers_of(layer)
    context: Any = multiprocessing.get_context(kind)
    here, there = context.Pipe(duplex=False)
    worker = context.Process(target=in_a_worker, args=(str(layer), there), daemon=True)
    worker.start()
    assert here.poll(120)
    assert here.recv() == 1
    worker.join()
    assert layers_of(layer) == ["a"]


def test_the_wire_carries_no_objects() -> None:
    """An array of objects would need their own description to be built: it is refused."""
    with pytest.raises(TypeError):
        _wire.unpack({_wire.MARK: "array", "type": "|O", "shape": [1], "part": 0}, [b"\0" * 8])
    with pytest.raises(TypeError):
        _wire.pack({"a": {1, 2}}, [])


def test_it_knows_its_own_functions_only() -> None:
    """A request for anything else is no request."""
    with pytest.raises(_child.NotRead, match="KeyError"):
        _child.ask("_check_view", "a", "a")


@pytest.fixture
def probing(tmp_path: Path) -> Iterator[Callable[[], dict[str, bool]]]:
    """Try to connect to a server of this test, and to write beside it, from the process that reads."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        def probe() -> dict[str, bool]:
            reader = _child.start()
            assert reader
            found: dict[str, bool] = reader.ask("probe", [port, str(tmp_path)], 60)["value"]
            return found

        yield probe


def test_in_the_sandbox_nothing_connects_and_nothing_is_written(probing: Any, tmp_path: Path) -> None:
    """Each guard holds when tried, or is said to be missing; outside the sandbox both would work."""
    assert probing() == {"network": False, "writing": False}
    (tmp_path / "geoplan-probe").unlink()
    with _child.sandboxed(True) as gaps:
        missing = {f.value for f in gaps}
        assert {name for name, held in probing().items() if not held} == missing & {"network", "writing"}
        assert (tmp_path / "geoplan-probe").exists() == ("writing" in missing)
        reader = _child.start()
        assert reader
        limits = Path(f"/proc/{reader.process.pid}/limits").read_text()
        assert (str(budgets.SANDBOX_BYTES) in limits) == ("memory" not in missing)
    assert probing()["network"] is False


@pytest.mark.parametrize("form", FORMS)
def test_in_the_sandbox_every_form_is_read(form: str, tmp_path: Path) -> None:
    """The guards hinder no reading."""
    found = FORMS[form](tmp_path)
    with _child.sandboxed(True):
        same(found, FORMS[form](emptied(tmp_path)))


def test_a_guard_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A note in both languages names it."""
    monkeypatch.setattr(_child, "missing", lambda: ["network"])
    with _child.sandboxed(True) as gaps:
        (note,) = gaps
    assert (note.code, note.severity, note.value) == ("GP-F024", "note", "network")
    assert note.problem.en != note.problem.zh


def test_where_there_is_no_sandbox_the_flag_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """On another system, and together with reading in this process."""
    monkeypatch.setattr(_child.sys, "platform", "win32")
    with pytest.raises(UsageError, match=r"needs Linux.*win32"), _child.sandboxed(True):
        pass
    monkeypatch.undo()
    monkeypatch.setenv(_child.VARIABLE, "1")
    with pytest.raises(UsageError, match=_child.VARIABLE), _child.sandboxed(True):
        pass


def test_the_commands_have_the_flag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """`geoplan check --sandbox` finds what `geoplan check` finds, and leaves nothing set behind it."""
    study = mutate.build(tmp_path)
    said = []
    for words in ([], ["--sandbox"]):
        monkeypatch.setattr(sys, "argv", ["geoplan", "check", str(study), *words])
        with pytest.raises(SystemExit) as end:
            cli.main()
        assert end.value.code == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1]
    assert _sandbox.VARIABLE not in os.environ
