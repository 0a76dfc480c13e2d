"""Tables and papers of results: for organizers alone, each time in the ledger, and sheets with their judges."""

import csv
import io
from collections.abc import Sequence

import pypdf
import pytest
import python_calamine
from django.test import Client

from contest.foundations.ledger.models import Entry as Act
from contest.foundations.refusing import Refused
from contest.judging.models import Stage
from contest.results import exporting, freezing
from tests.builders import NOON, make_user
from tests.contest.results.builders import Judged

pytestmark = pytest.mark.django_db


@pytest.fixture
def judged():
    return Judged()


@pytest.fixture
def snapshot(judged):
    return freezing.make(judged.stage, by=judged.organizer, prizes={1: "Giải Nhất"}, now=NOON)


def cells(content: bytes) -> Sequence[Sequence[object]]:
    return python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def text(content: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages)


def test_not_for_whoever_does_not_organize(snapshot):
    for take in (exporting.ranking, exporting.judges_sheets):
        with pytest.raises(Refused):
            take(snapshot, "xlsx", by=make_user(), now=NOON)
    assert not Act.objects.filter(action="results.exported").exists()


def test_the_ranking_is_the_same_in_each_shape_and_the_ledger_keeps_who_took_it(judged, snapshot):
    taken = {kind: exporting.ranking(snapshot, kind, by=judged.organizer, now=NOON) for kind in ("xlsx", "csv", "pdf")}
    rows = [(row[1], row[2], row[6], row[8]) for row in cells(taken["xlsx"])[1:]]
    assert rows == [
        (1, "SK-0001", 90, "Giải Nhất"), (2, "SK-0002", 80, ""), (2, "SK-0003", 80, ""), (4, "SK-0004", 70, ""),
    ]  # fmt: skip
    lines = list(csv.reader(io.StringIO(taken["csv"].decode("utf-8-sig"))))
    assert [(row[1], row[2], row[6]) for row in lines[1:]] == [
        ("1", "SK-0001", "90"), ("2", "SK-0002", "80"), ("2", "SK-0003", "80"), ("4", "SK-0004", "70"),
    ]  # fmt: skip
    assert "Giải Nhất" in text(taken["pdf"])
    assert [act.data["kind"] for act in Act.objects.filter(action="results.exported")] == ["xlsx", "csv", "pdf"]


def test_the_sheets_of_every_judge_mark_by_mark_and_to_be_signed(judged, snapshot):
    rows = cells(exporting.judges_sheets(snapshot, "xlsx", by=judged.organizer, now=NOON))
    assert len(rows) == 1 + 4 * 3 * 2
    assert {row[2] for row in rows[1:]} == {"Giám Khảo Số 1", "Giám Khảo Số 2", "Giám Khảo Số 3"}
    paper = pypdf.PdfReader(io.BytesIO(exporting.judges_sheets(snapshot, "pdf", by=judged.organizer, now=NOON)))
    assert len(paper.pages) == 4 * 3
    assert "Giám Khảo Số 1" in paper.pages[0].extract_text()


def test_a_file_is_taken_at_the_desk_by_a_button(judged, snapshot):
    client = Client()
    client.force_login(judged.organizer, backend="allauth.account.auth_backends.AuthenticationBackend")
    for page, kind in (("ranking-csv", "text/csv"), ("sheets-pdf", "application/pdf")):
        address = f"/admin/results/snapshot/{snapshot.pk}/{page}/"
        assert client.get(address).headers["Content-Type"].startswith("text/html")
        assert client.post(address, {"asked": "1"}).headers["Content-Type"] == kind


def test_the_desk_of_results_is_for_the_own_contest(snapshot):
    client, other = Client(), Judged()
    client.force_login(other.organizer, backend="allauth.account.auth_backends.AuthenticationBackend")
    for page in ("lines", "compare", "check", "publish", "ranking-xlsx", "sheets-pdf"):
        assert client.get(f"/admin/results/snapshot/{snapshot.pk}/{page}/").status_code == 404


def test_sheets_of_a_stage_that_was_opened_again_are_not_given_out_as_those_of_the_result(judged, snapshot):
    Stage.objects.filter(pk=judged.stage.pk).update(closed_at=None)
    snapshot.refresh_from_db()
    for kind in ("xlsx", "pdf"):
        with pytest.raises(Refused) as refused:
            exporting.judges_sheets(snapshot, kind, by=judged.organizer, now=NOON)
        assert refused.value.code == "reopened"
    assert exporting.ranking(snapshot, "xlsx", by=judged.organizer, now=NOON)
