with

rules as (select * from {{ ref('int_adjustment_rules') }}),

logged as (
    select
        a.*,
        r.rule_id is not null as is_known,
        r.content_variant as declared_content,
        r.cooldown_seconds, r.session_cap, r.unit_cap, r.day_cap, r.conflict_group, r.starts_at, r.ends_at,
        first_value(a.is_holdout) over so_far as unit_is_held_out
    from {{ ref('fct_adjustments') }} as a
    left join rules as r on r.rule_id = a.rule_id
    window so_far as (partition by a.rule_id, a.unit_id order by a.served_at, a.sequence, a.adjustment_id)
),

-- Of what was shown, how often and since when.
shown as (
    select
        *,
        lag(served_at) over (partition by rule_id, unit_id order by served_at, sequence, adjustment_id) as served_before,
        row_number() over (partition by rule_id, unit_id order by served_at, sequence, adjustment_id) as number_of_unit,
        row_number() over (partition by rule_id, unit_id, cast(served_at as date) order by served_at, sequence, adjustment_id) as number_of_day,
        row_number() over (partition by rule_id, unit_id, session_id order by served_at, sequence, adjustment_id) as number_of_session,
        first_value(rule_id) over (partition by unit_id, session_id, conflict_group order by served_at, sequence, adjustment_id) as first_of_group
    from logged
    where not is_holdout and is_known
),

violations as (
    select adjustment_id, 'unknown_rule' as violation, 'rule ' || coalesce('''' || rule_id || '''', 'without a name') || ' is not in adjustment_rules' as words
    from logged
    where not is_known

    union all
    select adjustment_id, 'outside_dates', 'served at ' || served_at || '; the rule holds from ' || starts_at || ' to ' || ends_at
    from logged
    where served_at < starts_at or served_at >= ends_at

    union all
    select adjustment_id, 'other_content', 'content ''' || coalesce(content_variant, '') || '''; the rule names ''' || declared_content || ''''
    from shown
    where content_variant is distinct from declared_content

    union all
    select adjustment_id, 'served_to_holdout', 'served to a unit that was first withheld as holdout'
    from shown
    where unit_is_held_out

    union all
    select adjustment_id, 'withheld_from_served', 'withheld as holdout from a unit that was served before'
    from logged
    where is_known and is_holdout and not unit_is_held_out

    union all
    select adjustment_id, 'cooldown', 'served ' || round({{ seconds_between('served_before', 'served_at') }} / 60, 1)
        || ' minutes after the last time; the cooldown is ' || round(cooldown_seconds / 60, 1)
    from shown
    where {{ seconds_between('served_before', 'served_at') }} < cooldown_seconds

    {% for of in ['session', 'day', 'unit'] -%}
    union all
    select adjustment_id, '{{ of }}_cap', 'served for the ' || number_of_{{ of }} || '. time to the unit{{ {"session": " in the session", "day": " on the day", "unit": ""}[of] }}; the cap is ' || {{ of }}_cap
    from shown
    where number_of_{{ of }} > {{ of }}_cap {{- ' and session_id is not null' if of == 'session' }}

    {% endfor -%}
    union all
    select adjustment_id, 'conflict', 'served in a session that ''' || first_of_group || ''' of the group ''' || conflict_group || ''' was served in before'
    from shown
    where session_id is not null and conflict_group is not null and first_of_group != rule_id
)

select l.adjustment_id, v.violation, l.rule_id, l.unit_id, l.session_id, l.served_at, v.words
from violations as v
inner join logged as l on l.adjustment_id = v.adjustment_id
