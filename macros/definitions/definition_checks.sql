{# The generic checks of one definition table, as selects of (definition, row_key, problem, fix). They read `<table>_rows`, CTEs of
   whoever asks: spelling a table out for every check would ask the engine hundreds of times for its columns. #}
{% macro definition_checks(name) %}
    {%- set spec = microlift.definition_spec()[name] -%}
    {%- set keys = [] -%}
    {%- for column, rule in spec.items() if rule.key -%}{%- do keys.append(column) -%}{%- endfor -%}
    {%- set parts = [] -%}
    {%- for key in keys -%}{%- do parts.append("'" ~ key ~ "=' || coalesce(" ~ key ~ ", '')") -%}{%- endfor -%}
    {%- set row_key = parts | join(" || ', ' || ") -%}
    {%- set checks = [] -%}
    {%- do checks.append(["1 = 1 group by " ~ keys | join(', ') ~ " having count(*) > 1", "'the row is there ' || count(*) || ' times'",
        "'keep one row for each ' || '" ~ keys | join(' × ') ~ "'"]) -%}
    {%- for column, rule in spec.items() -%}
        {%- if rule.required or (rule.key and not rule.optional) -%}
            {%- do checks.append([column ~ " is null", "'" ~ column ~ " is blank'", "'fill it'"]) -%}
        {%- endif -%}
        {%- if rule.accepted -%}
            {%- do checks.append([column ~ " not in ('" ~ rule.accepted | join("', '") ~ "')",
                "'" ~ column ~ " is ''' || " ~ column ~ " || ''''", "'use one of " ~ rule.accepted | join(', ') ~ "'"]) -%}
        {%- endif -%}
        {%- set types = {
            'integer': ['bigint', 'a whole number'], 'number': ['double', 'a number'], 'boolean': ['boolean', 'true or false'],
            'timestamp': ['timestamp', 'a time such as 2026-01-05 12:00:00']
        } -%}
        {%- if rule.type -%}
            {#- A cast to an integer rounds: 2.5 looks are a mistake, and not 2. -#}
            {%- set rounds = " or try_cast(" ~ column ~ " as double) != try_cast(" ~ column ~ " as bigint)" if rule.type == 'integer' else '' -%}
            {%- do checks.append([column ~ " is not null and (try_cast(" ~ column ~ " as " ~ types[rule.type][0] ~ ") is null" ~ rounds ~ ")",
                "'" ~ column ~ " is ''' || " ~ column ~ " || ''''", "'give " ~ types[rule.type][1] ~ "'"]) -%}
        {%- endif -%}
        {%- if rule.type == 'timestamp' -%}
            {%- do checks.append(["try_cast(" ~ column ~ " as timestamp) not between timestamp '1900-01-01' and timestamp '2200-01-01'",
                "'" ~ column ~ " is ' || " ~ column, "'give a time between the years 1900 and 2200'"]) -%}
        {%- endif -%}
        {%- if rule.minimum is defined -%}
            {%- do checks.append(["not coalesce(try_cast(" ~ column ~ " as double) between " ~ rule.minimum ~ " and 1e12, true)",
                "'" ~ column ~ " is ' || " ~ column, "'give a number of at least " ~ rule.minimum ~ "'"]) -%}
        {%- endif -%}
        {%- if rule.name -%}
            {%- do checks.append(["not " ~ microlift.full_match(column, '[A-Za-z0-9_.: -]+'),
                "'" ~ column ~ " is ''' || " ~ column ~ " || ''''", "'use letters, digits, _ . : - and blanks'"]) -%}
        {%- endif -%}
        {%- if rule.references -%}
            {%- set table, key = rule.references.split('.') -%}
            {%- set same = "ref_rows." ~ key ~ " = def_rows." ~ column -%}
            {%- if key == 'variant_id' -%}{%- set same = same ~ " and ref_rows.experiment_id = def_rows.experiment_id" -%}{%- endif -%}
            {%- do checks.append([column ~ " is not null" ~ (" and " ~ column ~ " != '*'" if rule.wildcard else "")
                ~ " and not exists (select 1 from " ~ table ~ "_rows as ref_rows where " ~ same ~ ")",
                "'" ~ column ~ " ''' || " ~ column ~ " || ''' is not in " ~ table ~ "'", "'add it to " ~ table ~ " or correct it'"]) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if spec.operator and spec.property -%}
        {%- do checks.append(["(property is null) != (operator is null)", "'only one of property and operator is filled'",
            "'fill both, or neither: a row without them holds always'"]) -%}
    {%- endif -%}
    {%- if spec.operator -%}
        {%- do checks.append(["operator != 'is_known' and value is null", "'operator ''' || operator || ''' has no value'",
            "'fill value, or use is_known'"]) -%}
        {%- do checks.append(["operator in ('at_least', 'at_most', 'above', 'below') and value is not null and try_cast(value as double) is null",
            "'value is ''' || value || ''' and operator ''' || operator || ''' compares numbers'", "'give a number'"]) -%}
    {%- endif -%}
    {%- for condition, problem, fix in checks %}
    select '{{ name }}' as definition, {{ row_key }} as row_key, {{ problem }} as problem, {{ fix }} as fix
    from {{ name }}_rows as def_rows
    where {{ condition }}
    {{ "union all" if not loop.last }}
    {%- endfor %}
{% endmacro %}
