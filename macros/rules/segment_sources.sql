{# Where the inputs of segment rules come from, and when they are known: the basis of a dimension follows from its rules
   and is never typed in. #}
{% macro segment_sources() %}
    {{ return({
        'exposure': 'at_exposure', 'unit': 'pre_exposure', 'signal_before': 'pre_exposure', 'cluster_before': 'pre_exposure',
        'signal_after': 'post_exposure', 'cluster_after': 'post_exposure', 'metric': 'post_exposure', 'funnel': 'post_exposure'
    }) }}
{% endmacro %}


{# Whether what is known of a segment was known by the exposure: only then can a variant not have chosen who is in it. #}
{% macro is_known_by_exposure(basis) %}{{ basis }} in ('at_exposure', 'pre_exposure'){% endmacro %}


{# Conditions of compound rules that one dimension has room for: each is a bit of a number. #}
{% macro segment_conditions_limit() %}{{ return(60) }}{% endmacro %}
