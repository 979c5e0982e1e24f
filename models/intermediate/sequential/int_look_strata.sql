-- What each look knows of the whole experiment, for the metrics that decide. Grain: experiment × metric × variant ×
-- allocation epoch × look.
{{ look_strata(ref('int_exposures')) }}
