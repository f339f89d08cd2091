"""What geoplan stands on: locked by version and hash, listed with licences, and nothing that runs what it reads."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LOCKS = ("requirements.lock", "requirements-dev.lock")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)")
WITHOUT_LICENCE = {
    "cligj": "BSD-3-Clause",
    "exactextract": "Apache-2.0",
    "pypdfium2": "BSD-3-Clause or Apache-2.0",
}  # in their files, not their metadata
RUNS_WHAT_IT_READS = {"pickle", "marshal", "shelve", "dill", "cloudpickle", "joblib"}


def plain(name: str) -> str:
    """A package's name as the index compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lock: str) -> dict[str, str]:
    """The version of each package of a lock file."""
    found = map(PIN.match, (ROOT / lock).read_text(encoding="utf-8").splitlines())
    return {plain(pin[1]): pin[2] for pin in found if pin}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_hashes(lock: str) -> None:
    """Each package in a lock file is pinned to one version and to the hashes of its files."""
    blocks = re.split(r"\n(?=[A-Za-z0-9])", (ROOT / lock).read_text(encoding="utf-8").strip())
    assert len(blocks) == len(pins(lock)) > 60
    assert [b.split("\n")[0] for b in blocks if not PIN.match(b) or "--hash=sha256:" not in b] == []


def test_every_requirement_is_locked() -> None:
    """What the project asks for is in the lock of users; what its developers need besides is in theirs, at the same versions."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    users, developers = map(pins, LOCKS)

    def names(requirements: list[str]) -> set[str]:
        return {plain(re.split(r"[<>=~!\[ ]", r)[0]) for r in requirements}

    assert names(project["dependencies"]) <= set(users)
    extras = project["optional-dependencies"]
    assert names([r for extra in extras.values() for r in extra]) <= set(developers)
    assert users.items() <= developers.items()


def test_the_bill_of_materials_is_that_of_the_lock() -> None:
    """The bill names the locked packages at their versions, each with an open licence, none of them the GPL or its kin."""
    bill = json.loads((ROOT / "bill_of_materials.json").read_text(encoding="utf-8"))
    users = pins("requirements.lock")
    listed = {plain(c["name"]): c for c in bill["components"]}
    assert {name: c["version"] for name, c in listed.items()}.items() <= users.items()
    assert set(users) - set(listed) <= {"colorama", "cffi", "pycparser"}  # those of other systems
    texts = {name: json.dumps(c.get("licenses", "")) for name, c in listed.items()}
    assert {name for name, text in texts.items() if text == '""'} <= set(WITHOUT_LICENCE)
    assert [name for name, text in texts.items() if re.search(r"\bA?L?GPL|General Public|AGPL|EUPL|SSPL", text)] == []


def test_nothing_runs_what_it_reads() -> None:
    """No module of geoplan unpickles, evaluates or compiles text, or starts a shell."""
    wrong = []
    for path in sorted((ROOT / "geoplan").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            at = f"{path.relative_to(ROOT)}:{getattr(node, 'lineno', 0)}"
            if isinstance(node, ast.Import | ast.ImportFrom):
                names = {a.name for a in node.names} | {getattr(node, "module", None) or ""}
                wrong += [f"{at} {n}" for n in names if n.split(".")[0] in RUNS_WHAT_IT_READS]
            if isinstance(node, ast.Call):
                called = ast.unparse(node.func)
                if called in {"eval", "exec", "compile", "__import__", "os.system", "os.popen"}:
                    wrong.append(f"{at} {called}")
                wrong += [f"{at} shell" for k in node.keywords if k.arg == "shell" and ast.unparse(k.value) != "False"]
    assert wrong == []
