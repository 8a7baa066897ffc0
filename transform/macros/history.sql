{#- Before a snapshot: raise an error if an account that has rows in it has none any more.
    Most likely its stream was switched off or its load is broken, and the snapshot would
    end every row. -#}
{% macro moco_check_history(model) %}
    {%- set snapshot = adapter.get_relation(this.database, this.schema, this.identifier) -%}
    {%- if execute and snapshot and not var('moco__allow_empty') -%}
        {%- set lost = run_query(
            'select distinct source_relation from ' ~ snapshot ~ ' where dbt_valid_to is null'
            ~ ' except select source_relation from ' ~ ref(model)
        ).columns[0].values() -%}
        {%- if lost -%}
            {{ exceptions.raise_compiler_error(
                model ~ ' has no rows of ' ~ lost | join(', ') ~ ' any more. The snapshot '
                ~ this.identifier ~ ' is left as it is. If the rows are really gone, run with'
                ~ ' --vars "moco__allow_empty: true".'
            ) }}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
