select * from {{ ref('calc_segments_shrunk') }}
