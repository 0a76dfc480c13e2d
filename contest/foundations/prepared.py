"""The few statements that entrants' requests are made of: planned once a connection, and sent with their values beside.

The ORM takes longer to compose such a statement than PostgreSQL to run it, and PostgreSQL plans each composed one anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, TypeVar

import psycopg
from django.db import OperationalError, connection, models
from django.db.transaction import TransactionManagementError

Row = tuple[Any, ...]
M = TypeVar("M", bound=models.Model)


def rows(sql: str, values: Mapping[str, Any]) -> list[Row]:
    """What the statement returns; a connection that turns out dead is replaced, and the statement sent once more.

    So the statement must bear a repetition. In a transaction a dead connection is an OperationalError.
    """
    return _run(sql, values).fetchall()


def row(sql: str, values: Mapping[str, Any]) -> Row | None:
    """The first row that the statement returns, as `rows` does."""
    return _run(sql, values).fetchone()


def execute(sql: str, values: Mapping[str, Any]) -> int:
    """The statement ran, as in `rows`; how many rows it was about."""
    return _run(sql, values).rowcount


def _run(sql: str, values: Mapping[str, Any] | Sequence[Any]) -> psycopg.Cursor[Row]:
    for is_last in (connection.in_atomic_block, True):
        try:
            connection.ensure_connection()
            with connection.wrap_database_errors:
                cursor = psycopg.Cursor(connection.connection)
                _send(cursor, sql, values)
        except OperationalError:
            if is_last or connection.connection is None or not connection.connection.closed:
                raise
            connection.close()
        else:
            vars(connection)["health_check_done"] = True  # it has just answered: Django need not ask
            return cursor
    raise AssertionError("the loop returns or raises")


def _send(cursor: psycopg.Cursor[Row], sql: str, values: Mapping[str, Any] | Sequence[Any]) -> None:
    """The statement was sent, seen by whoever looks at Django's queries as any other."""

    def send(sql: str, values: Any, many: bool, context: Any) -> Any:
        return cursor.execute(sql, values, prepare=True)

    for wrapper in reversed(connection.execute_wrappers):
        send = partial(wrapper, send)
    send(sql, values, False, {"connection": connection, "cursor": cursor})
    if connection.queries_logged:
        connection.queries_log.append({"sql": sql, "time": ""})


# --- Rows as objects -------------------------------------------------------------------------------------------------
def columns(model: type[models.Model], alias: str, *, without: Sequence[str] = ()) -> str:
    """The columns that `load` reads, in its order, of the table that goes by `alias`."""
    return ", ".join(f'{alias}."{field.column}"' for field in _fields(model, tuple(without)))


def load(model: type[M], row: Sequence[Any], *, without: Sequence[str] = ()) -> M:
    """The object of a row that begins with `columns`; fields left out are read when somebody asks for them."""
    fields = _fields(model, tuple(without))
    read = _readers(model)
    values = [
        read[field](value, None, connection) if field in read else value
        for field, value in zip(fields, row, strict=False)
    ]
    return model.from_db(connection.alias, [field.attname for field in fields], values)


def insert(instance: M) -> M:
    """The new object is in the table and knows its id. As with `bulk_create`, `save` is not called.

    Unlike the other statements it does not bear a repetition, so it is for transactions only.
    """
    if not connection.in_atomic_block:
        raise TransactionManagementError("a row is inserted in a transaction")
    sql, fields = _insertion(type(instance))
    row = _run(sql, [field.get_db_prep_save(field.pre_save(instance, True), connection) for field in fields]).fetchone()
    assert row is not None  # RETURNING
    [instance.pk] = row
    instance._state.adding, instance._state.db = False, connection.alias
    return instance


@lru_cache(maxsize=64)
def _insertion(model: type[models.Model]) -> tuple[str, tuple[models.Field[Any, Any], ...]]:
    """The statement for a table, and the fields whose values it takes: all but a number that the table gives."""
    key = model._meta.pk
    fields = tuple(field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField))
    names, places = ", ".join(f'"{field.column}"' for field in fields), ", ".join(["%s"] * len(fields))
    return f'INSERT INTO {model._meta.db_table} ({names}) VALUES ({places}) RETURNING "{key.column}"', fields  # noqa: S608


@lru_cache(maxsize=64)
def _fields(model: type[models.Model], without: tuple[str, ...]) -> tuple[models.Field[Any, Any], ...]:
    return tuple(field for field in model._meta.concrete_fields if field.name not in without)


@lru_cache(maxsize=64)
def _readers(model: type[models.Model]) -> dict[models.Field[Any, Any], Callable[..., Any]]:
    """How values are read that the database writes in another way than Python has them, by field."""
    fields: list[Any] = [field for field in model._meta.concrete_fields if hasattr(field, "from_db_value")]
    return {field: field.from_db_value for field in fields}
