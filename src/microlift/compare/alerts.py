"""What somebody should be told after a refresh: verdicts that changed, mismatches, failed checks, boundaries crossed."""

from typing import Any

from microlift.compare.builds import BuildData, Row

Change = dict[str, Any]
State = dict[str, dict[str, Change]]

EFFECT = (
    "experiment_id",
    "segment_dimension",
    "segment",
    "metric_id",
    "variant_id",
    "baseline_variant_id",
    "rule",
)


def state(build: BuildData) -> State:
    """What can be told of a build: by `verdicts`, `mismatches`, `checks` and `boundaries`, each by its key.

    Each entry has `kind`, `message` in words, and what it is about (`experiment_id`, `verdict`, `check`, …); all of it
    can be written as JSON, so that what was told can be kept.
    """
    return {
        "verdicts": {row["experiment_id"]: _verdict(row) for row in build.rows("results_decisions")},
        "mismatches": {
            row["experiment_id"]: {
                "kind": "sample_ratio_mismatch",
                "experiment_id": row["experiment_id"],
                "p_value": row["p_value"],
                "message": f"{row['experiment_id']}: sample ratio mismatch, {row['detail']}",
            }
            for row in build.rows("results_health")
            if row["check_name"] == "sample_ratio" and row["status"] == "fail"
        },
        "checks": _checks(build.rows("quality_validations")),
        "boundaries": _boundaries(build.rows("results_sequential")),
    }


def news(told: State, now: State) -> list[Change]:
    """What is in `now` and was not told before; a verdict also where it, its variant or its scope is another."""
    changes = []
    for experiment, verdict in sorted(now["verdicts"].items()):
        before = told.get("verdicts", {}).get(experiment, {})
        names = ("verdict", "variant_id", "scope")
        if any(verdict[name] != before.get(name) for name in names):
            was = before.get("verdict")
            words = f"{experiment}: {was or 'no verdict'} → {verdict['message']}"
            changes.append(verdict | {"previous_verdict": was, "message": words})
    for part in ("mismatches", "checks", "boundaries"):
        known = told.get(part, {})
        changes += [change for key, change in sorted(now[part].items()) if key not in known]
    return changes


def _verdict(row: Row) -> Change:
    return {
        "kind": "new_winner" if row["verdict"] == "ship" else "verdict_changed",
        **{name: row[name] for name in ("experiment_id", "verdict", "variant_id", "scope")},
        "message": f"{row['verdict']} ({row['scope']}). {row['evidence'] or ''}".strip(),
    }


def _checks(rows: list[Row]) -> dict[str, Change]:
    """Expectations that failed in their suite's last run."""
    last: dict[str, Any] = {}
    for row in rows:
        last[row["suite"]] = max(last.get(row["suite"], row["run_at"]), row["run_at"])
    return {
        f"{row['suite']}.{row['expectation_id']}": {
            "kind": "failed_check",
            "check": f"{row['suite']}.{row['expectation_id']}",
            "severity": row["severity"],
            "message": f"{row['suite']}.{row['expectation_id']} ({row['severity']}): {row['message']}",
        }
        for row in rows
        if row["run_at"] == last[row["suite"]] and not row["success"]
    }


def _boundaries(rows: list[Row]) -> dict[str, Change]:
    """Declared stopping rules that have crossed their boundary, at whichever look."""
    found = {}
    for row in rows:
        if row.get("is_declared") and row.get("is_crossed"):
            key = " / ".join(str(row[name]) for name in EFFECT)
            found[key] = {
                "kind": "boundary_crossed",
                **{name: row[name] for name in EFFECT},
                "message": f"{key}: the stopping boundary is crossed",
            }
    return found
