{# A time in microseconds moved by an offset in microseconds, both texts; an offset that is no number is kept, so that the
   time is found unreadable. #}
{% macro offset_time(time, offset) -%}
    case
        when nullif(trim({{ offset }}), '') is null then null
        when try_cast({{ offset }} as bigint) is null then {{ offset }}
        else cast(cast(try_cast({{ time }} as bigint) as decimal(38, 0)) + try_cast({{ offset }} as bigint) as varchar)
    end
{%- endmacro %}


{# Request and place within it as one number that orders; what is no number is kept, so that it is found unreadable. #}
{% macro ordinal(request, place) -%}
    case
        when nullif(trim({{ request }}), '') is not null and try_cast({{ request }} as integer) is null then {{ request }}
        when nullif(trim({{ place }}), '') is not null and try_cast({{ place }} as integer) is null then {{ place }}
        when coalesce(nullif(trim({{ request }}), ''), nullif(trim({{ place }}), '')) is not null then cast(
            cast(coalesce(try_cast({{ request }} as integer), 0) as bigint) * 100000 + coalesce(try_cast({{ place }} as integer), 0)
            as varchar
        )
    end
{%- endmacro %}
