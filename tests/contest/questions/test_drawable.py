import pytest
from django.db.models import F

from contest.questions import drawable
from contest.questions.drawable import PoolItem, VersionText
from contest.questions.models import Choice, Question, QuestionVersion, Topic
from tests.builders import NOON, make_bank, make_question

pytestmark = pytest.mark.django_db


def version_of(question: Question) -> int:
    assert question.approved_id is not None
    return question.approved_id


def choice_ids(question: Question) -> list[int]:
    return list(Choice.objects.filter(version=question.approved_id).order_by("position").values_list("pk", flat=True))


def test_what_is_not_approved_or_is_retired_or_is_in_another_bank_is_not_drawn():
    bank = make_bank()
    make_question(bank, approved=False)
    retired = make_question(bank)
    Question.objects.filter(pk=retired.pk).update(is_retired=True)
    make_question(make_bank())
    assert drawable.pool(bank.pk, bank.revision) == ()


def test_the_pool_holds_the_approved_versions_with_their_choices_in_order():
    bank = make_bank()
    topic = Topic.objects.create(bank=bank, name="Chủ đề")
    plain = make_question(bank, right="B")
    last = make_question(bank, topic=topic, choices=("Một", "Hai", "Cả A và B"), last="C")
    newer = QuestionVersion.objects.create(question=last, number=2, text="Chưa duyệt?", created_at=NOON)
    Choice.objects.create(version=newer, position=1, text="Một")
    one, two = choice_ids(plain), choice_ids(last)
    assert drawable.pool(bank.pk, bank.revision) == (
        PoolItem(version_of(plain), None, tuple(one), frozenset(), plain.pk),
        PoolItem(version_of(last), topic.pk, tuple(two), frozenset({two[2]}), last.pk),
    )


def test_the_pool_is_read_once_a_revision(django_assert_num_queries):
    bank = make_bank(questions=2)
    with django_assert_num_queries(1):
        first = drawable.pool(bank.pk, bank.revision)
        again = drawable.pool(bank.pk, bank.revision)
    assert (len(first), again is first) == (2, True)
    make_question(bank)
    bank.revision = F("revision") + 1
    bank.save()
    bank.refresh_from_db()
    assert len(drawable.pool(bank.pk, bank.revision)) == 3


def test_texts_carry_the_words_and_the_key(django_assert_num_queries):
    bank = make_bank()
    single = make_question(bank, text="Một cộng một?", choices=("2", "3"), right="A", explanation="Vì thế.")
    several = make_question(bank, text="Số chẵn?", choices=("2", "3", "4"), right="AC")
    one, two = choice_ids(single), choice_ids(several)
    asked = [version_of(several), 0, version_of(single)]
    expected = {
        version_of(single): VersionText(
            "Một cộng một?", False, dict(zip(one, ("2", "3"), strict=True)), "Vì thế.", "", frozenset({one[0]})
        ),
        version_of(several): VersionText(
            "Số chẵn?", True, dict(zip(two, ("2", "3", "4"), strict=True)), "", "", frozenset({two[0], two[2]})
        ),
    }
    with django_assert_num_queries(1):
        assert drawable.texts(asked) == expected
    with django_assert_num_queries(0):
        assert drawable.texts(asked[::2]) == expected


def test_no_more_texts_are_kept_than_the_limit(monkeypatch):
    monkeypatch.setattr(drawable, "KEPT_TEXTS", 2)
    bank = make_bank(questions=5)
    versions = list(Question.objects.filter(bank=bank).values_list("approved", flat=True))
    assert sorted(drawable.texts(versions)) == sorted(versions)
    assert len(drawable._texts) == 2
    assert sorted(drawable.texts(versions)) == sorted(versions)
