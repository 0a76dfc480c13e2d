"""Prepared statements behave as Django's own queries do, on connections that die as well."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.db.transaction import TransactionManagementError

from contest.attempts.models import Attempt
from contest.foundations import prepared
from contest.rounds.models import Entrant, Quiz
from tests.builders import NOON, make_entrant, make_period, make_quiz, make_result, make_round, make_unit

ATTEMPT = f"SELECT {prepared.columns(Attempt, 'a')} FROM attempts_attempt a WHERE a.id = %(attempt)s"


def values(instance: Any) -> dict[str, Any]:
    return {field.attname: getattr(instance, field.attname) for field in instance._meta.concrete_fields}


@pytest.fixture
def attempt(db):
    quiz = make_quiz(make_round(), time_limit=timedelta(minutes=15))
    entrant = make_entrant(quiz.round.contest, unit=make_unit())
    return make_result(entrant, make_period(quiz.round), paper=[[7, [1, 2]]], deadline=NOON)


# --- Rows as objects -------------------------------------------------------------------------------------------------
def test_a_row_is_read_as_the_orm_reads_it(attempt):
    row = prepared.row(ATTEMPT, {"attempt": attempt.pk})
    assert row is not None
    assert values(prepared.load(Attempt, row)) == values(Attempt.objects.get())


@pytest.mark.parametrize("model", [Entrant, Quiz])
def test_every_type_of_column_is_read_as_the_orm_reads_it(attempt, model):
    sql = f"SELECT {prepared.columns(model, 't')} FROM {model._meta.db_table} t"
    assert [values(prepared.load(model, row)) for row in prepared.rows(sql, {})] == [values(model.objects.get())]


def test_fields_left_out_are_read_when_asked_for(attempt, django_assert_num_queries):
    sql = f"SELECT {prepared.columns(Attempt, 'a', without=('paper',))} FROM attempts_attempt a"
    [found] = [prepared.load(Attempt, row, without=("paper",)) for row in prepared.rows(sql, {})]
    assert found.get_deferred_fields() == {"paper"}
    with django_assert_num_queries(1):
        assert found.paper == [[7, [1, 2]]]


def test_a_new_object_is_in_the_table_with_its_id(attempt):
    fresh = Attempt.objects.get()
    fresh.pk, fresh.number, fresh.receipt = fresh.pk + 1, 2, ""
    with transaction.atomic():
        assert prepared.insert(fresh) is fresh
    assert values(Attempt.objects.get(number=2)) == values(fresh)


@pytest.mark.django_db(transaction=True)
def test_a_new_object_is_refused_outside_a_transaction():
    with pytest.raises(TransactionManagementError):
        prepared.insert(Attempt())


# --- As any other query ----------------------------------------------------------------------------------------------
def test_the_statement_is_counted_and_wrapped(db, django_assert_num_queries):
    seen = []

    def wrapper(execute: Any, sql: str, *rest: Any) -> Any:
        seen.append(sql)
        return execute(sql, *rest)

    with django_assert_num_queries(1), connection.execute_wrapper(wrapper):
        assert prepared.rows("SELECT %(number)s + 1", {"number": 1}) == [(2,)]
    assert seen == ["SELECT %(number)s + 1"]


def test_errors_are_djangos(attempt):
    again = Attempt.objects.get()
    again.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        prepared.insert(again)


def test_it_tells_how_many_rows_it_was_about(attempt):
    assert prepared.execute("UPDATE attempts_attempt SET lease = 3 WHERE lease = %(old)s", {"old": 1}) == 1
    assert prepared.row("SELECT id FROM attempts_attempt WHERE lease = %(lease)s", {"lease": 9}) is None


@pytest.mark.django_db(transaction=True)
def test_the_first_statement_of_a_transaction_is_in_it():
    prepared.execute("CREATE TABLE trial (number int)", {})
    try:
        with transaction.atomic():
            prepared.execute("INSERT INTO trial VALUES (%(number)s)", {"number": 1})
            transaction.set_rollback(True)
        prepared.execute("INSERT INTO trial VALUES (%(number)s)", {"number": 2})
        assert prepared.rows("SELECT number FROM trial", {}) == [(2,)]
    finally:
        prepared.execute("DROP TABLE trial", {})


@pytest.mark.django_db(transaction=True)
def test_an_error_in_a_transaction_takes_all_of_it_back():
    with pytest.raises(DataError), transaction.atomic():
        prepared.rows("SELECT 1 / %(number)s", {"number": 0})
    assert prepared.rows("SELECT 1 / %(number)s", {"number": 1}) == [(1,)]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (7, "bigint"),
        (2**40, "bigint"),
        (True, "boolean"),
        (NOON, "timestamp with time zone"),
        (timedelta(seconds=5), "interval"),
        (None, "text"),
        ("đ", "text"),
        (b"\0", "bytea"),
        ([1, 2], "bigint[]"),
    ],
)
def test_every_value_arrives_as_it_is(db, value, kind):
    given = {"value": value}
    assert prepared.row(f"SELECT %(value)s::{kind} = %(value)s::{kind}, %(value)s::{kind}", given) == (
        None if value is None else True,
        value,
    )


def test_a_percent_sign_is_written_twice_as_everywhere(db):
    assert prepared.rows("SELECT 'abc' LIKE %(start)s || '%%'", {"start": "ab"}) == [(True,)]


def test_a_statement_is_prepared_once_whatever_the_size_of_its_numbers(db):
    line = connection.connection
    before = len(prepared.named.get(line, {}))
    for number in (1, 2**20, 2**40):
        assert prepared.rows("SELECT %(number)s - 1", {"number": number}) == [(number - 1,)]
    assert len(prepared.named[line]) == before + 1


# --- Connections that die --------------------------------------------------------------------------------------------
def end_own_backend() -> None:
    """The server closes this thread's connection, as at its restart."""
    other = connection.copy()
    [(pid,)] = prepared.rows("SELECT pg_backend_pid()", {})
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    other.close()


@pytest.mark.django_db(transaction=True)
def test_a_dead_connection_is_replaced_and_nobody_notices():
    end_own_backend()
    assert prepared.rows("SELECT 1", {}) == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_in_a_transaction_a_dead_connection_is_an_error_and_the_next_statement_works():
    with pytest.raises(OperationalError), transaction.atomic():  # noqa: PT012
        end_own_backend()
        prepared.rows("SELECT 1", {})
    assert prepared.rows("SELECT 1", {}) == [(1,)]


@pytest.mark.django_db(transaction=True)
def test_what_took_too_long_is_not_sent_again():
    prepared.execute("SET statement_timeout = '50ms'", {})
    sent = []

    def count(execute: Any, *rest: Any) -> Any:
        sent.append(1)
        return execute(*rest)

    with connection.execute_wrapper(count), pytest.raises(OperationalError):
        prepared.rows("SELECT pg_sleep(5)", {})
    connection.close()
    assert sent == [1]
