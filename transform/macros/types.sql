{#- The database's name of a type: text, bigint, boolean, date, timestamp (UTC, without
    a zone), number (an exact decimal) or json. -#}
{% macro moco_type(type) %}
    {{ return({
        'number': 'decimal(18, 4)',
        'text': 'varchar' if target.type == 'duckdb' else 'text',
        'json': 'json' if target.type == 'duckdb' else 'jsonb',
    }.get(type, type)) }}
{% endmacro %}


{#- Cast a column as loaded, whatever type the target gave it. -#}
{% macro moco_cast(column, loaded, type) %}
    {%- set is_text = loaded.startswith(('text', 'varchar', 'character')) -%}
    {%- if type == 'json' -%}
        {{ return(moco_to_json(column, loaded, is_text)) }}
    {%- endif -%}
    {%- if type == 'timestamp' and ('with time zone' in loaded or loaded == 'timestamptz') -%}
        {{ return('(' ~ column ~ " at time zone 'UTC')") }}
    {%- endif -%}
    {%- set value = "nullif(" ~ column ~ ", '')" if is_text and type != 'text' else column -%}
    {{ return('cast(' ~ value ~ ' as ' ~ moco_type(type) ~ ')') }}
{% endmacro %}


{#- A nested value as JSON, also from the arrays, structs and texts of other targets. -#}
{% macro moco_to_json(column, loaded, is_text) %}
    {%- if is_text -%}
        {{ return("cast(nullif(" ~ column ~ ", '') as " ~ moco_type('json') ~ ')') }}
    {%- elif loaded.startswith('json') -%}
        {{ return('cast(' ~ column ~ ' as ' ~ moco_type('json') ~ ')') }}
    {%- elif target.type == 'duckdb' -%}
        {{ return('to_json(' ~ column ~ ')') }}
    {%- endif -%}
    {{ return('to_jsonb(' ~ column ~ ')') }}
{% endmacro %}


{#- A value inside a JSON column: moco_in('user', 'id', 'bigint'). -#}
{% macro moco_in(column, key, type='text') -%}
    cast(nullif(({{ column }} ->> '{{ key }}'), '') as {{ moco_type(type) }})
{%- endmacro %}


{#- The elements of a JSON array, one row each; no row where there is no array. -#}
{% macro moco_elements(column) -%}
    {%- if target.type == 'duckdb' -%}
    unnest(cast(case when json_type({{ column }}) = 'ARRAY' then {{ column }} else '[]' end as json[]))
    {%- else -%}
    jsonb_array_elements(case when jsonb_typeof({{ column }}) = 'array' then {{ column }} else '[]' end)
    {%- endif -%}
{%- endmacro %}


{#- The days from one to another, one row each; no row where one of them is null. -#}
{% macro moco_days(first, last) -%}
    {%- if target.type == 'duckdb' -%}
    cast(unnest(generate_series(cast({{ first }} as timestamp), cast({{ last }} as timestamp), interval 1 day)) as date)
    {%- else -%}
    cast(generate_series(cast({{ first }} as timestamp), cast({{ last }} as timestamp), interval '1 day') as date)
    {%- endif -%}
{%- endmacro %}


{#- The day that ages are counted at. -#}
{% macro moco_today() -%}
    {%- if var('moco__today') -%}
    cast('{{ var("moco__today") }}' as date)
    {%- else -%}
    current_date
    {%- endif -%}
{%- endmacro %}


{#- The first day of a day's month. -#}
{% macro moco_month(day) -%}
    cast(date_trunc('month', {{ day }}) as date)
{%- endmacro %}


{#- A share, exact to the fourth decimal; null where the whole is nothing. -#}
{% macro moco_share(part, whole) -%}
    cast(round({{ part }} / nullif({{ whole }}, 0), 4) as decimal(18, 4))
{%- endmacro %}


{#- An amount of money, exact to the cent. -#}
{% macro moco_money(amount) -%}
    cast(round({{ amount }}, 2) as decimal(18, 2))
{%- endmacro %}


{#- Hours or days, exact to the fourth decimal. -#}
{% macro moco_quantity(number) -%}
    cast({{ number }} as decimal(18, 4))
{%- endmacro %}


{#- How many days a claim is past due, in words. -#}
{% macro moco_age_bucket(days) -%}
    case
        when {{ days }} is null then 'no due date'
        when {{ days }} <= 0 then 'not due'
        when {{ days }} <= 30 then '1 to 30 days'
        when {{ days }} <= 60 then '31 to 60 days'
        when {{ days }} <= 90 then '61 to 90 days'
        else 'over 90 days'
    end
{%- endmacro %}


{#- A whole number of ten-thousandths, for exact divisions. -#}
{% macro moco_units(amount) -%}
    cast(({{ amount }}) * 10000 as {{ 'hugeint' if target.type == 'duckdb' else 'numeric(38, 0)' }})
{%- endmacro %}


{#- How often one whole number is in another, towards zero: the same in each database. -#}
{% macro moco_whole_division(dividend, divisor) -%}
    {%- if target.type == 'duckdb' -%}
    (({{ dividend }}) // nullif({{ divisor }}, 0))
    {%- else -%}
    div({{ dividend }}, nullif({{ divisor }}, 0))
    {%- endif -%}
{%- endmacro %}
