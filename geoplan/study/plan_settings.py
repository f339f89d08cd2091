"""Plan settings: the block `plan` of the study file, money, land and goals by phase."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from geoplan.study.blocks import Block, Positive, Share, Yuan, known

OptionKind = Annotated[str, known("options")]
PHASED = ("floors", "pilots", "limits", "annual_budget", "subsidy", "priority", "fair", "choice")


class FloorSettings(Block):
    """Something that the plan must reach by a year, in each county-level unit or in one."""

    kind: Literal["coverage", "urban_rural", "per_1000"] = Field(
        description="coverage: served of those who want a place; urban_rural: that share in rural areas to that in urban ones; "
        "per_1000: places to a thousand residents"
    )
    least: Positive = Field(description="what must be reached: a share, or places to a thousand residents")
    by: int = Field(description="a planning year")
    unit: str | None = Field(None, description="one county-level unit by its id; default: each")

    @model_validator(mode="after")
    def _a_share(self) -> FloorSettings:
        if self.kind != "per_1000" and self.least > 1:
            raise ValueError(f"{self.kind} is a share: least must be at most 1, not {self.least:g}")
        return self


class PilotSettings(Block):
    """At least so many options of a kind by a year."""

    kind: OptionKind = Field(description="a kind of option; see geoplan list options")
    least: int = Field(ge=1, description="how many of them there must be")
    by: int = Field(description="a planning year")


class LimitSettings(Block):
    """The most that may be taken of something, all options up to a year together."""

    of: Literal["land_m2", "new_land_m2", "farmland_m2", "places", "options"] = Field(description="what is limited")
    most: dict[int, Annotated[float, Field(ge=0, allow_inf_nan=False)]] = Field(
        min_length=1, description="by planning year"
    )
    each_unit: bool = Field(False, description="in each county-level unit instead of in all")


class Decision(Block):
    """A planner's decision on a site or option, with the reason; its price goes into the decision log."""

    pin: str | None = Field(None, description="a site or option that must be in the plan, by id")
    ban: str | None = Field(None, description="a site or option that must not be, by id")
    reason: str = Field(min_length=1, max_length=1000, description="why, for the decision log")

    @model_validator(mode="after")
    def _one(self) -> Decision:
        if (self.pin is None) == (self.ban is None):
            raise ValueError("give exactly one of pin and ban")
        return self


class PlanSettings(Block):
    """What is decided."""

    model: Annotated[str, known("models")] = Field("programme", description="a location model; see geoplan list models")
    budget: dict[int, Yuan] = Field(
        {},
        description="yuan that come in each planning year; what is not spent stays for the next. Each year named is a phase of the plan",
    )
    budget_scale: Positive = Field(1.0, description="what the budget of every year is multiplied by")
    annual_budget: dict[int, Yuan] = Field(
        {}, description="yuan a year to run what the plan has built, by planning year"
    )
    subsidy: dict[int, Yuan] = Field({}, description="central subsidy that can be drawn, yuan by planning year")
    p: int | None = Field(None, ge=0, description="how many options to choose")
    kinds: tuple[OptionKind, ...] | None = Field(None, description="option kinds to use; default: all")
    floors: tuple[FloorSettings, ...] = Field((), description="what the plan must reach, by unit and year")
    pilots: tuple[PilotSettings, ...] = Field((), description="options of a kind that the plan must hold")
    limits: tuple[LimitSettings, ...] = Field((), description="quotas of land, farmland, places or options")
    priority: dict[str, Positive] = Field(
        {}, description="how much a person served counts, by class of area; default 1 each"
    )
    fair: bool = Field(False, description="first raise the unit that is served worst, then serve the most")
    choice: Literal["planner", "nearest"] = Field(
        "planner", description="who is assigned where: as serves most, or as families choose, the nearest first"
    )
    decisions: tuple[Decision, ...] = Field((), description="sites that the planner pins or bans, each with a reason")
    losses: bool = Field(
        False,
        description="also solve again without each site of the plan: what is lost if it is refused, and what replaces it",
    )
    front: tuple[Positive, ...] = Field(
        (),
        max_length=20,
        description="also plan for these multiples of the budget: how many are served with less or more money",
    )
    gap: Share = Field(0.005, lt=1, description="stop when the plan is proven to be this near to the best")
    time_limit_s: Positive = Field(60.0, description="stop after this time with the best plan found and its true gap")

    @model_validator(mode="after")
    def _bounded(self) -> PlanSettings:
        if not self.budget and self.p is None:
            raise ValueError("give a budget by year, or p, or both")
        if self.budget and not any(self.budget.values()):
            raise ValueError("the budget is 0 in every year; give what can be spent, or leave plan out")
        if "budget_scale" in self.model_fields_set and not self.budget:
            raise ValueError("budget_scale multiplies the budget; give one")
        if self.front and not self.budget:
            raise ValueError("front varies the budget; give one")
        if self.model != "programme" and (asked := self.phased_keys()):
            raise ValueError(f"{asked[0]} needs the model programme, not {self.model}")
        for key in ("floors", "pilots", "limits"):
            if late := sorted(self.years_named()[key] - set(self.budget)):
                raise ValueError(f"{key} name {late[0]}, a year without a budget; give it one, if only of 0")
        return self

    def phased_keys(self) -> list[str]:
        """The keys given that only a programme in phases can keep."""
        given = [key for key in PHASED if key in self.model_fields_set]
        return given + (["budget (of several years)"] if len(self.budget) > 1 else [])

    def years_named(self) -> dict[str, set[int]]:
        """The planning years that the keys name."""
        named = {key: set(getattr(self, key)) for key in ("budget", "annual_budget", "subsidy")}
        named |= {key: {rule.by for rule in getattr(self, key)} for key in ("floors", "pilots")}
        return named | {"limits": {year for rule in self.limits for year in rule.most}}
