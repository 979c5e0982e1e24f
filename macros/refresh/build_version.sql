{# The number of this build: it grows from build to build, and says in every log and state what was known when. #}
{% macro build_version() %}{{ return((run_started_at.timestamp() * 1000000) | int) }}{% endmacro %}
