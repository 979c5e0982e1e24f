{{ config(enabled='stg_snowplow' in var('events')) }}

{{ door('snowplow_files') }}
