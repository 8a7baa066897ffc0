{#- The rows of a stream, as the Singer target has loaded them: every account, the
    columns with their types, deleted rows left out. A column that is missing is null,
    and a table that is missing, or whose stream is switched off, has no rows. -#}
{% macro moco_rows(stream, columns) %}
    {#- Never rendered: it names the source to dbt. -#}
    {%- set _ = source('moco', stream) -%}
    {%- set tables = moco_tables(stream) -%}
    {%- for table in tables %}
    select
        {{ dbt.string_literal(table.schema) }} as source_relation,
        {{ moco_typed_columns(table, columns) | join(',\n        ') }}
    from {{ table }}
    {{ moco_where_alive(table) }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- else %}
    select
        cast(null as {{ moco_type('text') }}) as source_relation,
        {%- for name, type in columns.items() %}
        cast(null as {{ moco_type(type) }}) as {{ adapter.quote(name) }}{{ ',' if not loop.last }}
        {%- endfor %}
    where 1 = 0
    {%- endfor %}
{% endmacro %}


{#- The tables of a stream, one per account that has it. -#}
{% macro moco_tables(stream) %}
    {%- set tables = [] -%}
    {%- if execute and var('moco__using_' ~ stream, true) -%}
        {%- for schema in var('moco__schemas') -%}
            {%- set table = adapter.get_relation(target.database, schema, stream) -%}
            {%- if table -%}
                {%- do tables.append(table) -%}
            {%- else -%}
                {%- do moco_check_schema(schema) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{ return(tables) }}
{% endmacro %}


{#- Raise an error if nothing was ever loaded into the schema: a misspelt name would
    otherwise build empty tables and end every row of the snapshots. -#}
{% macro moco_check_schema(schema) %}
    {%- set schema_relation = api.Relation.create(database=target.database, schema=schema) -%}
    {%- if not list_relations_without_caching(schema_relation) -%}
        {{ exceptions.raise_compiler_error(
            'The schema ' ~ schema ~ ' of the database ' ~ target.database ~ ' has no'
            ~ ' tables. Set the variable moco__schemas to the schemas that the Singer'
            ~ ' target loads MOCO into.'
        ) }}
    {%- endif -%}
{% endmacro %}


{#- Where a row is not deleted. Targets that honour deletes by marking rows say so in
    _sdc_deleted_at. -#}
{% macro moco_where_alive(table) %}
    {%- set names = adapter.get_columns_in_relation(table) | map(attribute='name') | list -%}
    {%- if '_sdc_deleted_at' in names -%}
    where nullif(cast(_sdc_deleted_at as {{ moco_type('text') }}), '') is null
    {%- endif -%}
{% endmacro %}


{#- The columns of a table with the types asked for; typed nulls where it has none. -#}
{% macro moco_typed_columns(table, columns) %}
    {%- set there = {} -%}
    {%- for column in adapter.get_columns_in_relation(table) -%}
        {%- do there.update({column.name: column.data_type | lower}) -%}
    {%- endfor -%}
    {%- set typed = [] -%}
    {%- for name, type in columns.items() -%}
        {%- set value = moco_cast(adapter.quote(name), there[name], type)
            if name in there else 'cast(null as ' ~ moco_type(type) ~ ')' -%}
        {%- do typed.append(value ~ ' as ' ~ adapter.quote(name)) -%}
    {%- endfor -%}
    {{ return(typed) }}
{% endmacro %}
