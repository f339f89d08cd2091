"""The command line of the mutation tests."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from tests.mutation import campaign, reached, trial
from tests.mutation.groups import GROUPS


def main() -> None:
    """Measure what the tests of a group reach, then try its sample."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutation", description=__doc__)
    parser.add_argument("--group", choices=[*GROUPS, "all"], default="all")
    parser.add_argument("--sample", type=int, default=60, help="mistakes of each group (default 60)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument(
        "--out", type=Path, required=True, help="folder of records; what stands there is not tried again"
    )
    parser.add_argument("--modules", help="only this module of the group")
    parser.add_argument("--tests", help="only these test files, parted by spaces")
    parser.add_argument("--coverage", action="store_true", help="only the branch coverage")
    parser.add_argument("--again", action="store_true", help="measure again, and try again what survived")
    asked = parser.parse_args()
    trial.prepare()
    for name in GROUPS if asked.group == "all" else [asked.group]:
        print(f"== {name}")
        one(name, asked)


def one(name: str, asked: argparse.Namespace) -> None:
    """One group: its table, or its branches."""
    group, folder = GROUPS[name], (asked.out / name).resolve()
    if asked.modules:
        group = replace(group, modules=(asked.modules,))
    folder.mkdir(parents=True, exist_ok=True)
    if asked.again:
        (folder / "reached.json").unlink(missing_ok=True)
    tests = group.test_files() if asked.tests is None else asked.tests.split()
    found = reached.measure(group, tests, folder / "reached.json")
    if asked.coverage:
        for path, (lines, branches) in found.missing.items():
            there, taken = found.branches[path]
            print(
                f"{path:48}{taken:>6}/{there:<6}{taken / there if there else 1:>7.1%}  lines {lines}  branches {branches}"
            )
        return
    if asked.again:
        campaign.forget_survivors(folder / "mutants.jsonl")
    sample = campaign.drawn(campaign.every(group), asked.sample, asked.seed)
    records = campaign.tried(sample, group, found, folder, asked.workers)
    print(*campaign.table(records, found), sep="\n")


if __name__ == "__main__":
    main()
