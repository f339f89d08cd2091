"""Cooperative covering: rows that open options cover in part, together at most once.

A plan covers of row j the weight times min(1, sum over open options of their parts of it). What the fixed cover is taken off: of
a row of which they cover b, 1 - b is left, with that share of its weight, and each part becomes min(1, part / (1 - b)).
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from geoplan.location import _maxcover_kernels as kernels
from geoplan.location._graph import Floats, Ints
from geoplan.location._maxcover import Cover, by_row, cover_of, numbered
from geoplan.location._maxcover_assign import ranks
from geoplan.location._maxcover_decay import decays
from geoplan.location._maxcover_search import PLENTY, Opened
from geoplan.location.problem import LocationProblem

BITS, NEGLIGIBLE = 50, 1e-9  # of the sum of all weights in units; of all people
LITTLE = 1e-11  # of the sum of weights: what sums of doubles can be off, and no reason for an exchange
FULL = 1e-12  # a row of which less is left is covered


def build_together(problem: LocationProblem, model: str) -> Cover:
    """The cooperative question of a problem; weights and parts are never below what they stand for."""
    cost, parts = problem.cost, decays(problem, model)
    rank = ranks(np.asarray(cost.demand_ids, object))  # rows stand in the order of ids, and so do the sums of doubles
    people = np.zeros(len(rank))
    people[rank] = problem.weights().to_numpy().sum(axis=1)
    total = math.fsum(people)
    unit = 2.0 ** (BITS - max(0, int(np.ceil(np.log2(max(total, 1.0))))))
    used = [np.flatnonzero(part > 0) for part in parts]

    def rows(place: int) -> Any:
        return rank[cost.demand[cost.start[place] + used[place]]]

    frame = cover_of(
        replace(problem, fixed=[], refused=[*problem.refused, *problem.fixed]),
        np.ones(len(people), np.int64),
        rows,
        1.0,
        0.0,
    )
    begin = np.concatenate(([0], np.cumsum([len(used[k]) for k in frame.place]))).astype(np.int64)
    row = np.concatenate([np.zeros(0, np.int32), *(rows(k) for k in frame.place)]).astype(np.int32)
    share = np.concatenate([np.zeros(0), *(parts[k][used[k]] for k in frame.place)])
    fixed = np.zeros(len(people))
    for k in cost.place_ids.get_indexer(pd.Index(sorted(set(problem.fixed)), dtype=object)):
        fixed[rows(int(k))] += parts[k][used[k]]
    whole = replace(frame, begin=begin, row=row, share=share, unit=unit, step=total * unit * NEGLIGIBLE)
    return left_of(whole, people * unit, fixed, np.arange(frame.options))


def left_of(cover: Cover, weight: Floats, load: Floats, kept: Ints) -> Cover:
    """The rows that a load leaves to cover, with the options kept; `always` is raised by what it covers."""
    left = 1.0 - np.minimum(load, 1.0)
    runs = [np.arange(cover.begin[k], cover.begin[k + 1]) for k in kept]
    pairs = np.concatenate([np.zeros(0, np.int64), *runs])
    met = np.zeros(len(weight), bool)
    met[cover.row[pairs]] = True
    rows = np.flatnonzero(met & (left > FULL) & (weight > 0))
    number = np.full(len(weight), -1, np.int32)
    number[rows] = np.arange(len(rows))
    owner = np.repeat(np.arange(len(kept)), np.diff(cover.begin)[kept])
    at = number[cover.row[pairs]]
    pairs, owner, at = pairs[at >= 0], owner[at >= 0], at[at >= 0]
    order = np.lexsort((at, owner))
    pairs, owner, at = pairs[order], owner[order], at[order]
    share = np.minimum(cover.share[pairs] / left[cover.row[pairs]], 1.0)
    begin = np.searchsorted(owner, np.arange(len(kept) + 1))
    first, option = by_row(begin, at, len(rows))
    turned = np.argsort(at, kind="stable")
    people = np.ceil(weight[rows] * left[rows]).astype(np.int64)
    always = cover.always + int(np.ceil((weight * np.minimum(load, 1.0)).sum()))
    return replace(cover, weight=people, begin=begin.astype(np.int64), row=at.astype(np.int32), first=first, option=option,
                   share=share, share_by_row=share[turned], always=always)  # fmt: skip


def together_left(cover: Cover, place: Ints, opened: Ints) -> Cover:
    """The cooperative question that is left when `opened` are open and of the others only `place` may be."""
    load = np.zeros(len(cover.weight))
    for k in opened:
        pairs = slice(cover.begin[k], cover.begin[k + 1])
        load[cover.row[pairs]] += cover.share[pairs]
    left = left_of(cover, cover.weight.astype(float), load, place)
    return without(cover, left, place, opened, left.always)


def without(cover: Cover, left: Cover, place: Ints, opened: Ints, always: int) -> Cover:
    """The rows of `left` with the options that are left, and the money and number that `opened` leave."""
    site = numbered(cover.site[place])
    budget = None if cover.budget is None else cover.budget - int(cover.cost[opened].sum())
    p = None if cover.p is None else cover.p - len(opened)
    sites = int(site.max(initial=-1)) + 1
    return replace(left, place=place, cost=cover.cost[place], site=site, sites=sites, budget=budget, p=p, always=always)


class Together(Opened):
    """A plan of cooperative covering that follows each change."""

    def __init__(self, cover: Cover, chosen: Any = ()) -> None:
        self.cover, options = cover, cover.options
        self.pairs = (cover.begin, cover.row, cover.first, cover.option)
        self.parts = (cover.share, cover.share_by_row)
        self.weight = cover.weight.astype(float)
        self.is_open, self.at_site = np.zeros(options, np.int8), np.full(cover.sites, -1, np.int64)
        self.times, self.gain = np.zeros(len(cover.weight)), np.zeros(options)
        self.state: Any = (self.times, self.gain)
        self.units, self.spare = 0.0, PLENTY if cover.budget is None else cover.budget
        self.little = LITTLE * float(self.weight.sum())
        self._afresh()
        for option in chosen:
            self.add(int(option))

    def _afresh(self) -> None:
        """Sum afresh what has been added up and taken off."""
        kernels.together_gains(self.weight, self.pairs, self.parts, self.times, self.gain)
        self.units = float((self.weight * np.minimum(self.times, 1.0)).sum())

    def _turn(self, option: int, sign: float) -> None:
        self.units += kernels.together_turn(option, sign, self.weight, self.pairs, self.parts, self.state)
        self.is_open[option] = sign > 0
        self.at_site[self.cover.site[option]] = option if sign > 0 else -1
        self.spare -= int(self.cover.cost[option]) * int(sign)

    def add(self, option: int) -> None:
        """Open an option."""
        self._turn(option, 1.0)

    def drop(self, option: int) -> None:
        """Close an option."""
        self._turn(option, -1.0)

    def loss(self, option: int) -> float:
        """What closing an open option would lose; 0 where it is no more than rounding."""
        lost = float(kernels.together_loss(option, self.weight, self.pairs, self.parts, self.times))
        return lost if lost > self.little else 0.0

    def _allowed(self, order: Ints) -> Any:
        """Which of these can be opened beside those that are open, number apart."""
        cover = self.cover
        free = (self.is_open[order] == 0) & (self.at_site[cover.site[order]] < 0)
        return free & (cover.cost[order] <= self.spare)

    def fill(self, order: Ints) -> None:
        """Open of these what gains most (for its cost, where money is scarce) while something gains."""
        price = np.maximum(self.cover.cost[order], 1e-9) if self.cover.budget is not None else np.ones(len(order))
        self._afresh()
        while self.free > 0 and len(order):
            gain = np.where(self._allowed(order), self.gain[order], 0.0)
            gain = np.where(gain > self.little, gain / price, 0.0)
            if gain.max() <= 0:
                return
            self.add(int(order[np.flatnonzero(gain >= gain.max() * (1 - LITTLE))[0]]))

    def exchange(self, order: Ints, level: bool = False) -> bool:
        """Close each open option in turn and open what then gains most; with `level` the lowest id of equal gain. Whether it covers more."""
        begin = self.units
        for option in self.chosen:
            before, lost = self.units, self.loss(int(option))
            self.drop(int(option))
            gain = np.where(self._allowed(order), self.gain[order], -1.0)
            best = int(order[np.flatnonzero(gain >= gain.max() - self.little)[0]]) if len(order) else int(option)
            lower = level and best < option and self.cover.cost[best] <= self.cover.cost[option]
            better = len(order) and gain.max() > lost + self.little
            even = lower and gain.max() >= lost - self.little
            self.add(best if better or even else int(option))
            if not (better or even):
                self.units = before
        self._afresh()
        return self.units > begin + self.little
