"""What stands in a log line, and what never does."""

import logging

import pytest

from contest.foundations import logs

TOKEN = "AbCdEfGhIjKlMnOpQrStUv"


@pytest.mark.parametrize("json", [True, False])
def test_no_line_has_the_secret_of_a_link_nor_what_a_constraint_found(json):
    try:
        try:
            raise ValueError(f"/s/{TOKEN}/")
        except ValueError as inner:
            detail = "DETAIL:  Key (phone, full_name)=(0912345678, Nguyễn Thị Hương) already exists."
            raise RuntimeError(f"duplicate key\n{detail}") from inner
    except RuntimeError as error:
        trouble = (type(error), error, error.__traceback__)
    record = logging.LogRecord("contest", logging.ERROR, "x.py", 1, "Not Found: %s", (f"/s/{TOKEN}/",), trouble)
    assert logs.HideSecrets().filter(record)
    line = logs.formatter(json=json).format(record)
    assert [part in line for part in ("/s/…", "Key (phone, full_name)=…", "RuntimeError", "ValueError")] == [True] * 4
    assert [secret in line for secret in (TOKEN, "0912345678", "Hương")] == [False] * 3


def test_a_failing_row_is_not_told():
    told = logs.hide("Failing row contains (1, Nguyễn Thị Hương, 0912345678).")
    assert told == "Failing row contains …."
