{#
  Snowplow's enriched events as its pipeline writes them: 131 fields with tabs between and no header, in the order of the
  canonical event model (docs.snowplow.io, "Canonical event model"; snowplow-analytics-sdk, EventTransformer). Contexts and the
  self-describing event come out in the columns that loaders give them.
#}
{% macro snowplow_enriched(paths) %}
    {%- set fields = microlift.snowplow_fields() -%}
    {%- set contexts_field = microlift.element('fields', fields.index('contexts') + 1) -%}
    {%- set derived_field = microlift.element('fields', fields.index('derived_contexts') + 1) -%}
    {%- set unstruct_field = microlift.element('fields', fields.index('unstruct_event') + 1) -%}
    {%- set contexts = {
        'contexts_com_snowplowanalytics_snowplow_web_page_1': 'iglu:com.snowplowanalytics.snowplow/web_page/',
        'contexts_nl_basjes_yauaa_context_1': 'iglu:nl.basjes/yauaa_context/',
        'contexts_com_iab_snowplow_spiders_and_robots_1': 'iglu:com.iab.snowplow/spiders_and_robots/'
    } -%}
    (
        select
            load_id,
            line as raw_payload,
            {% for name in fields if name not in ('contexts', 'derived_contexts', 'unstruct_event') -%}
            nullif({{ microlift.element('fields', fields.index(name) + 1) }}, '') as {{ name }},
            {% endfor -%}
            {% for name, schema in contexts.items() -%}
            coalesce(
                {{ microlift.self_described(contexts_field, schema) }},
                {{ microlift.self_described(derived_field, schema) }}
                {%- if loop.first %},
                -- What cannot be read goes on as it is, so that the row is found broken.
                {{ microlift.broken_json(contexts_field) }},
                {{ microlift.broken_json(derived_field) }}
                {%- endif %}
            ) as {{ name }},
            {% endfor -%}
            coalesce({{ microlift.json_text(microlift.valid_json(unstruct_field), "'$.data.data'") }}, nullif({{ unstruct_field }}, ''))
                as unstruct_event_1,
            case when field_count != {{ fields | length }} then 'wrong_field_count' end as defect
        from (
            select *, {{ microlift.split_text('line', '\t') }} as fields, {{ microlift.length_of('fields') }} as field_count
            from ({{ microlift.read_lines(paths) }}) as lines
        ) as split_lines
    )
{% endmacro %}

{% macro snowplow_fields() %}
    {{ return((
        'app_id platform etl_tstamp collector_tstamp dvce_created_tstamp event event_id txn_id name_tracker v_tracker v_collector '
        ~ 'v_etl user_id user_ipaddress user_fingerprint domain_userid domain_sessionidx network_userid geo_country geo_region '
        ~ 'geo_city geo_zipcode geo_latitude geo_longitude geo_region_name ip_isp ip_organization ip_domain ip_netspeed page_url '
        ~ 'page_title page_referrer page_urlscheme page_urlhost page_urlport page_urlpath page_urlquery page_urlfragment '
        ~ 'refr_urlscheme refr_urlhost refr_urlport refr_urlpath refr_urlquery refr_urlfragment refr_medium refr_source refr_term '
        ~ 'mkt_medium mkt_source mkt_term mkt_content mkt_campaign contexts se_category se_action se_label se_property se_value '
        ~ 'unstruct_event tr_orderid tr_affiliation tr_total tr_tax tr_shipping tr_city tr_state tr_country ti_orderid ti_sku ti_name '
        ~ 'ti_category ti_price ti_quantity pp_xoffset_min pp_xoffset_max pp_yoffset_min pp_yoffset_max useragent br_name br_family '
        ~ 'br_version br_type br_renderengine br_lang br_features_pdf br_features_flash br_features_java br_features_director '
        ~ 'br_features_quicktime br_features_realplayer br_features_windowsmedia br_features_gears br_features_silverlight br_cookies '
        ~ 'br_colordepth br_viewwidth br_viewheight os_name os_family os_manufacturer os_timezone dvce_type dvce_ismobile '
        ~ 'dvce_screenwidth dvce_screenheight doc_charset doc_width doc_height tr_currency tr_total_base tr_tax_base tr_shipping_base '
        ~ 'ti_currency ti_price_base base_currency geo_timezone mkt_clickid mkt_network etl_tags dvce_sent_tstamp refr_domain_userid '
        ~ 'refr_dvce_tstamp derived_contexts domain_sessionid derived_tstamp event_vendor event_name event_format event_version '
        ~ 'event_fingerprint true_tstamp'
    ).split(' ')) }}
{% endmacro %}
