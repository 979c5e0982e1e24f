{{ config(enabled='stg_optimizely' in var('events')) }}

{{ door('optimizely_files') }}
