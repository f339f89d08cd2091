"""Laws of publishing: what stands at a final name is whole, what fails leaves what was there, and what was changed later is noticed."""

from __future__ import annotations

import copy
import json
import os
import shutil
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import geoplan as gp
from geoplan import files, plugins
from geoplan.errors import CheckFailed, InputError, ResourceError
from geoplan.study import manifest
from tests import town

GONE = 4_194_000  # no process has this number
FULL = OSError(28, "No space left on device")


def names(folder: Path) -> list[str]:
    """What stands in a folder."""
    return sorted(p.name for p in folder.iterdir())


def refuse(*_: object, **__: object) -> None:
    """A disk that is full."""
    raise FULL


# ---------------------------------------------------------------- one file


def test_a_file_is_put_in_its_place_with_nothing_beside_it(tmp_path: Path) -> None:
    """Bytes and texts stand there as they were given, in the encoding that was asked for, over what was there."""
    target = tmp_path / "a.csv"
    for _ in range(2):
        files.write_bytes(str(target), b"\x00\r\n1")
        assert target.read_bytes() == b"\x00\r\n1"
        files.write_text(target, "托育\r\n", "gbk")
        assert target.read_bytes() == "托育\r\n".encode("gbk")
        files.write_text(target, "托育\n")
        assert target.read_bytes() == "托育\n".encode()
    assert names(tmp_path) == ["a.csv"]


@pytest.mark.parametrize("call", ["fsync", "replace", "open"])
def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """Whatever the system refuses, the file that was there stays, nothing is left beside it, and the error names it."""
    target = tmp_path / "a.csv"
    files.write_text(target, "old")
    monkeypatch.setattr(os if call == "fsync" else Path, call, refuse)
    with pytest.raises(ResourceError, match=r"a\.csv: No space left.*nothing was changed"):
        files.write_text(target, "new")
    monkeypatch.undo()
    assert target.read_text() == "old"
    assert names(tmp_path) == ["a.csv"]


def test_the_data_are_on_the_disk_before_the_name_and_the_name_before_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole file is forced, then renamed, then the folder is forced: no loss of power leaves half a file at its name."""
    said: list[str] = []
    forced, renamed = os.fsync, Path.replace

    def fsync(handle: int) -> None:
        what = Path(f"/proc/self/fd/{handle}").resolve()
        said.append(f"force {'folder' if what == tmp_path else what.read_text()}")
        forced(handle)

    def replace(path: Path, target: Path) -> Path:
        said.append("rename")
        return renamed(path, target)

    monkeypatch.setattr(os, "fsync", fsync)
    monkeypatch.setattr(Path, "replace", replace)
    files.write_text(tmp_path / "a.csv", "all of it")
    assert said == ["force all of it", "rename", "force folder"]


def test_a_folder_is_made_with_those_above_it(tmp_path: Path) -> None:
    """Once or twice; where a file stands in the way the error names the folder."""
    for _ in range(2):
        files.make_folder(tmp_path / "a" / "b" / "c")
        assert (tmp_path / "a" / "b" / "c").is_dir()
    (tmp_path / "f").touch()
    with pytest.raises(ResourceError, match="f/g"):
        files.make_folder(tmp_path / "f" / "g")


# ---------------------------------------------------------------- a folder


def stage(folder: Path, text: str, fault: Exception | None = None) -> None:
    """Put a folder with one file, in a folder below it, in its place."""
    with files.staged(folder, lambda _: True) as staging:
        (staging / "below").mkdir()
        (staging / "below" / "a").write_text(text)
        if fault:
            raise fault


def test_a_staged_folder_takes_the_place_of_the_old_one(tmp_path: Path) -> None:
    """When the block ends well the new one stands there alone; the folders above it are made."""
    folder = tmp_path / "out" / "deep" / "base"
    for text in ("one", "two"):
        stage(folder, text)
        assert (folder / "below" / "a").read_text() == text
        assert names(folder.parent) == ["base"]
        assert names(folder) == ["below"]


@pytest.mark.parametrize("there", [True, False])
@pytest.mark.parametrize("fault", [FULL, CheckFailed("no"), KeyboardInterrupt()], ids=["disk", "check", "interrupt"])
def test_a_block_that_fails_changes_nothing(tmp_path: Path, fault: Any, there: bool) -> None:
    """Whatever ends the block, what was there stays and the staging folder vanishes; a fault of the machine is one by name."""
    folder = tmp_path / "base"
    if there:
        stage(folder, "old")
    with pytest.raises(ResourceError if fault is FULL else type(fault)):
        stage(folder, "new", fault)
    assert names(tmp_path) == (["base"] if there else [])
    assert not there or (folder / "below" / "a").read_text() == "old"


def test_everything_below_is_forced_before_the_folder_is_renamed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every file and folder of the staging folder, then the renames, then the folder above."""
    said: list[str] = []
    sync, rename = files.sync, Path.rename
    monkeypatch.setattr(files, "sync", lambda path: (said.append(path.name), sync(path)))
    monkeypatch.setattr(Path, "rename", lambda a, b: (said.append("rename"), rename(a, b))[1])
    stage(tmp_path / "base", "x")
    staging = f".base.staging-{os.getpid()}"
    assert said[-2:] == ["rename", tmp_path.name]
    assert set(said[:-2]) == {"below", "a", staging}
    assert said.index("a") < said.index("below") < said.index(staging)


def test_a_rename_that_fails_brings_the_old_folder_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the two renames of a swap nothing is lost, with or without an old folder."""
    rename = Path.rename
    monkeypatch.setattr(Path, "rename", lambda a, b: refuse() if "staging" in a.name else rename(a, b))
    with pytest.raises(ResourceError):
        stage(tmp_path / "base", "new")
    assert names(tmp_path) == []
    monkeypatch.undo()
    stage(tmp_path / "base", "old")
    monkeypatch.setattr(Path, "rename", lambda a, b: refuse() if "staging" in a.name else rename(a, b))
    with pytest.raises(ResourceError):
        stage(tmp_path / "base", "new")
    assert (tmp_path / "base" / "below" / "a").read_text() == "old"
    assert names(tmp_path) == ["base"]


def left(folder: Path, name: str, text: str = "") -> Path:
    """A folder of this name beside `folder`, with one file."""
    made = folder.with_name(name)
    made.mkdir(parents=True)
    (made / "a").write_text(text)
    return made


@pytest.mark.parametrize(
    ("whole", "back"), [({"new", "old"}, "new"), ({"old"}, "old"), ({"new"}, "new"), (set(), None)]
)
def test_the_newest_whole_folder_comes_back(
    tmp_path: Path, whole: set[str], back: str | None, monkeypatch: Any
) -> None:
    """Of what a killed run left the new one comes back if it is whole, else the old one if it is, else none; the rest goes."""
    folder = tmp_path / "base"
    left(folder, f".base.staging-{GONE}", "new")
    left(folder, f".base.old-{GONE}", "old")
    said: list[Path] = []
    monkeypatch.setattr(files, "sync", said.append)
    files.heal(folder, lambda p: (p / "a").read_text() in whole)
    assert names(tmp_path) == (["base"] if back else [])
    assert said == ([tmp_path] if back else [])
    assert back is None or (folder / "a").read_text() == back


def test_a_folder_that_stands_is_not_touched_by_what_was_left(tmp_path: Path) -> None:
    """Its leftovers go; those of a process that lives and of other folders stay."""
    folder = tmp_path / "base"
    left(folder, "base", "here")
    stay = [
        f".base.staging-{os.getppid()}",
        f".base.x.staging-{GONE}",
        f".bas.staging-{GONE}",
        f".base.staging-{GONE}x",
        ".base.notes",
        f".base.new-{GONE}",
    ]
    for name in (*stay, f".base.staging-{GONE}", f".base.old-{GONE}", f".base.staging-{os.getpid()}"):
        left(folder, name)
    files.heal(folder, lambda _: True)
    assert names(tmp_path) == sorted([*stay, "base"])
    assert (folder / "a").read_text() == "here"


def test_a_process_lives_unless_the_system_says_that_it_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """This one is no other; the one above lives; one of another user lives; a number that nobody has is gone."""
    assert not files.alive(os.getpid())
    assert files.alive(os.getppid())
    assert not files.alive(GONE)

    def forbidden(*_: int) -> None:
        raise PermissionError

    monkeypatch.setattr(os, "kill", forbidden)
    assert files.alive(GONE)


# ---------------------------------------------------------------- the lock


def test_a_lock_leaves_nothing_where_nothing_was_written(tmp_path: Path) -> None:
    """The folder of a run is made with those above it and goes again when it is empty; one that was there, or holds something, stays."""
    new, used, old = tmp_path / "deep" / "new", tmp_path / "used", tmp_path / "old"
    old.mkdir()
    for folder in (new, used, old):
        with files.locked(folder):
            said = json.loads((folder / files.LOCK).read_text())
            assert said["pid"] == os.getpid()
            if folder is used:
                (folder / "a").touch()
    assert not new.exists()
    assert names(used) == ["a"]
    assert names(old) == []


def test_the_second_run_is_refused_and_the_third_is_not(tmp_path: Path) -> None:
    """While one holds the lock the next is refused, by its number; when it has ended, also by an error, the next goes on in silence."""
    said: list[str] = []
    with files.locked(tmp_path):
        for _ in range(2):
            with pytest.raises(ResourceError, match=f"process {os.getpid()}"), files.locked(tmp_path, said.append):
                pass
        assert names(tmp_path) == [files.LOCK]
    with pytest.raises(CheckFailed), files.locked(tmp_path, said.append):
        raise CheckFailed("no")
    with files.locked(tmp_path, said.append):
        pass
    assert names(tmp_path) == []
    assert said == []


@pytest.mark.parametrize("text", ["", "half a {", "{}", '{"pid": 1}', "[]x" * 2000])
def test_a_lock_that_says_nothing_holds_nobody(tmp_path: Path, text: str) -> None:
    """An empty or broken lock is taken in silence, and then says who holds it."""
    (tmp_path / files.LOCK).write_text(text)
    said: list[str] = []
    with files.locked(tmp_path, said.append):
        assert json.loads((tmp_path / files.LOCK).read_text())["pid"] == os.getpid()
    assert said == []


def test_what_the_system_has_locked_is_refused_whoever_holds_it(tmp_path: Path) -> None:
    """A lock without a name is still one: the refusal names nobody."""
    import fcntl

    with (tmp_path / files.LOCK).open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(ResourceError, match=r"process \? on \?"), files.locked(tmp_path):
            pass


def test_windows_has_its_own_lock_and_no_folders_to_force(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There the lock is what msvcrt gives or refuses, and only files are forced to the disk."""
    (tmp_path / "a").touch()
    file, opened = tmp_path / "a", []
    given: list[tuple[int, int, int]] = []
    system = SimpleNamespace(LK_NBLCK=2, locking=lambda *a: given.append(a))
    monkeypatch.setitem(sys.modules, "msvcrt", system)
    real = os.open
    monkeypatch.setattr(os, "open", lambda path, flags: (opened.append(path), real(path, flags))[1])
    with monkeypatch.context() as windows:
        windows.setattr(os, "name", "nt")
        answers = [files.taken(7)]
        system.locking = refuse
        answers.append(files.taken(7))
        files.sync(tmp_path)
        files.sync(file)
    assert answers == [True, False]
    assert given == [(7, 2, 1)]
    assert opened == [file]


# ---------------------------------------------------------------- what the machine refuses


class FeatureError(Exception):
    """As pyogrio raises where the disk is full."""


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(28, "No space left", "/tmp/x/b.csv"), r"cannot write out: No space left \(b\.csv\); nothing"),
        (OSError(28, "No space left", b"/tmp/x/b.csv"), r"No space left \(b\.csv\);"),
        (OSError(28, "No space left", 7), r"No space left; nothing"),
        (OSError("odd"), r"cannot write out: odd;"),
        (FeatureError("disk full"), r"cannot write out: disk full;"),
    ],
)
def test_a_refusal_of_the_machine_names_place_cause_and_file(error: Exception, said: str) -> None:
    """With errno or without, from the system or from a library; the cause stays behind it."""
    with pytest.raises(ResourceError, match=said) as caught, files.refused_by_the_machine(Path("out")):
        raise error
    assert caught.value.__cause__ is error


@pytest.mark.parametrize("error", [ValueError("a slip"), CheckFailed("no"), KeyboardInterrupt()])
def test_other_errors_pass_as_they_are(error: BaseException) -> None:
    """A slip in the code is no fault of the disk."""
    with pytest.raises(type(error)) as caught, files.refused_by_the_machine(Path("out")):
        raise error
    assert caught.value is error


# ---------------------------------------------------------------- the manifest


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The town's base scenario, with its numbers and layers only."""
    place = tmp_path_factory.mktemp("published")
    with pytest.MonkeyPatch.context() as patch:
        quick = {k: v for k, v in plugins.OUTPUTS.items() if k in ("layers.gpkg", "recommended_sites.csv")}
        patch.setattr(plugins, "OUTPUTS", quick)
        patch.setattr(plugins, "check_report", lambda *_: None)
        gp.run(gp.load_study(town.build(place / "town")), place / "out", only=["base"])
    return place / "out" / "base"


@pytest.fixture
def folder(published: Path, tmp_path: Path) -> Path:
    """A copy that may be changed."""
    return shutil.copytree(published, tmp_path / "base")


def test_the_key_is_what_the_outputs_depend_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings, inputs and versions each change it; the order in which they stand does not."""
    key = manifest.content_key({"a": 1, "b": "托"}, {"x": "1", "y": "2"})
    assert key == manifest.content_key({"b": "托", "a": 1}, {"y": "2", "x": "1"})
    others = [
        manifest.content_key({"a": 2, "b": "托"}, {"x": "1", "y": "2"}),
        manifest.content_key({"a": 1, "b": "托"}, {"x": "1", "y": "3"}),
    ]
    monkeypatch.setattr(manifest, "versions", lambda: {"geoplan": "next"})
    others.append(manifest.content_key({"a": 1, "b": "托"}, {"x": "1", "y": "2"}))
    assert len({key, *others}) == 4
    assert {len(k) for k in (key, *others)} == {64}


def test_the_manifest_holds_versions_hashes_and_sizes(tmp_path: Path) -> None:
    """Of every file, below folders too, and of geoplan and the libraries that its numbers come from; in the order of the names."""
    from importlib.metadata import version

    (tmp_path / "z" / "y").mkdir(parents=True)
    (tmp_path / "z" / "y" / "b.txt").write_bytes(b"abc")
    (tmp_path / "a.txt").write_bytes(b"")
    manifest.write_manifest(tmp_path, {"key": "托"})
    record = manifest.read_manifest(tmp_path)
    assert record["key"] == "托"
    assert "托" in (tmp_path / "manifest.json").read_text(encoding="utf-8")
    assert list(record["files"]) == ["a.txt", "z/y/b.txt"]
    abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"  # FIPS 180-2
    assert record["files"]["z/y/b.txt"] == {"sha256": abc, "bytes": 3}
    assert record["files"]["a.txt"]["bytes"] == 0
    assert record["geoplan"] == {name: version(name) for name in record["geoplan"]}
    assert {"geoplan", "numpy", "highspy", "pyproj"} <= set(record["geoplan"])
    assert manifest.is_whole(tmp_path)


@pytest.mark.parametrize("text", [None, "", "{", "\udcff"])
def test_a_folder_without_a_readable_manifest_is_refused(tmp_path: Path, text: str | None) -> None:
    """Missing or broken, it is told by code and folder, and the folder is neither whole nor current."""
    if text is not None:
        (tmp_path / "manifest.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError, match=r"manifest\.json") as caught:
        manifest.read_manifest(tmp_path)
    assert caught.value.findings[0].code == "GP-O002"
    assert caught.value.findings[0].file == str(tmp_path)
    assert not manifest.is_whole(tmp_path)
    assert not manifest.is_current(tmp_path, "")


def test_a_published_folder_is_whole_current_and_said_file_by_file(folder: Path) -> None:
    """Every file is told, then that the numbers add up and the layers agree; the numbers come back."""
    said: list[str] = []
    found = manifest.verify(str(folder), said.append)
    record = manifest.read_manifest(folder)
    assert [line.partition(":")[0] for line in said] == [*record["files"], "results.json", "layers.gpkg"]
    assert found == manifest.read_results(folder)
    assert found["demand_total"] == town.DEMAND
    assert manifest.is_whole(folder)
    assert manifest.is_current(folder, record["key"])
    assert not manifest.is_current(folder, record["key"][:-1])


@pytest.mark.parametrize("name", ["results.json", "layers.gpkg", "recommended_sites.csv"])
@pytest.mark.parametrize("how", ["changed", "missing", "added"])
def test_a_file_that_was_changed_taken_or_added_is_noticed(folder: Path, name: str, how: str) -> None:
    """Whichever it is, the folder is neither whole nor current, and the error names the file."""
    key, there = manifest.read_manifest(folder)["key"], folder / name
    if how == "changed":
        there.write_bytes(there.read_bytes()[:-1] + b"?")
    elif how == "missing":
        there.unlink()
    else:
        (folder / "also").mkdir()
        shutil.copy(there, folder / "also" / name)
    assert not manifest.is_whole(folder)
    assert not manifest.is_current(folder, key)
    with pytest.raises(CheckFailed, match=name):
        manifest.verify(folder)


def test_a_manifest_without_its_parts_vouches_for_nothing(folder: Path) -> None:
    """One without a list of files is of no whole folder, one without a key of no current one."""
    record = manifest.read_manifest(folder)
    for part, holds in (("files", manifest.is_whole(folder)), ("key", manifest.is_current(folder, record["key"]))):
        assert holds
        short = {k: v for k, v in record.items() if k != part}
        (folder / "manifest.json").write_text(json.dumps(short), encoding="utf-8")
        assert not manifest.is_current(folder, record["key"])
        assert manifest.is_whole(folder) == (part != "files")
        (folder / "manifest.json").write_text(json.dumps(record), encoding="utf-8")


def rewritten(folder: Path, found: dict[str, Any]) -> None:
    """Put other numbers into a folder, with a manifest that fits."""
    (folder / "results.json").write_text(json.dumps(found, ensure_ascii=False), encoding="utf-8")
    record = manifest.read_manifest(folder)
    (folder / "manifest.json").unlink()
    manifest.write_manifest(folder, {k: v for k, v in record.items() if k not in ("files", "geoplan")})


def test_numbers_that_do_not_add_up_are_noticed_though_the_hash_fits(folder: Path) -> None:
    """A hash says that nobody changed the file, not that it is right."""
    found = manifest.read_results(folder)
    found["gap_account"]["served"] += 1
    rewritten(folder, found)
    assert manifest.is_whole(folder)
    with pytest.raises(CheckFailed, match="gap_account"):
        manifest.verify(folder)


LAYERS = {
    "demand_points": ("residential_areas", lambda f, n: f.update(demand_points=f["demand_points"] + n)),
    "facilities": ("facilities", lambda f, n: f.update(facilities=f["facilities"] + n)),
    "options": ("options", lambda f, n: f["options"].update(count=f["options"]["count"] + n)),
    "plan": ("plan", lambda f, n: f["plan"].update(sites=["Q"] * (len(f["plan"]["sites"]) + n))),
    "no plan": ("plan", lambda f, _n: f.update(plan=None)),
    "people": ("residential_areas hold", lambda f, n: f.update(population_total=f["population_total"] + 0.01 * n)),
}


@pytest.mark.parametrize("more", [1, -1])
@pytest.mark.parametrize("name", LAYERS)
def test_layers_that_hold_other_than_the_numbers_say_are_noticed(published: Path, name: str, more: int) -> None:
    """A row or a hundredth of a person more or less, by layer."""
    layer, change = LAYERS[name]
    found = manifest.read_results(published)
    manifest._check_layers(published / "layers.gpkg", found)
    change(found, more)  # type: ignore[no-untyped-call]
    with pytest.raises(CheckFailed, match=layer):
        manifest._check_layers(published / "layers.gpkg", found)


def test_layers_of_a_service_without_residents_have_their_own_name(published: Path) -> None:
    """There the demand points stand in the layer that the numbers name, and nobody's residents are counted."""
    found = copy.deepcopy(manifest.read_results(published))
    found |= {"population_total": None, "demand_layer": "residential_areas"}
    manifest._check_layers(published / "layers.gpkg", found)
    found["demand_layer"] = "public_places"
    with pytest.raises(CheckFailed, match="public_places has 0 rows"):
        manifest._check_layers(published / "layers.gpkg", found)


def test_only_a_folder_of_geoplan_is_replaced(tmp_path: Path) -> None:
    """None, an empty one and one with a manifest may be; a file and a folder of anything else are refused, by name and key."""
    for name in ("empty", "ours", "mine"):
        (tmp_path / name).mkdir()
    (tmp_path / "ours" / "manifest.json").touch()
    (tmp_path / "mine" / "thesis.docx").touch()
    (tmp_path / "file").touch()
    for name in ("none", "empty", "ours"):
        manifest.refuse_foreign(tmp_path / name)
    for name in ("mine", "file"):
        with pytest.raises(InputError, match="not written by geoplan") as caught:
            manifest.refuse_foreign(tmp_path / name)
        assert (caught.value.findings[0].file, caught.value.findings[0].place) == (str(tmp_path / name), "--out")


def test_what_does_not_verify_is_not_published(folder: Path, tmp_path: Path) -> None:
    """The staging folder is read back: what is whole takes its place, what is not vanishes, and a foreign folder is refused first."""
    out = tmp_path / "out" / "base"
    with manifest.publishing(out) as staging:
        shutil.copytree(folder, staging, dirs_exist_ok=True)
    assert manifest.is_whole(out)
    with pytest.raises(CheckFailed), manifest.publishing(out) as staging:  # noqa: PT012 - the error comes from its end
        shutil.copytree(folder, staging, dirs_exist_ok=True)
        (staging / "results.json").write_text("{}")
    assert manifest.is_whole(out)
    assert names(out.parent) == ["base"]
    (out / "manifest.json").unlink()
    with pytest.raises(InputError), manifest.publishing(out):
        raise AssertionError("nothing may be computed")  # pragma: no cover
