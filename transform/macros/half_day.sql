{#- The target hours of a morning (am) or an afternoon (pm): the weekly model's, or half
    of a fifth of the weekly hours where an employment has no model. -#}
{% macro moco_half_day(half) -%}
    coalesce(
        cast((pattern -> '{{ half }}' ->> weekday) as decimal(18, 4)),
        case when pattern is null and weekday < 5 then weekly_target_hours * 0.1 end,
        0
    )
{%- endmacro %}
