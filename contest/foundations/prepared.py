"""The few statements that entrants' requests are made of: planned once a connection, and sent with their values beside.

The ORM takes longer to compose such a statement than PostgreSQL to run it, and PostgreSQL plans each composed one anew.
They go to libpq without a cursor, which is half of what is left; values and results are psycopg's as everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple, TypeVar
from weakref import WeakKeyDictionary

import psycopg
from django.db import OperationalError, connection, models
from django.db.transaction import TransactionManagementError
from psycopg import pq
from psycopg.adapt import PyFormat, Transformer
from psycopg.errors import error_from_result
from psycopg.types.numeric import Int8

Row = tuple[Any, ...]
M = TypeVar("M", bound=models.Model)
HOLE = re.compile(r"%\((\w+)\)s")
# By connection: the names of its statements, by text and types of values.
named: WeakKeyDictionary[psycopg.Connection[Any], dict[tuple[str, tuple[int, ...]], bytes]] = WeakKeyDictionary()


class Outcome(NamedTuple):
    """What a statement has done."""

    rows: list[Row]
    affected: int  # how many it returned or changed


def rows(sql: str, values: Mapping[str, Any]) -> list[Row]:
    """What the statement returns; a connection that turns out dead is replaced, and the statement sent once more.

    So the statement must bear a repetition. In a transaction a dead connection is an OperationalError.
    """
    return _run(sql, values).rows


def row(sql: str, values: Mapping[str, Any]) -> Row | None:
    """The first row that the statement returns, as `rows` does."""
    found = _run(sql, values).rows
    return found[0] if found else None


def execute(sql: str, values: Mapping[str, Any]) -> int:
    """The statement ran, as in `rows`; how many rows it was about."""
    return _run(sql, values).affected


def _run(sql: str, values: Mapping[str, Any]) -> Outcome:
    for is_last in (connection.in_atomic_block, True):
        try:
            connection.ensure_connection()
            with connection.wrap_database_errors:
                outcome = _seen(sql, values)
        except OperationalError:
            if is_last or connection.connection is None or not connection.connection.closed:
                raise
            connection.close()
        else:
            vars(connection)["health_check_done"] = True  # it has just answered: Django need not ask
            return outcome
    raise AssertionError("the loop returns or raises")


def _seen(sql: str, values: Mapping[str, Any]) -> Outcome:
    """The statement was sent, seen by whoever looks at Django's queries as any other."""
    if not connection.execute_wrappers and not connection.queries_logged:
        return _send(sql, values)

    def send(sql: str, values: Any, many: bool, context: Any) -> Outcome:
        return _send(sql, values)

    for wrapper in reversed(connection.execute_wrappers):
        send = partial(wrapper, send)
    outcome = send(sql, values, False, {"connection": connection, "cursor": None})
    if connection.queries_logged:
        connection.queries_log.append({"sql": sql, "time": ""})
    return outcome


def _send(sql: str, values: Mapping[str, Any]) -> Outcome:
    """What PostgreSQL says to the statement, which begins a transaction if one is due."""
    line: psycopg.Connection[Any] = connection.connection
    server, transformer = line.pgconn, Transformer(line)
    text, names = _places(sql)
    # All whole numbers are sent as int8: with a plan for each size that psycopg tells apart there would be dozens.
    given = [Int8(value) if type(value) is int else value for value in (values[name] for name in names)]
    sent: Any = transformer.dump_sequence(given, [PyFormat.AUTO] * len(given))
    if not line.autocommit and server.transaction_status == pq.TransactionStatus.IDLE:
        _check(line, server.exec_(b"BEGIN"))
    key = (sql, transformer.types or ())
    statements = named.setdefault(line, {})
    name = statements.get(key)
    if name is None:
        name = b"contest_%d" % len(statements)
        _check(line, server.prepare(name, text, transformer.types))
        statements[key] = name
    result = _check(line, server.exec_prepared(name, sent, transformer.formats))
    if result.status != pq.ExecStatus.TUPLES_OK:
        return Outcome([], result.command_tuples or 0)
    transformer.set_pgresult(result)
    return Outcome(transformer.load_rows(0, result.ntuples, tuple), result.ntuples)


def _check(line: psycopg.Connection[Any], result: pq.abc.PGresult) -> pq.abc.PGresult:
    """The result, unless it is an error."""
    if result.status in (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK):
        return result
    if line.closed:
        raise psycopg.OperationalError(line.pgconn.error_message.decode(errors="replace"))
    raise error_from_result(result, encoding=line.info.encoding)


@lru_cache(maxsize=512)
def _places(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """The text with numbered places, and which value goes to which."""
    names = tuple(dict.fromkeys(HOLE.findall(sql)))
    return HOLE.sub(lambda hole: f"${names.index(hole[1]) + 1}", sql).replace("%%", "%").encode(), names


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
    values = {field.attname: field.get_db_prep_save(field.pre_save(instance, True), connection) for field in fields}
    [(instance.pk,)] = _run(sql, values).rows
    instance._state.adding, instance._state.db = False, connection.alias
    return instance


@lru_cache(maxsize=64)
def _insertion(model: type[models.Model]) -> tuple[str, tuple[models.Field[Any, Any], ...]]:
    """The statement for a table, and the fields whose values it takes: all but a number that the table gives."""
    key = model._meta.pk
    fields = tuple(field for field in model._meta.concrete_fields if not isinstance(field, models.AutoField))
    names = ", ".join(f'"{field.column}"' for field in fields)
    places = ", ".join(f"%({field.attname})s" for field in fields)
    return f'INSERT INTO {model._meta.db_table} ({names}) VALUES ({places}) RETURNING "{key.column}"', fields  # noqa: S608


@lru_cache(maxsize=64)
def _fields(model: type[models.Model], without: tuple[str, ...]) -> tuple[models.Field[Any, Any], ...]:
    return tuple(field for field in model._meta.concrete_fields if field.name not in without)


@lru_cache(maxsize=64)
def _readers(model: type[models.Model]) -> dict[models.Field[Any, Any], Callable[..., Any]]:
    """How values are read that the database writes in another way than Python has them, by field."""
    fields: list[Any] = [field for field in model._meta.concrete_fields if hasattr(field, "from_db_value")]
    return {field: field.from_db_value for field in fields}
