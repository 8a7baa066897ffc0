{#- Every id that is given is there in the other model. An account of which the other
    model has nothing is left out: its stream is off, or the key may not read it. -#}
{% test refers_to(model, column_name, to, field) %}
select
    referring.source_relation,
    referring.{{ column_name }}
from {{ model }} as referring
left join {{ to }} as referred
    on referring.source_relation = referred.source_relation
    and referring.{{ column_name }} = referred.{{ field }}
where referring.{{ column_name }} is not null
    and referred.{{ field }} is null
    and referring.source_relation in (select source_relation from {{ to }})
{% endtest %}
