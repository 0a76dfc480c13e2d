"""How alike two texts are: by groups of words, whatever their marks, capitals and line ends."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contest.entries import likeness

SENTENCE = (
    "Thứ Ba và thứ Năm hằng tuần, tổ gồm một công chức Một cửa, một đoàn viên thanh niên và cán bộ thôn "
    "mang máy tính, máy quét đến nhà văn hóa thôn để kiểm tra, số hóa và nộp hồ sơ ngay tại chỗ."
)
OTHER = "Mỗi chi bộ có một cuốn sổ ghi việc dân hỏi, bí thư trả lời trong bảy ngày và niêm yết ở nhà văn hóa của thôn."
letters = st.text("ab ", max_size=80)


@pytest.mark.parametrize("text", ["", "một", "một hai ba bốn năm"])
def test_too_few_words_make_no_group(text):
    assert likeness.shingles(text) == set()


def test_marks_capitals_and_line_ends_hide_nothing():
    plain = "thu ba va thu nam hang tuan to gom mot cong chuc mot cua mot doan vien thanh nien va can bo thon"
    assert likeness.shingles(plain) <= likeness.shingles(SENTENCE.upper().replace(" ", "\n"))


def test_what_is_kept_of_a_text_does_not_depend_on_what_stands_around_it():
    assert likeness.shingles(SENTENCE) <= likeness.shingles(f"{OTHER} {SENTENCE} {OTHER}")


@pytest.mark.parametrize(
    ("common", "mine", "other", "percent"),
    [
        (7, 7, 7, "0"),  # too few to say anything
        (8, 8, 100, "100.00"),
        (8, 100, 8, "100.00"),  # of the shorter of both
        (50, 100, 200, "50.00"),
        (10, 30, 30, "33.33"),
        (20, 30, 30, "66.67"),
        (0, 0, 0, "0"),
    ],
)
def test_the_share_is_that_of_the_shorter_text(common, mine, other, percent):
    assert likeness.share(common, mine, other) == Decimal(percent)


def test_a_passage_shows_the_words_of_both_as_they_were_written():
    mine = f"Tại xã ta. {SENTENCE} Kết quả tốt."
    theirs = f"Trước đây chưa có. {SENTENCE.upper()} Hết."
    (found,) = likeness.passages(mine, theirs)
    assert found.text == SENTENCE.rstrip(".")
    assert found.other_text == SENTENCE.upper().rstrip(".")
    assert found.words == len(SENTENCE.split())
    assert (found.before, found.after) == ("Tại xã ta. ", ". Kết quả tốt")
    assert (found.other_before, found.other_after) == ("Trước đây chưa có. ", ". Hết")


def test_the_longest_passage_comes_first_and_short_ones_are_left_out():
    short = "niêm yết ở nhà văn hóa của thôn"
    mine = f"{OTHER} Rồi thì {SENTENCE} Và {short}."
    theirs = f"{SENTENCE} Ngoài ra {OTHER}"
    found = likeness.passages(mine, theirs)
    assert [one.words for one in found] == sorted((one.words for one in found), reverse=True)
    assert [one.text.split()[0] for one in found] == ["Thứ", "Mỗi"]


def test_texts_with_nothing_in_common_have_no_passage():
    assert likeness.passages(SENTENCE, OTHER) == []


@given(letters, letters)
def test_passages_are_the_same_words_and_lie_apart(mine, theirs):
    found = likeness.passages(mine, theirs, shortest=3)
    assert all(
        [w.folded for w in likeness.words_of(p.text)] == [w.folded for w in likeness.words_of(p.other_text)]
        for p in found
    )
    assert sum(p.words for p in found) <= len(likeness.words_of(mine))
    assert all(p.words >= 3 for p in found)


@given(st.lists(st.sampled_from(["an", "ba", "ca", "da", "em"]), min_size=3, max_size=40))
def test_a_text_is_one_passage_of_itself(words):
    text = " ".join(words)
    assert [p.words for p in likeness.passages(text, text, shortest=3)][:1] == [len(words)]
