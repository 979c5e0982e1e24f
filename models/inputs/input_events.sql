{{ door('events') }}
