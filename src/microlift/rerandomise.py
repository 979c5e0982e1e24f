"""A/A on one's own data: draw the assignment again, many times, and count what the pipeline would have found.

Every unit gets a variant by a hash of its id and the number of the replicate, by the weights of its allocation
epoch. The sums are those of `int_variant_strata`, so what is tested is the project's own way from aggregates to p.
Nothing can be true of a variant that was drawn after the fact: every finding is an error.
"""

from collections.abc import Iterator

import duckdb
import numpy as np
import pandas as pd

from microlift.results import comparisons, interactions
from microlift.results.tables import numbers
from microlift.stats.multiplicity import PROCEDURES, adjust

BATCH = 25
"""Replicates that are summed and tested together."""

CELLS = """
create temp table aa_values as
select u.experiment_id, u.unit_id, u.metric_id, u.allocation_epoch, u.value, u.denominator, m.kind
from int_unit_metrics u join dim_metrics m using (metric_id)
where u.is_ripe and u.value is not null
    and ($experiment is null or u.experiment_id = $experiment) and ($metric is null or u.metric_id = $metric);
"""

SEGMENTS = """
create temp table aa_segments as
select s.experiment_id, s.unit_id, s.segment_dimension, s.segment
from unit_segments s join dim_segments d using (experiment_id, segment_dimension, segment)
where d.is_large_enough and d.basis in ('at_exposure', 'pre_exposure');
create temp table aa_centres as
select experiment_id, metric_id, cast(avg(value) as decimal(18, 6)) as centre,
    cast(coalesce(avg(denominator), 0) as decimal(18, 6)) as denominator_centre
from aa_values group by all;
create temp table aa_weights as
select experiment_id, allocation_epoch, variant_id,
    (sum(weight) over so_far - weight) / sum(weight) over whole as low, sum(weight) over so_far / sum(weight) over whole as high
from int_allocations where weight > 0
window so_far as (partition by experiment_id, allocation_epoch order by variant_id),
    whole as (partition by experiment_id, allocation_epoch);
"""

SUMS = """
with units as (select distinct experiment_id, unit_id, allocation_epoch from aa_values),
drawn as (
    select u.*, r.replicate, (hash(u.experiment_id, u.unit_id, r.replicate, $seed) >> 11) / 9007199254740992.0 as place
    from units u cross join (select unnest(range($first, $last)) as replicate) r
),
assigned as (
    select d.experiment_id, d.unit_id, d.replicate, w.variant_id
    from drawn d join aa_weights w
        on w.experiment_id = d.experiment_id and w.allocation_epoch = d.allocation_epoch and d.place >= w.low and d.place < w.high
)
select
    v.experiment_id || '#' || a.replicate as experiment_id, s.segment_dimension, s.segment, v.metric_id, v.kind, a.variant_id,
    v.allocation_epoch, count(*) as units,
    case when any_value(v.kind) = 'conversion' then cast(sum(v.value) as bigint) end as successes,
    cast(sum(v.value) as double) as value_sum,
    greatest(cast(sum((v.value - c.centre) * (v.value - c.centre)) as double)
        - cast(sum(v.value - c.centre) as double) ** 2 / count(*), 0) as centred_sum_squares,
    cast(sum(v.denominator) as double) as denominator_sum,
    greatest(cast(sum((v.denominator - c.denominator_centre) * (v.denominator - c.denominator_centre)) as double)
        - cast(sum(v.denominator - c.denominator_centre) as double) ** 2 / count(*), 0) as denominator_centred_sum_squares,
    cast(sum((v.value - c.centre) * (v.denominator - c.denominator_centre)) as double)
        - cast(sum(v.value - c.centre) as double) * cast(sum(v.denominator - c.denominator_centre) as double) / count(*)
        as centred_cross_products
from aa_values v
join assigned a using (experiment_id, unit_id)
join aa_segments s using (experiment_id, unit_id)
join aa_centres c using (experiment_id, metric_id)
group by all
order by all
"""

COLUMNS = ["experiment_id", "metric_id", "segment_dimension", "test"]


def error_rates(
    connection: duckdb.DuckDBPyConnection,
    replicates: int = 500,
    seed: int = 1,
    experiment: str | None = None,
    metric: str | None = None,
    alpha: float = 0.05,
    correction: str = "benjamini_hochberg",
    exact_below: float = 10.0,
) -> pd.DataFrame:
    """Share of tests with p below alpha under assignments drawn again, on a built warehouse (schema in use).

    A row an experiment, metric, segment dimension and test: `effect`, or `interaction`. Test `any finding`
    is the share of replicates in which anything of the experiment is significant after `correction`, for
    segment dimension and metric `all`. Columns: `tests` made, `error_rate`, of effects `false_winners` and
    `false_losers` (share with a positive and negative difference), and `standard_error`, the Monte Carlo error
    of `error_rate` over replicates, whose tests hang together. Raises ValueError for an unknown correction,
    fewer than two replicates, or where no unit of such an experiment and metric is ripe.
    """
    if correction not in PROCEDURES:
        raise ValueError(f"correction must be one of {', '.join(PROCEDURES)}, got {correction!r}")
    if replicates < 2:
        raise ValueError(f"replicates must be at least 2, got {replicates}")
    connection.execute(CELLS, {"experiment": experiment, "metric": metric})
    if not connection.execute("select count(*) from aa_values").fetchall()[0][0]:
        raise ValueError(f"no ripe unit with experiment {experiment or 'any'} and metric {metric or 'any'}")
    connection.execute(SEGMENTS)
    found = pd.concat(_tests(connection, replicates, seed, 1 - alpha, exact_below), ignore_index=True)
    return _summary(found, alpha, correction)


def _tests(
    connection: duckdb.DuckDBPyConnection, replicates: int, seed: int, confidence: float, exact_below: float
) -> Iterator[pd.DataFrame]:
    """Every test of every replicate: keys, replicate, p, and the sign of an effect."""
    experiments, metrics, segments = (
        connection.execute(f"select * from {name}").df()
        for name in ("dim_experiments", "dim_metrics", "dim_segments")
    )
    for first in range(0, replicates, BATCH):
        last = min(first + BATCH, replicates)
        strata = connection.execute(SUMS, {"seed": seed, "first": first, "last": last}).df()
        numbers_of = range(first, last)
        many = {
            name: pd.concat(
                [frame.assign(experiment_id=frame["experiment_id"] + f"#{r}") for r in numbers_of]
            )
            for name, frame in (("experiments", experiments), ("segments", segments))
        }
        effects = comparisons.build(strata, many["experiments"], metrics, confidence, exact_below).to_pandas()
        tables = interactions.build(strata, many["segments"], many["experiments"], confidence).to_pandas()
        whole = tables[tables["term"] == "interaction"].assign(difference=0.0)
        for test, frame in (("effect", effects), ("interaction", whole)):
            names = frame["experiment_id"].str.rsplit("#", n=1, expand=True)
            if len(frame):
                yield frame[["metric_id", "segment_dimension", "p_value", "difference"]].assign(
                    experiment_id=names[0], replicate=names[1].astype(int), test=test
                )


def _summary(tests: pd.DataFrame, alpha: float, correction: str) -> pd.DataFrame:
    known = tests[tests["p_value"].notna()]
    p, sign = numbers(known["p_value"]), np.sign(numbers(known["difference"]))
    family = (known["experiment_id"] + "#" + known["replicate"].astype(str)).to_numpy(dtype=object)
    known = known.assign(
        error=p < alpha, winner=(p < alpha) & (sign > 0), loser=(p < alpha) & (sign < 0),
        corrected=adjust(p, family, correction) < alpha,
    )  # fmt: skip
    each = known.groupby([*COLUMNS, "replicate"])
    by_replicate = each.agg(
        tests=("error", "size"), error=("error", "sum"), winner=("winner", "sum"), loser=("loser", "sum")
    )
    any_finding = known.groupby(["experiment_id", "replicate"])["corrected"].any().reset_index()
    whole = any_finding.assign(
        metric_id="all", segment_dimension="all", test="any finding", tests=1, error=any_finding["corrected"].astype(int),
        winner=np.nan, loser=np.nan,
    )  # fmt: skip
    rows = []
    for key, group in pd.concat([whole, by_replicate.reset_index()]).groupby(COLUMNS):
        made, errors = numbers(group["tests"]), numbers(group["error"])
        rate, runs = errors.sum() / made.sum(), len(group)
        spread = np.sqrt(((errors - rate * made) ** 2).sum() * runs / max(runs - 1, 1)) / made.sum()
        winners, losers = (
            group[name].sum() / made.sum() if key[3] == "effect" else np.nan for name in ("winner", "loser")
        )
        rows.append((*key, runs, int(made.sum()), rate, spread, winners, losers, alpha))
    names = ["replicates", "tests", "error_rate", "standard_error", "false_winners", "false_losers", "alpha"]
    return pd.DataFrame(rows, columns=[*COLUMNS, *names])
