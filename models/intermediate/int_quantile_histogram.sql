-- The values of quantile metrics, of every segment. Grain: that of agg_value_histogram.
select * from {{ ref('agg_value_histogram') }} where kind = 'quantile'
