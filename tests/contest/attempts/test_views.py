"""The entrant's door: what each address shows, refuses and never tells."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from contest.attempts import grading, sitting
from contest.attempts.models import Answer, Attempt
from contest.rounds import ranking
from contest.rounds.models import Quiz
from tests.builders import (
    make_bank,
    make_contest,
    make_entrant,
    make_office,
    make_period,
    make_question,
    make_quiz,
    make_round,
    make_user,
)

pytestmark = pytest.mark.django_db
KEY_WORDS = ("is_right", "isCorrect", "right_choice", "explanation", "points", "weight")


class Cast:
    """A round that is open now, an entrant, her neighbour, and a stranger."""

    def __init__(self, **settings: Any) -> None:
        from django.utils import timezone

        self.now = timezone.now()
        self.contest = make_contest()
        self.bank = make_bank()
        for number in range(6):
            make_question(
                self.bank,
                text=f"Câu {number}?",
                choices=("Đỏ", "Vàng", "Xanh"),
                right="B",
                explanation="Điều 5 nói thế",
            )
        self.round = make_round(
            self.contest, opens_at=self.now - timedelta(days=2), closes_at=self.now + timedelta(days=2)
        )
        self.quiz = make_quiz(self.round, bank=self.bank, **settings)
        self.period = make_period(
            self.round, opens_at=self.now - timedelta(days=1), closes_at=self.now + timedelta(days=1)
        )
        self.entrant = make_entrant(self.contest)
        self.neighbour = make_entrant(self.contest, make_user("Trần Văn Đức"))
        self.client, self.other = Client(), Client()
        self.client.force_login(self.entrant.user, backend="accounts.signing_in.Backend")
        self.other.force_login(self.neighbour.user, backend="accounts.signing_in.Backend")

    def start(self) -> Attempt:
        response = self.client.post(f"/c/{self.contest.slug}/rounds/1/start/")
        attempt = Attempt.objects.get()
        assert (response.status_code, response["Location"]) == (302, f"/attempts/{attempt.pk}/")
        return attempt

    def page(self, attempt: Attempt) -> tuple[str, str]:
        """The paper's page, and the key in it."""
        html = self.client.get(f"/attempts/{attempt.pk}/").content.decode()
        found = re.search(r'data-key="([^"]+)"', html)
        assert found
        return html, found[1]


def send(client: Client, url: str, key: str, **body: Any) -> Any:
    return client.post(url, json.dumps(body), content_type="application/json", headers={"X-Attempt-Key": key})


# --- Refusals --------------------------------------------------------------------------------------------------------
def test_a_neighbour_finds_nothing_under_a_guessed_number():
    cast = Cast()
    attempt = cast.start()
    _html, key = cast.page(attempt)
    pages = [f"/attempts/{attempt.pk}/{page}" for page in ("", "result/", "result/status/", "review/")]
    assert [cast.other.get(page).status_code for page in pages] == [404] * 4
    assert [Client().get(page).status_code for page in pages] == [302] * 4
    assert cast.other.post(f"/attempts/{attempt.pk}/", {"action": "hand_in"}).status_code == 404
    other = send(cast.other, f"/answer/{attempt.pk + 1}/", key, sequence=1, choices={"1": [1]})
    nobody = send(Client(), f"/answer/{attempt.pk}/", "", sequence=1, choices={"1": [1]})
    forged = send(Client(), f"/hand-in/{attempt.pk}/", key[:-3] + "AAA", sequence=1, choices={})
    assert (other.status_code, nobody.status_code, forged.status_code, Answer.objects.count()) == (403, 403, 403, 0)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"null",
        b'{"choices": {}}',
        b'{"sequence": 0, "choices": {}}',
        b'{"sequence": "1", "choices": {}}',
        b'{"sequence": 1, "choices": {"0": [1]}}',
        b'{"sequence": 1, "choices": {"101": [1]}}',
        b'{"sequence": 1, "choices": {"x": [1]}}',
        b'{"sequence": 1, "choices": {"1": [0]}}',
        b'{"sequence": 1, "choices": {"1": [6]}}',
        b'{"sequence": 1, "choices": {"1": 1}}',
        b'{"sequence": 1, "choices": {"1": [true]}}',
        b'{"sequence": 1, "choices": {"1": ["1"]}}',
        b'{"sequence": 1, "choices": [], "prediction": null}',
        b'{"sequence": 1, "choices": {}, "prediction": 70186}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_what_is_no_save_is_refused_with_a_sentence_and_leaves_nothing(body):
    cast = Cast()
    attempt = cast.start()
    _html, key = cast.page(attempt)
    response = cast.client.post(
        f"/answer/{attempt.pk}/", body, content_type="application/json", headers={"X-Attempt-Key": key}
    )
    assert (response.status_code, list(response.json()), Answer.objects.count()) == (400, ["error"], 0)


def test_a_prediction_that_can_be_read_in_two_ways_is_refused():
    cast = Cast(prediction=Quiz.Prediction.PEOPLE_ALL_CORRECT)
    attempt = cast.start()
    _html, key = cast.page(attempt)
    response = send(cast.client, f"/answer/{attempt.pk}/", key, sequence=1, choices={}, prediction="70,186")
    assert response.status_code == 400
    send(cast.client, f"/answer/{attempt.pk}/", key, sequence=1, choices={}, prediction="70.186")
    assert Answer.objects.get().choices == {"p": "70186"}


def test_an_organizers_preview_is_closed_to_entrants_and_saves_nothing():
    cast = Cast()
    url = f"/c/{cast.contest.slug}/rounds/1/preview/"
    assert cast.client.get(url).status_code == 404
    organizer = make_user("Lê Tổ Chức")
    make_office(cast.contest, organizer)
    client = Client()
    client.force_login(organizer, backend="accounts.signing_in.Backend")
    html = client.get(url).content.decode()
    assert (html.count("<fieldset"), Attempt.objects.count()) == (4, 0)


# --- The way through -------------------------------------------------------------------------------------------------
def test_from_the_start_to_the_score():
    cast = Cast(prediction=Quiz.Prediction.PEOPLE_ALL_CORRECT)
    attempt = cast.start()
    _html, key = cast.page(attempt)
    saved = send(Client(), f"/answer/{attempt.pk}/", key, sequence=1, choices={"1": [1]}).json()
    assert (saved["saved"], saved["counted"], saved["lease"], saved["closed"]) == (1, True, 1, False)
    right = {
        str(place): [1 + choices.index(sorted(choices)[1])]
        for place, (_version, choices) in enumerate(attempt.paper, start=1)
    }
    done = send(Client(), f"/hand-in/{attempt.pk}/", key, sequence=2, choices=right, prediction="1").json()
    again = send(Client(), f"/hand-in/{attempt.pk}/", key, sequence=2, choices=right, prediction="1").json()
    assert (done["answered"], done["questions"], done["url"]) == (4, 4, f"/attempts/{attempt.pk}/result/")
    assert again == done
    assert cast.client.get(f"/attempts/{attempt.pk}/result/status/").json() == {"closed": True, "graded": False}
    grading.grade_due(now=cast.now)
    assert cast.client.get(f"/attempts/{attempt.pk}/result/status/").json() == {"closed": True, "graded": True}
    response = cast.client.get(f"/attempts/{attempt.pk}/result/")
    assert response.context["grade"].points == 400
    assert done["receipt"] in response.content.decode()
    assert cast.client.get(f"/attempts/{attempt.pk}/").status_code == 302
    assert [row["attempt"] for row in cast.client.get(f"/c/{cast.contest.slug}/mine/").context["attempts"]] == [attempt]


def test_the_plain_form_saves_confirms_the_prediction_and_hands_in():
    cast = Cast(prediction=Quiz.Prediction.PEOPLE_ALL_CORRECT)
    attempt = cast.start()
    url = f"/attempts/{attempt.pk}/"
    saved = cast.client.post(url, {"q1": "2", "q3": "1", "action": "save"})
    assert [choice["checked"] for choice in saved.context["questions"][0]["choices"]] == [False, True, False]
    asked = cast.client.post(url, {"q1": "2", "prediction": "70.186", "action": "hand_in"})
    assert (asked.status_code, asked.context["prediction"]["echo"], Attempt.objects.get().status) == (
        400,
        "70.186",
        "open",
    )
    unclear = cast.client.post(url, {"q1": "2", "prediction": "70,186", "action": "hand_in"})
    assert (unclear.status_code, Attempt.objects.get().status) == (400, "open")
    done = cast.client.post(
        url, {"q1": "2", "prediction": "70186", "prediction_confirmed": "70.186", "action": "hand_in"}
    )
    assert done["Location"] == f"{url}result/"
    attempt.refresh_from_db()
    final = sitting.saved(attempt)
    assert (attempt.status, attempt.answered, final.places, final.prediction) == (
        "submitted",
        1,
        {0: frozenset({1})},
        "70186",
    )


def test_a_page_that_opens_later_takes_the_attempt_over_and_says_so():
    cast = Cast()
    attempt = cast.start()
    _html, first = cast.page(attempt)
    phone = Client()
    phone.force_login(cast.entrant.user, backend="accounts.signing_in.Backend")
    taken = phone.get(f"/attempts/{attempt.pk}/")
    assert taken.context["taken_over"] is True
    late = send(Client(), f"/answer/{attempt.pk}/", first, sequence=1, choices={"1": [1]}).json()
    assert (late["counted"], late["lease"]) == (False, 2)
    refused = send(Client(), f"/hand-in/{attempt.pk}/", first, sequence=2, choices={})
    assert (refused.status_code, refused.json()["code"]) == (409, "superseded")
    assert phone.get(f"/attempts/{attempt.pk}/").context["taken_over"] is False  # a reload on the same device


def test_a_plain_form_that_was_opened_earlier_overwrites_nothing_and_is_kept():
    cast = Cast()
    attempt = cast.start()
    url = f"/attempts/{attempt.pk}/"
    older = cast.client.get(url).context["attempt"].lease
    phone = Client()
    phone.force_login(cast.entrant.user, backend="accounts.signing_in.Backend")
    newer = phone.get(url).context["attempt"].lease
    saved = phone.post(url, {"q1": "2", "lease": newer, "action": "save"})
    assert (saved.status_code, saved.context["taken_over"]) == (200, False)
    stale = cast.client.post(url, {"q1": "3", "q2": "1", "lease": older, "action": "hand_in"})
    assert (stale.status_code, len(stale.context["form_errors"]), Attempt.objects.get().status) == (400, 1, "open")
    assert sitting.saved(attempt).places == {0: frozenset({1})}
    assert list(Answer.objects.filter(lease=older).values_list("is_counted", "choices")) == [
        (False, {"0": [2], "1": [0], "2": [], "3": []})
    ]
    again = cast.client.post(url, {"q1": "3", "lease": stale.context["attempt"].lease, "action": "hand_in"})
    assert (again.status_code, sitting.saved(attempt).places) == (302, {0: frozenset({2})})


def test_a_lagging_counter_is_told_the_newest_number():
    cast = Cast()
    attempt = cast.start()
    _html, key = cast.page(attempt)
    for sequence in (1, 2, 3):
        send(Client(), f"/answer/{attempt.pk}/", key, sequence=sequence, choices={"1": [sequence]})
    refused = send(Client(), f"/answer/{attempt.pk}/", key, sequence=2, choices={"1": [1]})
    assert (refused.status_code, refused.json()["sequence"]) == (409, 3)


# --- What is never told before its time ------------------------------------------------------------------------------
def test_no_payload_before_the_review_has_a_trace_of_the_key():
    cast = Cast(score_shown="at_once")
    attempt = cast.start()
    html, key = cast.page(attempt)
    payloads = [
        html,
        cast.client.get(f"/c/{cast.contest.slug}/rounds/1/").content.decode(),
        send(Client(), f"/answer/{attempt.pk}/", key, sequence=1, choices={"1": [1]}).content.decode(),
        send(Client(), f"/hand-in/{attempt.pk}/", key, sequence=2, choices={"2": [1]}).content.decode(),
    ]
    grading.grade_due(now=cast.now)
    payloads += [
        cast.client.get(f"/attempts/{attempt.pk}/result/").content.decode(),
        cast.client.get(f"/attempts/{attempt.pk}/result/status/").content.decode(),
        cast.client.get(f"/c/{cast.contest.slug}/mine/").content.decode(),
        cast.client.get("/me/data/").content.decode(),
    ]
    assert cast.client.get(f"/attempts/{attempt.pk}/review/").status_code == 404
    for payload in payloads:
        assert [word for word in KEY_WORDS if word in payload] == []
        assert "Điều 5 nói thế" not in payload
    ids = {str(choice) for _version, choices in attempt.paper for choice in choices}
    assert not re.search(rf'(value|id|name)="({"|".join(ids)})"', html) or max(map(int, ids)) < 6


def test_the_review_shows_right_answers_once_the_results_are_out():
    cast = Cast(review_shown="results")
    attempt = cast.start()
    _html, key = cast.page(attempt)
    send(Client(), f"/hand-in/{attempt.pk}/", key, sequence=1, choices={"1": [1]})
    grading.grade_due(now=cast.now)
    cast.period.opens_at, cast.period.closes_at = cast.now - timedelta(days=3), cast.now - timedelta(days=2)
    cast.period.save()
    assert cast.client.get(f"/attempts/{attempt.pk}/review/").status_code == 404
    cast.period.results_at = cast.now - timedelta(days=1)
    cast.period.save()
    review = cast.client.get(f"/attempts/{attempt.pk}/review/")
    assert review.status_code == 200
    assert [sum(choice["is_right"] for choice in question["choices"]) for question in review.context["questions"]] == [
        1
    ] * 4
    assert "Điều 5 nói thế" in review.content.decode()


# --- Cost ------------------------------------------------------------------------------------------------------------
def test_a_save_is_one_statement_and_a_paper_few():
    cast = Cast()
    attempt = cast.start()
    _html, key = cast.page(attempt)
    with CaptureQueriesContext(connection) as queries:
        send(Client(), f"/answer/{attempt.pk}/", key, sequence=1, choices={"1": [1]})
    assert [query["sql"].split()[0] for query in queries] == ["SAVEPOINT", "INSERT", "RELEASE"]  # of the test's own
    with CaptureQueriesContext(connection) as queries:
        cast.client.get(f"/attempts/{attempt.pk}/")
    assert len(queries) == 3  # the person, the attempt with its round, what is saved


def test_an_own_order_of_keys_is_read_out_whole():
    cast = Cast(ranking=Quiz.Ranking.OWN, ranking_keys=[key.value for key in ranking.Key])
    html = cast.client.get(f"/c/{cast.contest.slug}/rounds/1/").content.decode()
    said = " ".join(re.sub("<[^>]+>", " ", html).split())
    assert said[said.index("Lần lượt") : said.index(" Kết quả bằng nhau")] == (
        "Lần lượt theo: điểm cao hơn, thời gian ngắn hơn, dự đoán sát hơn, nộp bài sớm hơn, vào thi sớm hơn, "
        "quyết định của Ban Tổ chức."
    )
