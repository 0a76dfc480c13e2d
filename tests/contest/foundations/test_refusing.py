"""A refusal carries its sentence, in the language of whoever reads it."""

import pickle

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from contest.foundations.refusing import Refused


def test_the_sentence_is_in_the_language_of_the_reader():
    refusal = Refused(_("Yes"), code="agreed")
    with translation.override("en"):
        assert str(refusal) == "Yes"
    with translation.override("vi"):
        assert str(refusal) == "Có"
    assert refusal.code == "agreed"


def test_a_refusal_without_a_code():
    refusal = Refused("Đã hết giờ.")
    assert (str(refusal), refusal.message, refusal.code) == ("Đã hết giờ.", "Đã hết giờ.", "")


def test_a_refusal_crosses_processes():
    assert str(pickle.loads(pickle.dumps(Refused("Đã hết giờ.")))) == "Đã hết giờ."
