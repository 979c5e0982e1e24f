{{ door('calendar') }}
