"""Everyone reads what is published, and nothing else."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contest.entries.models import Entry, File, Version
from contest.judging.models import Candidate, Stage
from contest.results import freezing
from tests.builders import NOON, make_user
from tests.contest.results.builders import Judged

pytestmark = pytest.mark.django_db
BY_SLIP = "accounts.signing_in.Backend"


def url(judged: Judged, rest: str = "") -> str:
    return f"/c/{judged.contest.slug}/{rest}"


def make(judged: Judged):
    Entry.objects.update(may_show=True)
    return freezing.make(judged.stage, by=judged.organizer, prizes={1: "Giải Nhất"}, now=NOON)


def publish(judged: Judged):
    snapshot = make(judged)
    freezing.check(snapshot, by=judged.second, now=NOON)
    return freezing.publish(snapshot, by=judged.organizer, decision="31-QĐ/BTC", now=NOON)


def pages(judged: Judged, client: Client):
    order = judged.round.order
    found = [client.get(url(judged, rest)) for rest in ("results/", f"results/{order}/", f"works/{order}/")]
    return [re.sub(r'name="csrfmiddlewaretoken" value="[^"]*"', "", page.content.decode()) for page in found]


def test_before_it_is_published_nothing_of_it_stands_anywhere(client):
    judged = Judged()
    freezing.check(make(judged), by=judged.second, now=NOON)
    assert not any("SK-0001" in page or "90,00" in page for page in pages(judged, client))
    assert client.get(url(judged, f"works/{judged.round.order}/SK-0001/")).status_code == 404


def test_published_everyone_reads_it(client):
    judged = Judged()
    publish(judged)
    listed, result, works = pages(judged, client)
    assert "Mô hình, sáng kiến: Sơ khảo 1" in listed
    assert all(word in result for word in ("31-QĐ/BTC", "SK-0001", "90,00", "Giải Nhất"))
    assert "SK-0004" in works


def test_nothing_newer_than_the_result_shows(client):
    judged = Judged()
    publish(judged)
    before = pages(judged, client)
    Candidate.objects.update(score=1, total=1, place=9)
    Entry.objects.update(title="Khác hẳn", may_show=False)
    assert pages(judged, client) == before


def test_an_entry_whose_authors_did_not_agree_is_ranked_and_not_shown(client):
    judged = Judged()
    Entry.objects.update(may_show=False)
    snapshot = freezing.make(judged.stage, by=judged.organizer, now=NOON)
    freezing.check(snapshot, by=judged.second, now=NOON)
    freezing.publish(snapshot, by=judged.organizer, decision="31", now=NOON)
    _listed, result, works = pages(judged, client)
    assert ("SK-0001" in result, "SK-0001" in works) == (True, False)
    assert client.get(url(judged, f"works/{judged.round.order}/SK-0001/")).status_code == 404


def test_the_pages_cost_the_same_for_one_line_and_for_many(client):
    counts = []
    for scores in ([("90.00", 1)], Judged.SCORES):
        judged = Judged(scores)
        publish(judged)
        with CaptureQueriesContext(connection) as seen:
            pages(judged, client)
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_what_the_judges_said_is_for_its_people_and_names_no_judge(client):
    judged = Judged()
    publish(judged)
    entry = judged.entries[0]
    client.force_login(entry.created_by, BY_SLIP)
    page = client.get(f"/entries/{entry.pk}/feedback/").content.decode()
    assert "Nhận xét 1 về SK-0001" in page
    assert "54,00" in page
    assert not any(str(seat.user) in page for seat in judged.judges)
    for other in (judged.entries[1].created_by, make_user(), judged.judges[0].user):
        client.force_login(other, BY_SLIP)
        assert client.get(f"/entries/{entry.pk}/feedback/").status_code == 404


def test_no_feedback_before_the_result_is_out(client):
    judged = Judged()
    make(judged)
    entry = judged.entries[0]
    client.force_login(entry.created_by, BY_SLIP)
    assert client.get(f"/entries/{entry.pk}/feedback/").status_code == 404


def test_an_entry_that_a_later_stage_excluded_is_shown_by_no_earlier_result(client):
    judged = Judged()
    publish(judged)
    path = url(judged, f"works/{judged.round.order}/SK-0001/")
    assert client.get(path).status_code == 200
    assert path in client.get(url(judged, f"results/{judged.round.order}/")).content.decode()
    Candidate.objects.create(stage=judged.final, entry=judged.entries[0])
    judged.stage = judged.final
    Stage.objects.filter(pk=judged.final.pk).update(closed_at=NOON)
    Entry.objects.filter(pk=judged.entries[0].pk).update(status="invalid", intake_note="Sao chép")
    publish(judged)
    assert client.get(path).status_code == 404
    assert "SK-0001" not in client.get(url(judged, f"works/{judged.round.order}/")).content.decode()
    earlier = client.get(url(judged, f"results/{judged.round.order}/") + "?stage=1").content.decode()
    assert ("SK-0001" in earlier, path in earlier) == (True, False)


def test_a_work_shows_no_name_of_a_file_since_it_may_name_who_did_not_agree(client):
    judged = Judged()
    entry = judged.entries[0]
    file = File.objects.create(
        entry=entry, slot="document", name="Nguyễn Văn Kín.pdf", size=3, received=3, state="good", pages=1,
        content_type="application/pdf", sha256="0" * 64, stored="x.pdf", blind="y.pdf", stored_size=3,
        uploaded_by=entry.created_by, begun_at=NOON,
    )  # fmt: skip
    Version.objects.create(
        entry=entry, number=2, handed_in_at=NOON, handed_in_by=entry.created_by, receipt="R",
        content={"answers": {}, "links": [], "files": [{"id": file.pk}]},
    )  # fmt: skip
    Entry.objects.filter(pk=entry.pk).update(version=2)
    publish(judged)
    page = client.get(url(judged, f"works/{judged.round.order}/SK-0001/")).content.decode()
    assert f"/{file.pk}/1/" in page
    assert "Kín" not in page
