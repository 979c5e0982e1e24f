"""`results_decisions`: one verdict an experiment, with its scope and the evidence in words.

The order of the questions is the order of `_decide`: can the data be trusted, does the effect depend on a
segment, is there an effect, does a guardrail object, and has the experiment run its course, or may it stop
before by its stopping rule. Effects that the plan names are read as the plan says (`as_planned`).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import nan
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa

from microlift.results.evidence import (
    BETTER,
    NOT_WORSE,
    OVER,
    STOPPED,
    WHOLE,
    WORSE,
    Change,
    Check,
    Crossing,
    Effect,
    Interaction,
    Peeking,
    Progress,
    as_planned,
    both_ways,
    change_words,
    crossing_words,
    harm_words,
    hints,
    p_words,
)
from microlift.results.tables import arrow, numbers

SHIP, STOP, KEEP, UNTRUSTED = "ship", "stop", "keep running", "cannot be trusted"
EVERYONE, NO_ONE = "everyone", "no one"

NUMBERS = [
    "relative_lift",
    "relative_lift_low",
    "relative_lift_high",
    "difference",
    "difference_low",
    "difference_high",
    "p_adjusted",
]

SCHEMA = pa.schema(
    [
        ("experiment_id", pa.string()),
        ("experiment_name", pa.string()),
        ("verdict", pa.string()),
        ("variant_id", pa.string()),
        ("scope", pa.string()),
        ("metric_id", pa.string()),
        *((name, pa.float64()) for name in NUMBERS),
        ("evidence", pa.string()),
    ]
)


@dataclass(frozen=True)
class Decision:
    """What is decided; `effect` is the comparison that the lift is read from, of which `segments`."""

    verdict: str
    reasons: list[str]
    scope: str = NO_ONE
    effect: Effect | None = None
    segments: frozenset[tuple[str, str]] = frozenset({WHOLE})
    has_stopped: bool = False
    """Whether stopping rules that hold over all looks have led to it: then it needs no planned end."""


@dataclass
class Evidence:
    """Everything known of one experiment; comparisons are of its primary metrics and guardrails."""

    checks: list[Check] = field(default_factory=list)
    comparisons: list[Effect] = field(default_factory=list)
    interactions: list[Interaction] = field(default_factory=list)
    crossings: list[Crossing] = field(default_factory=list)
    peeking: list[Peeking] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


def build(
    experiments: pd.DataFrame,
    metrics: pd.DataFrame,
    health: pd.DataFrame,
    comparisons: pd.DataFrame,
    interactions: pd.DataFrame,
    effects: pd.DataFrame,
    progress: pd.DataFrame,
    hypotheses: pd.DataFrame,
    looks: pd.DataFrame,
    changes: pd.DataFrame,
) -> pa.Table:
    """Decide every experiment of `dim_experiments` from the other result tables (`SCHEMA`).

    `metrics` is `dim_metrics`, the following four are `results_health`, `results_comparisons`,
    `results_interactions` and `results_factorial_effects`, `progress` is `int_progress`, and the last three are
    `results_hypotheses`, `results_sequential` and `quality_plan_changes`. Numbers are NULL where no comparison
    is spoken of, and p_adjusted where a stopping rule decides; `evidence` says why.
    """
    names = dict(zip(metrics["metric_id"], metrics["metric_name"], strict=True))
    told = as_planned(comparisons[comparisons["role"].isin(["primary", "guardrail"])], hypotheses)
    shown = interactions[
        (interactions["term"] == "interaction") & interactions["is_significant"].fillna(False).astype(bool)
    ]
    crossed = effects[(effects["factors"] > 1) & effects["is_significant"].fillna(False).astype(bool)]
    found: defaultdict[str, Evidence] = defaultdict(Evidence)
    for check in _rows(health, Check):
        found[check.experiment_id].checks.append(check)
    for effect in _rows(both_ways(told, experiments), Effect):
        found[effect.experiment_id].comparisons.append(effect)
    for interaction in _rows(shown, Interaction):
        found[interaction.experiment_id].interactions.append(interaction)
    for crossing in _rows(crossed, Crossing):
        found[crossing.experiment_id].crossings.append(crossing)
    for peek in _rows(_last_peeks(looks), Peeking):
        found[peek.experiment_id].peeking.append(peek)
    for change in _rows(changes.sort_values(["changed_at", "hypothesis_id", "field"]), Change):
        found[change.experiment_id].changes.append(change)
    states = dict(zip(progress["experiment_id"], _rows(progress, Progress), strict=True))

    ordered = experiments.sort_values("experiment_id")
    decided = [(key, _decide(found[key], states[key], names)) for key in ordered["experiment_id"]]
    rows = [_row(key, decision) for key, decision in decided]
    table = pd.DataFrame(rows, columns=[column.name for column in SCHEMA])
    return arrow(table.assign(experiment_name=ordered["experiment_name"].to_numpy()), SCHEMA)


Row = TypeVar("Row", bound=tuple[Any, ...])


def _rows(frame: pd.DataFrame, row: type[Row]) -> list[Row]:
    """A frame as named tuples, numbers as floats."""
    kinds = row.__annotations__
    columns = [
        (numbers(frame[name], missing=nan) if kinds[name] is float else frame[name]).tolist()
        for name in kinds
    ]
    return [row._make(values) for values in zip(*columns, strict=True)]  # type: ignore[attr-defined]


def _last_peeks(looks: pd.DataFrame) -> pd.DataFrame:
    """The last look of each metric under the rule that reads p at every look; of several pairs the worst."""
    naive = looks[looks["rule"] == "naive_p_value"]
    order = naive.sort_values(["experiment_id", "metric_id", "look", "error_if_used"], kind="stable")
    return order.drop_duplicates(["experiment_id", "metric_id"], keep="last")


def _decide(found: Evidence, progress: Progress, names: dict[str, str]) -> Decision:
    broken = [check.words for check in found.checks if check.status == "fail"]
    if broken:
        return Decision(UNTRUSTED, broken)
    primary = [effect for effect in found.comparisons if effect.role == "primary"]
    if any(effect.segment_dimension == "all" for effect in primary):
        planned = [test for test in found.interactions if test.is_confirmatory]
        decision = _overall(primary, names)
        # An interaction is tested once, at the end: it cannot hold back what may stop before.
        if progress.has_ended or not decision.has_stopped:
            decision = _by_segment(planned, primary) or decision
        decision = _vetoed(decision, found.comparisons, names)
        decision = _with(decision, crossing_words(found.crossings, primary, names))
        decision = _with(decision, hints(found.interactions, primary))
    else:
        waits = "window has closed yet" if progress.unripe_units else "value of a primary metric is known"
        decision = Decision(KEEP, [f"nothing to compare: no unit's {waits}"])
        primary = []
    warnings = [check.words for check in found.checks if check.status == "warn"]
    return _with(
        _in_time(decision, progress, primary, found.peeking), [*change_words(found.changes), *warnings]
    )


def _with(decision: Decision, reasons: Iterable[str], **changes: Any) -> Decision:
    return replace(decision, reasons=[*decision.reasons, *reasons], **changes)


def _overall(primary: Sequence[Effect], names: dict[str, str]) -> Decision:
    """Better than something (or not worse, where that is planned) and beaten by nothing: ship; all worse: stop;
    else there is no answer yet."""
    whole = [effect for effect in primary if effect.segment_dimension == "all"]
    beaten = {(effect.metric_id, effect.variant_id) for effect in whole if effect.verdict == WORSE}
    winners = [effect for effect in whole if effect.verdict in (BETTER, NOT_WORSE)
               and (effect.metric_id, effect.variant_id) not in beaten]  # fmt: skip
    best = min(winners or whole, key=lambda effect: (effect.state != STOPPED, effect.rank))
    name = names[best.metric_id]
    if winners:
        verb = " is not worse" if best.verdict == NOT_WORSE else ""
        return Decision(
            SHIP, [f"{name}{verb}: {best.words}"], EVERYONE, best, has_stopped=best.state == STOPPED
        )
    if all(effect.verdict == WORSE for effect in whole):
        worst = min(whole, key=lambda effect: (effect.p, effect.rank))
        name = names[worst.metric_id]
        stopped = all(effect.state == STOPPED for effect in whole)
        return Decision(STOP, [f"{name} gets worse: {worst.words}"], effect=worst, has_stopped=stopped)
    return Decision(KEEP, [f"{name}: no difference shown, {best.words}"], effect=best)


def _by_segment(interactions: Sequence[Interaction], primary: Sequence[Effect]) -> Decision | None:
    """A verdict on some segments only, where a planned test shows that the effect depends on the segment."""
    for test in sorted(
        interactions, key=lambda test: (test.p_adjusted, test.segment_dimension, test.metric_id)
    ):
        dimension = test.segment_dimension
        cells = [e for e in primary if (e.segment_dimension, e.metric_id) == (dimension, test.metric_id)]
        won = [effect for effect in cells if effect.verdict == BETTER]
        if not won:
            continue
        best = min(won, key=lambda effect: effect.rank)
        pair = (best.variant_id, best.baseline_variant_id)
        own = sorted(
            (e for e in cells if (e.variant_id, e.baseline_variant_id) == pair), key=lambda e: e.segment
        )
        winners = [effect for effect in own if effect.verdict == BETTER]
        if len(winners) == len(own):
            continue  # It differs in size only: everyone gains.
        reason = f"the effect depends on {dimension} (interaction {p_words(test.p_adjusted)}): "
        return Decision(
            SHIP,
            [reason + "; ".join(effect.segment_words for effect in own)],
            f"{dimension}: {', '.join(effect.segment for effect in winners)} only",
            min(winners, key=lambda effect: (effect.p, effect.rank)),
            frozenset((dimension, effect.segment) for effect in winners),
        )
    return None


def _vetoed(decision: Decision, comparisons: Sequence[Effect], names: dict[str, str]) -> Decision:
    """What is harmed stops a variant; what the plan wants shown unharmed, and is not, keeps it waiting."""
    harmed = _objections(comparisons, decision, names)
    if harmed:
        return replace(decision, verdict=STOP, scope=NO_ONE, reasons=harmed + decision.reasons)
    effect = decision.effect
    if decision.verdict != SHIP or effect is None:
        return decision
    unproven = [
        f"guardrail {names[each.metric_id]} is not shown to be unharmed: {each.words}"
        for each in sorted(comparisons, key=lambda each: each.rank)
        if each.role == "guardrail"
        and each.variant_id == effect.variant_id
        and not pd.isna(each.margin)
        and each.verdict not in (BETTER, NOT_WORSE)
    ]
    if not unproven:
        return decision
    return replace(decision, verdict=KEEP, scope=NO_ONE, reasons=unproven + decision.reasons)


def _objections(comparisons: Sequence[Effect], decision: Decision, names: dict[str, str]) -> list[str]:
    """Guardrails, and other primary metrics, that get worse under the variant that would be shipped."""
    effect = decision.effect
    if decision.verdict != SHIP or effect is None:
        return []
    harmed = [
        each
        for each in comparisons
        if each.variant_id == effect.variant_id
        and each.verdict == WORSE
        and each.metric_id != effect.metric_id
        and (each.segment_dimension, each.segment) in decision.segments | {WHOLE}
    ]
    harmed.sort(key=lambda each: (each.role, each.segment_dimension, each.segment, each.rank))
    return [harm_words(each, names[each.metric_id]) for each in harmed]


def _in_time(
    decision: Decision, progress: Progress, primary: Sequence[Effect], peeking: Sequence[Peeking]
) -> Decision:
    """Hold a verdict back until the planned end, unless its stopping rule has stopped; without an end, say that
    reading early is peeking, and what it costs."""
    final = decision.verdict in (SHIP, STOP)
    over = [effect for effect in primary if effect.segment_dimension == "all"]
    metric = decision.effect and decision.effect.metric_id
    costs = [peek.words for peek in peeking if final and peek.metric_id == metric and peek.look > 1]
    if final and decision.has_stopped:
        return _with(decision, ["its stopping rule holds at every look"])
    if not final and over and all(effect.state == OVER for effect in over):
        return _with(decision, ["the last planned look has passed"], verdict=STOP)
    if pd.isna(progress.ends_at):
        warning = "no planned end is declared: p holds for one reading, not for repeated peeking"
        return _with(decision, [warning, *costs]) if final else decision
    if progress.has_ended and progress.unripe_units == 0:
        return decision if final else _with(decision, ["the planned end has passed"], verdict=STOP)
    early = [f"would be '{decision.verdict}' if read now"] if final else []
    windows = f"{progress.unripe_units:,} windows are still open"
    wait = windows if progress.has_ended else "the planned end has not come"
    wait = f"{wait} ({progress.ends_at:%Y-%m-%d %H:%M})"
    return _with(decision, [*early, wait, *costs], verdict=KEEP, scope=NO_ONE)


def _row(experiment: str, decision: Decision) -> dict[str, object]:
    effect = decision.effect
    return {
        "experiment_id": experiment,
        "verdict": decision.verdict,
        "variant_id": effect and effect.variant_id,
        "scope": decision.scope,
        "metric_id": effect and effect.metric_id,
        **{name: getattr(effect, name, nan) for name in NUMBERS},
        "evidence": "; ".join(decision.reasons),
    }
