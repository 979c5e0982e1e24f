-- depends_on: {{ ref('definition_sources') }}
with

signals as (select * from {{ definition('signals') }})

select
    'signals' as definition, 'signal=' || coalesce(signal, '') as row_key,
    'kind ''' || kind || ''' takes a number and value_property is blank' as problem, 'name the property with the number' as fix
from signals
where kind in ('sum', 'mean', 'max', 'last', 'fastest_rise') and value_property is null

union all
select
    'signals', 'signal=' || coalesce(signal, ''), 'kind ''' || kind || ''' tells things apart and same_property is blank',
    'name the property that tells fields or targets apart'
from signals
where kind in ('distinct', 'returns', 'without') and same_property is null

union all
select
    'signals', 'signal=' || coalesce(signal, ''), 'kind ''without'' misses an event and until_event_name is blank',
    'name the event that should have followed'
from signals
where kind = 'without' and until_event_name is null

union all
select 'signals', 'signal=' || signal, 'the name is that of a signal that every session has', 'give it another name'
from signals
where signal in ('{{ session_signals() | join("', '") }}')
