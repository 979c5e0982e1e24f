"""Every text the demo data can contain; frames carry positions in these lists, −1 for an absent value."""

from __future__ import annotations

import json

from .plan import ADJUSTMENTS, DEVICES, EXPERIMENTS, VISITOR_TYPES

EXPOSURE = "experiment_viewed"
BROWSING = ("page_viewed", "page_scrolled", "element_clicked", "field_focused")
FUNNEL = ("product_viewed", "basket_added", "checkout_started", "purchase_made")
OUTCOMES = tuple(s.event for e in EXPERIMENTS for s in e.streams)
SERVED = "adjustment_served"
AFTER_SERVING = tuple(rule.outcome_event for rule in ADJUSTMENTS)
KNOWN_EVENTS = (*BROWSING, *FUNNEL, "signed_in", EXPOSURE, *OUTCOMES, SERVED, *AFTER_SERVING)
UNKNOWN_EVENTS = ("page_veiwed", "SignupCompleted", "debug_ping", "undefined")
EVENTS = (*KNOWN_EVENTS, *UNKNOWN_EVENTS)

PEOPLE_AGENTS = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 19_2 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1",
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/143.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPad; CPU OS 19_2 like Mac OS X) AppleWebKit/605.1.15 Safari/604.1",
    "Mozilla/5.0 (Linux; Android 16; Pixel 10) AppleWebKit/537.36 Chrome/143.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 15_2) AppleWebKit/605.1.15 Version/19.2 Safari/605.1.15",
    "Mozilla/5.0 (Linux; Android 16; Tab S11) AppleWebKit/537.36 Chrome/143.0.0.0 Safari/537.36",
)
BOT_AGENTS = (
    "Mozilla/5.0 (compatible; pricebot/2.1; +https://pricebot.example/about)",
    "sitecrawler/1.0 (+https://sitecrawler.example)",
)
AGENTS = (*PEOPLE_AGENTS, *BOT_AGENTS)

CONSENT_REFUSED = ('"consent":false',)
INTERNAL = ('"internal":true', '"email":"qa@staff.example"', '"internal":true,"email":"dev@staff.example"')
HOSTILE = tuple(
    f'"label":{json.dumps(text, ensure_ascii=False)}'
    for text in (
        "'); drop table events; --",
        'she said "no", then \\ left',
        "<script>alert('lift')</script>",
        "<b>50% off</b> &amp; more",
        "🛒🎉 überraschung \u202e",
        "a,b;c\td\ne",
        "{{ config(materialized='table') }} ${HOME} %s",
        "",
    )
)
EXTRAS = (*CONSENT_REFUSED, *INTERNAL, *HOSTILE)

BROKEN_TIMES = (
    "1970-01-01T00:00:00.000Z",
    "0001-01-01T00:00:00.000Z",
    "yesterday",
    "2026-13-45T99:00:00.000Z",
    "",
)
PARSEABLE_BROKEN_TIMES = 2  # the first ones
JUNK = ("", "   ", "not json", "<html>504 Gateway Time-out</html>", "{'messageId': 'single quotes'}", "}{")
EMPTY_JUNK = 2  # the first ones

VARIANTS = (*(v for e in EXPERIMENTS for v in e.variants), "variant_z", "undefined")
UNKNOWN_VARIANTS = 2  # the last ones

#: Vocabulary of each coded column of an event frame.
COLUMNS: dict[str, tuple[str, ...]] = {
    "event": EVENTS,
    "device": DEVICES,
    "visitor": VISITOR_TYPES,
    "source": ("direct", "search", "email", "paid", "social"),
    "country": ("US", "GB", "DE", "FR", "BR", "IN", "JP", "NL", "SE", "unknown"),
    "agent": AGENTS,
    "path": ("/", "/pricing", "/products", "/products/lamp", "/account", "/search", "/help", "/checkout"),
    "element": ("menu", "logo", "image", "link", "tab", "close"),
    "experiment": tuple(e.experiment_id for e in EXPERIMENTS),
    "variant": VARIANTS,
    "rule": (*(rule.rule_id for rule in ADJUSTMENTS), "retired_rule"),
    "content": (*(rule.content_variant for rule in ADJUSTMENTS), "old_banner"),
    "holdout": ("false", "true"),
    "extra": EXTRAS,
    "broken_time": BROKEN_TIMES,
    "junk": JUNK,
}


def event_code(name: str) -> int:
    """Position of an event name in the vocabulary."""
    return EVENTS.index(name)


def first_variant_code(experiment: int) -> int:
    """Position of the control of the experiment at this position; its other variants follow."""
    return sum(len(e.variants) for e in EXPERIMENTS[:experiment])
