"""A campaign: a drawn sample of the mistakes of a group, two at a time, each written down when it ends, so that it can go on later."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.mutation import trial
from tests.mutation.groups import Group
from tests.mutation.mutants import Mutant, mutants
from tests.mutation.reached import Reached

EQUIVALENT = Path(__file__).with_name("equivalent.csv")
LEAST_S, TIMES = 20.0, 8.0  # a mistake may take this long, and this many times as long as its tests without it
LONGEST_S = 300.0
TESTS = 400  # of a line that hundreds of tests reach, the quickest


def equivalent() -> dict[str, str]:
    """The mistakes that change nothing that anybody could notice, by key, each with its reason."""
    with EQUIVALENT.open(encoding="utf-8", newline="") as file:
        return {row["key"]: row["reason"] for row in csv.DictReader(file)}


def every(group: Group) -> list[Mutant]:
    """Every mistake of a group but those that change nothing."""
    known = equivalent()
    return [m for path, function in group.sources().items() for m in mutants(path, function) if m.key not in known]


def drawn(found: Iterable[Mutant], count: int, seed: int) -> list[Mutant]:
    """So many of the mistakes, drawn by the seed."""
    return sorted(found, key=lambda m: m.rank(seed))[:count]


def tried(
    sample: list[Mutant], group: Group, reached: Reached, folder: Path, workers: int, say: Callable[[str], None] = print
) -> list[dict[str, Any]]:
    """Try each mistake that has no record yet; the records of all, in the order of the sample."""
    file = folder / "mutants.jsonl"
    records = {r["key"]: r for r in read(file)}
    left = [m for m in sample if m.key not in records]
    running: dict[int, tuple[Mutant, list[str], float, Path]] = {}
    while left or running:
        while left and len(running) < workers:
            mutant = left.pop(0)
            tests = reached.tests(mutant.path, mutant.line)[:TESTS]
            log = folder / f"worker{_free(running)}.log"
            child = (
                trial.start(lambda m=mutant, t=tests: trial.changed(m.path, m.text, t, group.compiled), log)
                if tests
                else 0
            )  # type: ignore[misc]
            running[child or -len(left) - 1] = (mutant, tests, time.monotonic(), log)
        for child, (mutant, tests, since, log) in list(running.items()):
            limit = min(LONGEST_S, LEAST_S + TIMES * sum(reached.seconds.get(t, 0.0) for t in tests))
            code = trial.ended(child, since, limit) if child > 0 else 5
            if code is None:
                continue
            del running[child]
            record = _record(mutant, code, len(tests), time.monotonic() - since, log)
            records[mutant.key] = record
            with file.open("a", encoding="utf-8") as out:
                out.write(json.dumps(record, ensure_ascii=False) + "\n")
            say(f"{record['outcome']:8} {mutant.path}:{mutant.line}  {mutant.was}  ->  {mutant.becomes}")
        time.sleep(0.02)
    return [records[m.key] for m in sample]


def _free(running: dict[int, Any]) -> int:
    used = {entry[3].name for entry in running.values()}
    return next(n for n in range(len(running) + 1) if f"worker{n}.log" not in used)


def _record(mutant: Mutant, code: int, tests: int, seconds: float, log: Path) -> dict[str, Any]:
    """How a trial ended: pytest's 0 and 5 (no tests) are survivors; a hang and a crash are noticed."""
    if code == trial.NOT_TAKEN_IN:
        raise RuntimeError(f"{mutant.key}: the tests ran without it")
    outcome = "survived" if code in (0, 5) else "time" if code == -9 else "killed"
    by = ""
    if outcome == "killed" and log.exists():
        said = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
        by = next((line for line in said if line.startswith(("FAILED", "ERROR"))), said[-1] if said else "")[:200]
    about = {k: v for k, v in vars(mutant).items() if k not in ("text", "number")}
    return {
        "key": mutant.key,
        **about,
        "outcome": outcome,
        "code": code,
        "tests": tests,
        "seconds": round(seconds, 1),
        "by": by,
    }


def read(file: Path) -> list[dict[str, Any]]:
    """The records written so far; a later one of the same mistake takes the place of an earlier one."""
    if not file.exists():
        return []
    return list({(r := json.loads(line))["key"]: r for line in file.read_text(encoding="utf-8").splitlines()}.values())


def table(records: list[dict[str, Any]], reached: Reached) -> Iterator[str]:
    """By module: mistakes tried, noticed, survived, score, branch coverage; and the survivors."""
    yield f"{'module':48}{'mutants':>8}{'killed':>8}{'survived':>9}{'score':>8}{'branches':>17}"
    for path in [*sorted(reached.branches), ""]:
        mine = [r for r in records if path in ("", r["path"])]
        killed = sum(r["outcome"] != "survived" for r in mine)
        pairs = [pair for name, pair in reached.branches.items() if path in ("", name)]
        there, taken = sum(p[0] for p in pairs), sum(p[1] for p in pairs)
        score = f"{killed / len(mine):.1%}" if mine else "-"
        share = f"{taken}/{there} {taken / there:.1%}" if there else "-"
        yield f"{path or 'all':48}{len(mine):>8}{killed:>8}{len(mine) - killed:>9}{score:>8}{share:>17}"
    for record in records:
        if record["outcome"] == "survived":
            yield f"survived {record['path']}:{record['line']} in {record['function'] or 'the module'}"
            yield f"  - {record['was']}"
            yield f"  + {record['becomes']}"


def forget_survivors(file: Path) -> None:
    """Take the survivors out of the records, so that new tests are tried on them."""
    kept = [r for r in read(file) if r["outcome"] != "survived"]
    file.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in kept), encoding="utf-8")
