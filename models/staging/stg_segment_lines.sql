{{ config(enabled='stg_segment' in var('events')) }}

{{ read_lines(landing_paths('segment', 'lines')) }}
