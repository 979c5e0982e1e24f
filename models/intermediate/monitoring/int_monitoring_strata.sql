-- What each look knows of the units that came since shipping, for the metrics that decide. Grain: experiment × metric ×
-- variant × allocation epoch × look.
{{ look_strata(ref('int_shipped_units')) }}
