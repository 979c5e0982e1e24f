"""The planted world: when it happens, who is in it, and what each experiment really does.

Rates are tables ``[variant][stratum]``; the strata of an experiment are the values of one dimension (``all``,
``device``, ``visitor_type`` or allocation ``epoch``). A unit's outcome inside the metric window is drawn from
its cell, so the difference between two cells is the truth, not an approximation of it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

SECOND = 1_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR
Floats = npt.NDArray[np.float64]


def at(text: str) -> int:
    """Milliseconds since 1970 of a UTC time written ``YYYY-MM-DD[ HH:MM]``."""
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()) * SECOND


DAYS = 28
START = at("2026-01-05")
END = START + DAYS * DAY
CAMPAIGN = (at("2026-01-12"), at("2026-01-19"))
OUTAGE = (at("2026-01-22 14:00"), at("2026-01-22 17:00"))
HOLIDAY = (at("2026-01-19"), at("2026-01-20"))

DEVICES = ("mobile", "desktop", "tablet")
DEVICE_SHARES = (0.55, 0.35, 0.10)
VISITOR_TYPES = ("new", "returning")
VISITOR_SHARES = (0.5, 0.5)

SWITCHER_SHARE = 0.003
ORDER_SIGMA = 0.8  # of the log of an order's value


@dataclass(frozen=True)
class Stream:
    """One kind of outcome event of an experiment, and the metrics that are computed from it.

    ``kind`` says how many events a unit has in the window: ``conversion`` (Bernoulli) or ``count`` (Poisson).
    ``metrics`` maps a metric's kind to its id. ``mean_values`` [variant] is the mean value of an event whose
    value is lognormal, in money.
    """

    event: str
    kind: str
    window_hours: int
    rates: tuple[tuple[float, ...], ...]
    metrics: dict[str, str]
    mean_values: tuple[float, ...] = ()

    @property
    def window(self) -> int:
        return self.window_hours * HOUR


@dataclass(frozen=True)
class Experiment:
    """An experiment and its planted behaviour; ``variants[0]`` is the control.

    ``weights`` [epoch][variant] apply from ``epoch_starts`` [epoch]. ``lost`` [variant] is the share of the
    units *without an outcome* whose exposures never arrive.
    """

    experiment_id: str
    kind: str
    variants: tuple[str, ...]
    share: float
    streams: tuple[Stream, ...]
    ends_at: int | None = None
    unit_type: str = "user"
    dimension: str = "all"
    weights: tuple[tuple[float, ...], ...] = ((0.5, 0.5),)
    epoch_starts: tuple[int, ...] = (START,)
    lost: tuple[float, ...] = field(default=())

    @property
    def last_call(self) -> int:
        """First exposures stop here: a window before the declared end, so that every unit is ripe by then."""
        return END if self.ends_at is None else self.ends_at - max(s.window for s in self.streams)

    @property
    def stops_at(self) -> int:
        return END if self.ends_at is None else self.ends_at

    @property
    def strata(self) -> tuple[str, ...]:
        names = {"all": ("all",), "device": DEVICES, "visitor_type": VISITOR_TYPES}
        return names.get(self.dimension, tuple(str(i) for i in range(len(self.epoch_starts))))


def _conversion(event: str, metric: str, hours: int, *rates: tuple[float, ...]) -> Stream:
    return Stream(event, "conversion", hours, rates, {"conversion": metric})


EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        "signup_button_copy",
        "winner",
        ("create_account", "start_free"),
        share=0.35,
        ends_at=at("2026-01-30"),
        streams=(
            _conversion("signup_completed", "signup_conversion", 24, (0.10,), (0.12,)),
            Stream(
                "signup_button_clicked", "count", 24, ((0.50,), (0.60,)), {"count": "signup_button_clicks"}
            ),
            Stream(
                "order_placed",
                "count",
                72,
                ((0.25,), (0.30,)),
                {"sum": "revenue_per_user", "ratio": "revenue_per_order"},
                mean_values=(40.0, 46.0),
            ),
            _conversion("support_contacted", "support_contact", 24, (0.04,), (0.04,)),
        ),
    ),
    Experiment(
        "aa_check",
        "null",
        ("a", "b"),
        share=0.40,
        ends_at=at("2026-01-29"),
        streams=(
            _conversion("filter_applied", "filter_use", 24, (0.10,), (0.10,)),
            Stream("video_played", "count", 24, ((0.40,), (0.40,)), {"count": "videos_played"}),
        ),
    ),
    Experiment(
        "mobile_sticky_cta",
        "segment_only",
        ("static", "sticky"),
        share=0.50,
        ends_at=at("2026-01-31"),
        dimension="device",
        streams=(
            _conversion(
                "sticky_cta_clicked", "sticky_cta_click", 12, (0.060, 0.060, 0.060), (0.085, 0.060, 0.060)
            ),
        ),
    ),
    Experiment(
        "onboarding_2x2",
        "interaction",
        ("long_photo", "short_photo", "long_drawing", "short_drawing"),
        share=0.40,
        ends_at=at("2026-01-31"),
        weights=((0.25, 0.25, 0.25, 0.25),),
        streams=(
            _conversion(
                "onboarding_completed", "onboarding_completion", 72, (0.20,), (0.20,), (0.20,), (0.25,)
            ),
        ),
    ),
    Experiment(
        "tooltip_timing",
        "rare",
        ("after_10s", "after_3s"),
        share=0.40,
        ends_at=at("2026-01-30"),
        unit_type="device",
        streams=(_conversion("tooltip_action_taken", "tooltip_action", 6, (0.010,), (0.016,)),),
    ),
    Experiment(
        "redirect_checkout",
        "sample_ratio",
        ("same_page", "redirect"),
        share=0.30,
        ends_at=at("2026-01-26"),
        lost=(0.0, 0.12),
        streams=(_conversion("payment_confirmed", "payment_confirmation", 24, (0.20,), (0.20,)),),
    ),
    Experiment(
        "form_field_order",
        "sign_flip",
        ("email_first", "name_first"),
        share=0.40,
        dimension="visitor_type",
        streams=(_conversion("form_submitted", "form_submission", 24, (0.10, 0.13), (0.13, 0.10)),),
    ),
    Experiment(
        "onebox_rollout",
        "rollout",
        ("two_boxes", "onebox"),
        share=0.95,
        dimension="epoch",
        weights=((0.9, 0.1), (0.5, 0.5)),
        epoch_starts=(START, at("2026-01-19")),
        streams=(_conversion("search_result_opened", "search_result", 24, (0.020, 0.010), (0.0255, 0.0155)),),
    ),
)


@dataclass(frozen=True)
class Adjustment:
    """A rule of the demo's personalisation tool: it fires at the first ``trigger_event`` (at least so deep) of a
    person in its dates; ``rates`` are those of its outcome when served, and when withheld."""

    rule_id: str
    content_variant: str
    trigger_event: str
    outcome_event: str
    rates: tuple[float, float]
    starts_at: int
    ends_at: int
    holdout_share: float = 0.3
    least_depth: int = -1

    @property
    def effect(self) -> float:
        return self.rates[0] - self.rates[1]


ADJUSTMENTS: tuple[Adjustment, ...] = (
    Adjustment(
        "deep_scroll_offer", "offer_banner", "page_scrolled", "offer_accepted", (0.13, 0.08),
        at("2026-01-12"), at("2026-01-16"), least_depth=75,
    ),
    Adjustment(
        "form_hint", "hint_tooltip", "field_focused", "hint_used", (0.10, 0.10),
        at("2026-01-12"), at("2026-01-16"),
    ),
)  # fmt: skip


def arrival_curve() -> tuple[npt.NDArray[np.int64], Floats]:
    """Hour edges [hours + 1] in ms, and the share of the users who have arrived by then."""
    edges = START + HOUR * np.arange(DAYS * 24 + 1, dtype=np.int64)
    hours = edges[:-1]
    of_day = (hours // HOUR) % 24
    weekend = (hours // DAY + 3) % 7 >= 5  # 1970-01-01 was a Thursday
    weight = (1.0 + 0.8 * np.sin((of_day - 8) * np.pi / 12)) * np.where(weekend, 0.8, 1.0)
    weight *= np.where((hours >= CAMPAIGN[0]) & (hours < CAMPAIGN[1]), 1.15, 1.0)
    weight[(hours >= OUTAGE[0]) & (hours < OUTAGE[1])] = 0.0
    arrived = np.concatenate([[0.0], np.cumsum(weight)])
    return edges, arrived / arrived[-1]


def arrived_by(times: npt.ArrayLike) -> Floats:
    """Share of the users whose first visit starts before each time (ms since 1970)."""
    edges, share = arrival_curve()
    return np.interp(np.asarray(times, dtype=np.float64), edges, share)
