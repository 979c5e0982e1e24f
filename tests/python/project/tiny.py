"""The smallest definitions that bring a row from a door to a decision."""

Rows = list[dict[str, str]]


def definitions(*experiments: str) -> dict[str, Rows]:
    """Experiments (`e1` unless named) with the variants `a` (control) and `b`.

    They run from 1 to 10 January 2026. Each has the conversion `signed_up` (primary), the sum `revenue` and
    the ratio `order_value`, all within a day of the exposure.
    """
    names = experiments or ("e1",)
    window = {"window_start_hours": "0", "window_end_hours": "24"}
    return {
        "experiments": [
            {"experiment_id": name, "unit_type": "user", "starts_at": "2026-01-01", "ends_at": "2026-01-10"}
            for name in names
        ],
        "variants": [
            {"experiment_id": name, "variant_id": variant, "is_control": control}
            for name in names
            for variant, control in (("a", "true"), ("b", "false"))
        ],
        "exposure_rules": [
            {
                "rule_id": f"{name}_shown",
                "experiment_id": name,
                "event_name": "shown",
                "property": "experiment",
                "operator": "equals",
                "value": name,
                "variant_property": "variant",
            }
            for name in names
        ],
        "metrics": [
            {"metric_id": "signed_up", "kind": "conversion", "event_name": "signed_up"} | window,
            {"metric_id": "revenue", "kind": "sum", "event_name": "bought", "value_property": "price"}
            | window,
            {
                "metric_id": "order_value",
                "kind": "ratio",
                "event_name": "bought",
                "value_property": "price",
                "denominator_event_name": "bought",
            }
            | window,
        ],
        "experiment_metrics": [
            {"experiment_id": "*", "metric_id": metric, "role": role}
            for metric, role in (
                ("signed_up", "primary"),
                ("revenue", "secondary"),
                ("order_value", "secondary"),
            )
        ],
        "events": [{"event_name": name} for name in ("shown", "signed_up", "bought")],
    }
