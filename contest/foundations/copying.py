"""Many new rows at once, by COPY: five times as fast as INSERT, and each object knows its id afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection, models, transaction


def insert(objects: Sequence[models.Model]) -> None:
    """The rows are in the table, and their objects have ids; all of one model, none saved before, all or nothing.

    As with `bulk_create`, `save` is not called: what it derives must be derived before.
    """
    if not objects:
        return
    model = type(objects[0])
    fields = [field for field in model._meta.concrete_fields if not field.generated]
    quote = connection.ops.quote_name
    columns = ", ".join(quote(str(field.column)) for field in fields)
    command = f"COPY {quote(model._meta.db_table)} ({columns}) FROM STDIN"
    with transaction.atomic(), connection.cursor() as cursor:
        number(objects)
        with connection.wrap_database_errors, cursor.copy(command) as copy:
            for instance in objects:
                copy.write_row([_value(field, instance) for field in fields])
    for instance in objects:
        instance._state.adding, instance._state.db = False, connection.alias


def number(objects: Sequence[models.Model]) -> None:
    """Objects without an id have one from the table's own sequence, before there are rows; of one model."""
    model = type(objects[0])
    if not isinstance(model._meta.pk, models.AutoField):
        return
    without = [instance for instance in objects if instance.pk is None]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, %s)) FROM generate_series(1, %s)",
            [model._meta.db_table, str(model._meta.pk.column), len(without)],
        )
        for instance, (free,) in zip(without, cursor.fetchall(), strict=True):
            instance.pk = free


def _value(field: models.Field[Any, Any], instance: models.Model) -> Any:
    value = field.pre_save(instance, add=True)
    if isinstance(field, models.BinaryField):
        return None if value is None else bytes(value)
    return field.get_db_prep_save(value, connection)
