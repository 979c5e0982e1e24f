{{ door('unit_attributes') }}
