{{ config(enabled='stg_generic' in var('events')) }}

{{ mapped_events('generic_mapping', json_rows('generic_files')) }}
