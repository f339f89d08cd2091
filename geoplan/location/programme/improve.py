"""Bound and plans in turn until they are near enough: what a solve of the programme does at any size."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from geoplan.location._graph import THOUSANDTHS, Ints
from geoplan.location._highs import maximise
from geoplan.location._watch import Watch
from geoplan.location.programme.assign import Pairs
from geoplan.location.programme.bound import Prices, Relaxed, Volume, first_prices, settled
from geoplan.location.programme.finish import HALF, Choice, keeps_rules, paths_of, settle
from geoplan.location.programme.layers import Instance
from geoplan.location.programme.linked import Linked
from geoplan.location.programme.model import could_add, flows_of, programme_model
from geoplan.location.programme.plan import ProgrammePlan
from geoplan.location.programme.problem import ProgrammeProblem
from geoplan.location.programme.search import (
    Copies,
    Service,
    advance,
    build_copies,
    ceilings,
    exchange,
    fill,
    refill,
    rounded,
    start_plan,
)

LARGE = 200_000  # flows above which HiGHS is not asked
ROUGH, FIRST, MORE = 200, 400, 200  # rounds of prices by pool, of the bound before the first plan, and between plans
ROUNDINGS = (0.6, 0.85, 0.3, 0.7, 0.5)  # which share in the relaxed plan opens a site
TURNS = 12  # of bound and plan at most
LITTLE = 0.05  # of what is missing between plan and bound: a turn that brings less is in vain, and branch and bound takes over
ENOUGH = 0.25  # what a pass of exchange must bring of what is missing to be repeated
DIVES = (
    (0.95, 0.9, 0.8, 0.7, 0.6, 0.5, 0.4),
    (0.9, 0.75, 0.6, 0.45),
    (0.98, 0.93, 0.85, 0.75, 0.65, 0.55, 0.45),
)  # shares opened
DIVE, CLOSE = 60, 0.02  # rounds between two levels of a dive, and how far below the bound its steps aim
FARKAS, COUNTIES = 8, 40  # times fifty rounds to prove that floors cannot be reached, all and in so many counties alone
STRICTER = 1.01  # what the search asks of floors once places shared by counties have broken one


@dataclass(eq=False)
class Work:
    """One solve under way: the best choice and the least bound (thousandths) so far."""

    problem: ProgrammeProblem
    instance: Instance
    pairs: Pairs
    watch: Watch
    gap: float
    copies: Copies | None = None
    prices: Prices | None = None
    best: Choice | None = None
    bound: float = np.inf

    def offer(self, chosen: Ints) -> None:
        """Take a choice of paths if it keeps rules and floors and counts more than the best."""
        if not keeps_rules(self.instance, chosen):
            return
        choice = settle(self.problem, self.instance, self.pairs, chosen)
        if choice is not None and (self.best is None or choice.worth > self.best.worth):
            self.best = choice

    @property
    def worth(self) -> float:
        """What the best choice counts, -inf if there is none."""
        return -np.inf if self.best is None else self.best.worth

    def reached(self, worth: float | None = None) -> bool:
        """Whether the bound is within the gap, or within the thousandth that no plan can do better by."""
        known = self.worth if worth is None else worth
        return bool(np.isfinite(known) and self.bound - known <= max(self.gap * abs(known), 0.5))

    def tell(self, stage: str) -> None:
        """Tell the reader how far it is."""
        best = None if self.best is None else self.best.worth / THOUSANDTHS
        self.watch.tell(stage, best, self.bound / THOUSANDTHS if np.isfinite(self.bound) else None)


def size_of(work: Work, closed: Any) -> int:
    """How many flows the model has without these paths."""
    instance = work.instance
    return len(flows_of(instance, instance.room, could_add(instance, ~closed)).pair)


def begin(work: Work, start: Any) -> None:
    """The start as the first choice, where it keeps all rules as it is."""
    if isinstance(start, ProgrammePlan) and start.opens:
        work.offer(paths_of(work.problem, work.instance, start.opens))


def branch(work: Work, closed: Any) -> bool:
    """Branch and bound in HiGHS over the paths that are not closed; True if it settled the problem.

    Sets the bound to -inf where it is proven that there is no plan.
    """
    if work.reached():
        return True
    work.tell("branch and bound")
    model, _ = programme_model(work.instance, closed, np.zeros(len(closed), bool))
    options: dict[str, Any] = {"gap": work.gap, "absolute": HALF, "time_limit_s": work.watch.left()}
    if work.best is not None:  # HiGHS does not know this plan: its own gap says nothing of it
        options["enough"] = (work.worth + work.gap * abs(work.worth)) / THOUSANDTHS
    answer = maximise(model, watch=work.watch, **options)
    if answer.ended == "infeasible":
        work.bound = work.worth
        return True
    if answer.x is not None:
        work.offer(np.flatnonzero(answer.x[: len(closed)] > 0.5))
    work.bound = max(min(work.bound, answer.bound * THOUSANDTHS), work.worth)
    return work.best is not None and (work.reached() or answer.ended == "optimal")


@dataclass(eq=False)
class Search:
    """Plans of the search: the paths of the best, and what it counts by the search's own flows."""

    chosen: Ints | None = None
    merit: float = -np.inf
    strict: float = 1.0


def improve(work: Work, start: Any) -> None:
    """Bound and plans in turn; what they leave open goes to branch and bound where that is not too large."""
    work.copies = work.copies or build_copies(work.instance)
    relaxed, first = _relaxation(work)
    volume = Volume(relaxed, first, known=work.prices is not None)
    found = Search()
    if work.prices is not None and isinstance(start, ProgrammePlan):
        _note(work, volume)
        _repaired(work, relaxed, volume, found, start)
    if _done(work, found):
        return
    core, possible = _core(work, volume)
    if not possible or _cannot_reach(work, relaxed, counties=0):
        work.bound = -np.inf
        return
    if not _turns(work, relaxed, volume, found, core):
        return
    _taken(work, found)
    if _cannot_reach(work, relaxed):
        work.bound = -np.inf
    elif not work.reached() and work.watch.going:
        _closer(work, relaxed, volume)


def _turns(work: Work, relaxed: Relaxed, volume: Volume, found: Search, core: Ints | None) -> bool:
    """Bound and plans in turn as long as they bring anything; False if that settled the problem."""
    for k in range(TURNS):
        if _done(work, found):
            return False
        before = work.bound - found.merit
        moving = volume.run(FIRST if not k else MORE, found.merit, work.gap, lambda: work.watch.going)
        _note(work, volume)
        if _impossible(work):
            work.bound = -np.inf
            return False
        if _done(work, found):
            return False
        if (not work.watch.going and found.chosen is not None) or (not moving and k >= len(ROUNDINGS)):
            break
        if k == 1:
            core, _ = _core(work, volume)
        if k == 0 or not _dived(work, relaxed, volume, found, DIVES[k % len(DIVES)]):
            _plan(work, relaxed, volume, found, ROUNDINGS[k % len(ROUNDINGS)], core)
        vain = k and before - (work.bound - found.merit) < LITTLE * before
        if vain and size_of(work, _closed(work, relaxed, volume, found.merit)) <= LARGE:
            break
    return True


def _relaxation(work: Work) -> tuple[Relaxed, Prices]:
    """The stronger relaxation and where to begin: at the multipliers known, else at those that prices by pool imply."""
    weak = Relaxed(work.instance)
    if work.instance.base.travel.any():
        return weak, work.prices or first_prices(weak)
    linked = Linked(work.instance)
    if work.prices is not None:
        return linked, work.prices
    rough = Volume(weak, first_prices(weak))
    rough.run(ROUGH, -np.inf, work.gap, lambda: work.watch.going)
    return linked, linked.from_pools(rough.proof.prices)


def _done(work: Work, found: Search) -> bool:
    """Whether the best plan, of the search or before, is near enough to the bound."""
    return work.reached(max(work.worth, found.merit)) and _taken(work, found)


def _cannot_reach(work: Work, relaxed: Relaxed, counties: int = COUNTIES) -> bool:
    """Whether multipliers prove that the floors cannot all be reached, whatever is served besides (Farkas).

    With nothing counted for the served, the bound of every plan is 0 at least; multipliers with a bound below prove that none is.
    """
    if work.best is not None or not work.instance.shares or work.instance.base.travel.any():
        return False
    bare = Relaxed(replace(work.instance, charge=np.zeros_like(work.instance.charge)))
    bare.flat = np.zeros_like(relaxed.flat)
    counted = np.array([float(s.least > 0) for s in work.instance.shares])
    each = [row for row in np.eye(len(counted)) * counted if row.any()]
    phases = np.repeat(np.arange(work.instance.base.phases), work.instance.base.bands)
    for share in [counted, *each[:counties]] if counted.any() else []:
        mine = [s.phase for s, one in zip(work.instance.shares, share, strict=True) if one]
        least = sum(s.least for s, one in zip(work.instance.shares, share, strict=True) if one)
        price = np.where(np.isin(phases, mine), 0.5, 0.0) * np.ones(bare.room.shape)
        volume = Volume(bare, Prices(price, np.zeros(len(bare.most)), share))
        volume.given[len(volume.given) - len(share) :] = (
            0.0  # these multipliers stay: all floors together, or one alone
        )
        volume.ahead = 1e3
        for _ in range(1 if share is not counted else FARKAS if counties else 2):
            volume.run(50, -0.1 * least, 0.0, lambda: work.watch.going)
            if volume.best.bound < -0.5:
                return True
    return False


def _note(work: Work, volume: Volume) -> None:
    """Take the bound, and keep the multipliers."""
    work.bound, work.prices = max(min(work.bound, volume.proof.bound), work.worth), volume.proof.prices
    work.tell("bound")


def _impossible(work: Work) -> bool:
    """Whether the bound says that no plan keeps the floors: none counts less than nothing."""
    costless = not work.instance.charge.any() and not work.instance.base.travel.any()
    return bool(costless and work.best is None and work.bound < -0.5)


def _core(work: Work, volume: Volume) -> tuple[Ints | None, bool]:
    """Paths that keep what rules ask for, if they ask for anything; and whether there are any."""
    if not (work.instance.paths.most < 0).any():
        return None, True
    return rounded(work.instance, volume.proof.mean, work.watch.left())


def _service(work: Work, relaxed: Relaxed, volume: Volume, strict: float) -> Service:
    assert work.copies is not None
    service = Service(work.instance, work.copies, np.asarray(relaxed.use_of @ volume.proof.prices.rule))
    service.least = np.ceil(service.least * strict)
    return service


def _plan(work: Work, relaxed: Relaxed, volume: Volume, found: Search, least: float, core: Ints | None) -> None:
    """One plan: rounded, filled, and exchanged as long as that helps and the gap is not reached."""
    service = _service(work, relaxed, volume, found.strict)
    start_plan(service, volume.proof, least, core)
    _exchanged(work, relaxed, volume, found, service)


def _dived(work: Work, relaxed: Relaxed, volume: Volume, found: Search, levels: tuple[float, ...]) -> bool:
    """One plan: what the relaxed plan opens nearly whole is opened, the rest is relaxed again around it, and so on.

    False if that misses what a rule asks for (pilots, required options, places standing).
    """
    service, mean, prices = _service(work, relaxed, volume, found.strict), volume.proof.mean, volume.proof.prices
    for level in levels:
        order = np.argsort(-mean, kind="stable")
        for path in order[: int((mean >= level).sum())]:
            if service.fits(int(path)):
                service.add(int(path))
        relaxed.forced = np.flatnonzero(service.open)
        around = Volume(relaxed, prices)
        around.ahead = CLOSE
        around.run(DIVE, -np.inf, work.gap, lambda: work.watch.going)
        mean, prices = around.mean, around.proof.prices
    relaxed.forced = relaxed.forced[:0]
    fill(service, ceilings(service))
    advance(service)
    if not service.kept():
        return False
    _exchanged(work, relaxed, volume, found, service)
    return True


def _exchanged(work: Work, relaxed: Relaxed, volume: Volume, found: Search, service: Service) -> None:
    worth = relaxed.worth(volume.proof.prices)
    goal = max(work.bound / (1 + work.gap), work.bound - work.gap * abs(service.merit))
    while service.merit < goal and work.watch.going:
        before = service.merit
        exchange(service, worth, goal, lambda: work.watch.going)
        advance(service)
        if service.merit - before < ENOUGH * (goal - before):
            break
    if service.kept() and service.merit > found.merit:
        found.chosen, found.merit = np.flatnonzero(service.open), service.merit
        work.watch.tell("search", found.merit / THOUSANDTHS, work.bound / THOUSANDTHS)


def _repaired(work: Work, relaxed: Relaxed, volume: Volume, found: Search, start: ProgrammePlan) -> None:
    """The plan of the problem before, without what is not allowed now, filled up and exchanged."""
    service = _service(work, relaxed, volume, found.strict)
    for path in paths_of(work.problem, work.instance, start.opens):
        if service.fits(int(path)):
            service.add(int(path))
    refill(service, relaxed.worth(volume.proof.prices))
    advance(service)
    _exchanged(work, relaxed, volume, found, service)


def _taken(work: Work, found: Search) -> bool:
    """Offer the best plan of the search; False if its floors broke, and the search is asked to be stricter."""
    if found.chosen is None or work.worth >= found.merit:
        return work.best is not None and work.reached()
    work.offer(found.chosen)
    if work.worth < found.merit - 0.5:
        found.chosen, found.merit = None, work.worth
        found.strict *= STRICTER
    return work.best is not None and work.reached()


def _closer(work: Work, relaxed: Relaxed, volume: Volume) -> None:
    """Branch and bound over the paths that a better plan could take."""
    closed = _closed(work, relaxed, volume, work.worth)
    if size_of(work, closed) <= LARGE:
        branch(work, closed)


def _closed(work: Work, relaxed: Relaxed, volume: Volume, worth: float) -> Any:
    """The paths that no plan counting more than `worth` takes."""
    closed = settled(relaxed, volume.proof, worth)
    if work.best is not None:
        closed[work.best.chosen] = False
    return closed
