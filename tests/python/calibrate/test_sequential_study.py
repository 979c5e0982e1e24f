"""A small part of the study of stopping rules: what it says lies within its Monte Carlo error."""

from microlift.calibrate.sequential import SCHEMA, run


def test_rules_hold_and_naive_ones_do_not() -> None:
    table = run(3, runs=400, mixture_runs=5, looks=(20,))
    assert table.schema == SCHEMA
    rows = {(row["rule"], row["scenario"]): row for row in table.to_pylist()}
    for rule in ("obrien_fleming", "pocock", "hwang_shih_decani", "bayesian", "asymptotic sequence"):
        row = rows[rule, "no effect"]
        assert row["stopped"] < 0.05 + 4 * row["monte_carlo_error"], row
        assert rows[rule, "2% to 3%"]["called_better"] > 0.5
    naive = rows["naive_probability_better", "no effect"]
    assert abs(naive["called_better"] - naive["recursion"]) < 4 * naive["monte_carlo_error"]
    assert abs(naive["recursion"] - 0.2145) < 0.001
    assert run(3, runs=50, mixture_runs=1, looks=(5,)).equals(run(3, runs=50, mixture_runs=1, looks=(5,)))
