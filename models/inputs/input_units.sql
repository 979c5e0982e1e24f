{{ door('units') }}
