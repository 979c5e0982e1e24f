{# What the project's variables accept, checked before anything is built: a wrong one would be read as something else, or
   stop the run where nobody would look for it. #}
{% macro check_variables() %}
    {%- set choices = {
        'session_source': ['inactivity', 'tracker'], 'access_log_unit': ['ip', 'ip_and_user_agent'], 'session_cuts': ['day', 'campaign'],
        'exploratory_correction': ['bonferroni', 'holm', 'hochberg', 'benjamini_hochberg', 'benjamini_yekutieli']
    } -%}
    {%- set above_zero, from_zero, inside, share = ['above 0', 0, none], ['at least 0', 0, none], ['between 0 and 1', 0, 1], ['from 0 to 1', 0, 1] -%}
    {%- set numbers = {
        'confidence': inside, 'sample_ratio_alpha': inside, 'stability_alpha': inside, 'planning_power': inside,
        'prelaunch_max_missing': share, 'max_quarantine_rate': share, 'max_load_quarantine_rate': share,
        'max_contamination_rate': share, 'confirmation_share': share,
        'session_gap_seconds': above_zero, 'max_payload_bytes': above_zero, 'prelaunch_days': above_zero, 'prior_alpha': above_zero,
        'prior_beta': above_zero, 'histogram_values': above_zero, 'bootstrap_resamples': above_zero, 'planning_lift': above_zero,
        'traffic_days': above_zero, 'lift_prior_deviation': above_zero,
        'late_arrival_horizon_hours': from_zero, 'clock_tolerance_seconds': from_zero, 'minimum_segment_units': from_zero,
        'minimum_variant_units': from_zero, 'signal_landmark_minutes': from_zero, 'signal_levels': from_zero, 'exact_below': from_zero,
        'minimum_past_experiments': from_zero
    } -%}
    {%- set problems = [] -%}
    {%- for name, accepted in choices.items() -%}
        {%- set given = var(name) -%}
        {%- for value in ([given] if given is string else given) if value not in accepted -%}
            {%- do problems.append("`" ~ name ~ "` is " ~ tojson(value | string) ~ "; use one of " ~ accepted | join(', ')) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for name, range in numbers.items() -%}
        {%- set number = var(name) | float(none) -%}
        {%- set is_open = range[0] in ('above 0', 'between 0 and 1') -%}
        {%- if number is none or not (number > 0 or (number == 0 and not is_open))
            or (range[2] is not none and not (number < 1 or (number == 1 and not is_open))) -%}
            {%- do problems.append("`" ~ name ~ "` is " ~ tojson(var(name) | string) ~ "; give a number " ~ range[0]) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in ['as_of', 'plausible_from'] if var(name) and microlift.time_of_variable(name) is none -%}
        {%- do problems.append("`" ~ name ~ "` is " ~ tojson(var(name) | string) ~ "; give a time such as 2026-01-05 12:00:00 (UTC)") -%}
    {%- endfor -%}
    {%- if problems -%}
        {{ exceptions.raise_compiler_error("Variables that cannot be used (dbt_project.yml, or --vars):\n- " ~ problems | join('\n- ')) }}
    {%- endif -%}
{% endmacro %}


{# The time that a variable names, in UTC, as an SQL literal; none where it names none. #}
{% macro time_of_variable(name) %}
    {%- if not execute -%}{{ return("timestamp '1970-01-01'") }}{%- endif -%}
    {%- set query = "select cast(" ~ microlift.to_utc(microlift.string_literal(var(name))) ~ " as varchar)" -%}
    {%- set time = run_query(query).rows[0][0] -%}
    {{ return("timestamp '" ~ time ~ "'" if time else none) }}
{% endmacro %}
