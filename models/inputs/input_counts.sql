{{ door('counts') }}
