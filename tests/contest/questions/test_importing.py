from datetime import date
from pathlib import Path

import pytest

from contest.foundations import sheets
from contest.foundations.refusing import Refused
from contest.foundations.sheets import write_csv, write_xlsx
from contest.questions import importing, writing
from contest.questions.importing import ParsedQuestion, State
from contest.questions.models import Bank, BankLock, Question
from contest.questions.writing import ChoiceText, Wording
from tests.builders import NOON, make_bank, make_member, make_user

HEADER = ["question", "option_a", "option_b", "option_c", "answer", "topic", "explanation", "source", "keep_last"]
DEMO = Path(importing.__file__).parent / "demo"


def table(*rows: list[str], header: list[str] = HEADER) -> bytes:
    return write_csv(header, [[*row, *[""] * (len(header) - len(row))] for row in rows])


def parsed(*rows: list[str], header: list[str] = HEADER) -> list[ParsedQuestion]:
    return importing.parse(table(*rows, header=header), "bank.csv").questions


def refused(act, *args, **fields) -> str:
    with pytest.raises(Refused) as caught:
        act(*args, **fields)
    return str(caught.value)


# Parse ---------------------------------------------------------------------------------------------------------------


def test_what_is_no_bank_file_is_refused():
    assert refused(importing.parse, b"", "bank.docx") == (
        "Không đọc được “bank.docx” như một ngân hàng câu hỏi. Các định dạng đọc được: .csv, .xlsx."
    )
    assert refused(importing.parse, table(), "bank.csv") == "Tệp không có câu hỏi nào."
    assert "option_a" in refused(importing.parse, table(["Câu?"], header=["question", "answer"]), "bank.csv")


@pytest.mark.parametrize(
    "header",
    [
        HEADER,
        [
            "Câu hỏi",
            "Phương án A",
            "Phương án B",
            "Lựa chọn C",
            "Đáp án đúng",
            "Phần",
            "Giải thích",
            "Nguồn",
            "Giữ cuối",
        ],
        ["NỘI DUNG CÂU HỎI", "A", "B", "C", "Đáp án", "Chuyên đề", "giải thích (nếu có)", "Căn cứ", "Không đảo"],
        ["câu hỏi", "đáp án a", "đáp án b", "đáp án c", "đáp án", "phần", "giải thích", "nguồn", "để cuối"],
    ],
)
@pytest.mark.parametrize(("write", "name"), [(write_csv, "bank.csv"), (write_xlsx, "Ngân hàng.XLSX")])
def test_a_row_is_read_whatever_the_columns_are_called(header, write, name):
    data = write(header, [["Câu\nmột?", "Một", " Hai ", "Ba", "A, c", "Chủ đề", "Vì thế", "Điều 5", "B"]])
    found = importing.parse(data, name)
    choices = (ChoiceText("Một", True), ChoiceText("Hai", False, True), ChoiceText("Ba", True))
    assert found == importing.Parsed(
        [ParsedQuestion(2, Wording("Câu\nmột?", choices, "Vì thế", "Điều 5"), "Chủ đề")], []
    )


@pytest.mark.parametrize(
    ("answer", "right"),
    [
        ("B", "B"),
        ("b.", "B"),
        ("(B)", "B"),
        ("Đáp án B", "B"),
        ("2", "B"),
        ("A,C", "AC"),
        ("a; c", "AC"),
        ("AC", "AC"),
        ("A và C", "AC"),
        ("1,3", "AC"),
    ],
)
def test_an_answer_is_read_as_people_write_it(answer, right):
    [question] = parsed(["Câu?", "Một", "Hai", "Ba", answer])
    assert (question.faults, "".join("ABC"[n] for n, c in enumerate(question.wording.choices) if c.is_right)) == (
        (),
        right,
    )


@pytest.mark.parametrize(
    ("row", "faults"),
    [
        (["Câu?", "Một", "Hai", "Ba", ""], ("Không đọc được đáp án “”: hãy ghi chữ cái, ví dụ B hoặc A,C.",)),
        (["Câu?", "Một", "Hai", "Ba", "Cả A"], ("Không đọc được đáp án “Cả A”: hãy ghi chữ cái, ví dụ B hoặc A,C.",)),
        (["Câu?", "Một", "Hai", "Ba", "X"], ("Không đọc được đáp án “X”: hãy ghi chữ cái, ví dụ B hoặc A,C.",)),
        (
            ["Câu?", "Một", "Hai", "", "C"],
            (
                "Đáp án ghi phương án C, nhưng câu hỏi không có phương án này.",
                "Chưa có phương án nào được đánh dấu đúng.",
            ),
        ),
        (["Câu?", "Một", "", "Ba", "A"], ("Phương án B để trống.",)),
        (["", "Một", "Hai", "", "A"], ("Câu hỏi chưa có nội dung.",)),
        (
            ["Câu?", "Một", "Hai", "", "A", "", "", "", "E"],
            ("“E” không cho biết phương án nào luôn đứng cuối: hãy ghi chữ cái của phương án.",),
        ),
    ],
)
def test_the_faults_of_a_row_are_named(row, faults):
    [question] = parsed(row)
    assert question.faults == faults


def test_a_cell_in_an_old_encoding_is_the_only_fault_named():
    data = table(["C©u hái: ai lµ NguyÔn ¸i Quèc?", "Một", "Hai", "", "A"])
    [problem] = sheets.read(data, "bank.csv", columns=importing.COLUMNS).problems
    [question] = importing.parse(data, "bank.csv").questions
    assert (problem.row, problem.column, question.faults) == (2, "question", (f"question: {problem.message}",))


def test_a_date_of_excel_is_written_as_a_date_here_and_pointed_out():
    data = write_xlsx(HEADER[:5], [["Ngày nào?", date(2023, 8, 7), date(2022, 5, 5), date(2023, 8, 16), "A"]])
    [question] = importing.parse(data, "bank.xlsx").questions
    assert [choice.text for choice in question.wording.choices] == ["07/08/2023", "05/05/2022", "16/08/2023"]
    assert question.warnings == tuple(
        f"Phương án {letter} được Excel hiểu là ngày tháng; hãy kiểm tra cách viết." for letter in "ABC"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Cả A, B, C đều đúng",
        "Cả a và b",
        "A và B đúng",
        "Phương án A, B",
        "Đáp án B và C",
        "A hoặc C.",
        "Cả 2 phương án A và B",
        "Tất cả các phương án trên",
        "Tất cả các đáp án",
        "Cả ba đáp án trên đều đúng.",
        "Cả 3 ý trên",
        "Tất cả các ý trên",
        "Không có phương án nào đúng",
        "Không có đáp án nào",
        "Tất cả đều đúng",
        "Cả hai đều sai",
        "All of the above",
    ],
)
def test_a_choice_that_speaks_of_the_others_is_noticed(text):
    assert importing.points_at_others(text)


@pytest.mark.parametrize(
    "text",
    [
        "Ý kiến của cấp trên",
        "Cả nước",
        "Tất cả các cơ quan, đơn vị",
        "Cả ý chí và nghị lực",
        "A Lưới và Nam Đông",
        "Cấp ủy các cấp",
        "Không thuộc nhóm biểu hiện nào của Chỉ thị",
        "Cả nội dung và hình thức",
        "Chủ động đề xuất",
        "Bộ Chính trị",
        "",
    ],
)
def test_a_choice_that_speaks_for_itself_is_left_alone(text):
    assert not importing.points_at_others(text)


def test_keeping_last_is_suggested_only_where_the_file_is_silent():
    silent, said, plain = parsed(
        ["Một?", "Đúng", "Sai", "Cả A và B", "A"],
        ["Hai?", "Đúng", "Sai", "Cả A và B", "A", "", "", "", "x"],
        ["Ba?", "Đúng", "Sai", "", "A", "", "", "", "không"],
    )
    assert [question.suggested_last for question in (silent, said, plain)] == [{2}, set(), set()]
    assert [choice.is_last for choice in said.wording.choices] == [False, False, True]


# Preview and commit --------------------------------------------------------------------------------------------------

pytestmark = pytest.mark.django_db
ONE = ["Một?", "Đúng", "Sai", "", "A", "Chủ đề"]
FAULTY = ["Hai?", "Đúng", "Sai", "", "C", "Chủ đề"]


def states(bank: Bank | None, *rows: list[str]) -> list[tuple[str, tuple[str, ...]]]:
    found = importing.preview(bank, importing.parse(table(*rows), "bank.csv"))
    return [(row.state.value, row.warnings) for row in found.rows]


def test_a_preview_says_what_will_become_of_each_row_and_writes_nothing():
    bank = make_bank()
    choices = [ChoiceText("Khác", True), ChoiceText("Sai")]
    there = writing.add(bank, text="MỘT?", choices=choices, by=None, now=NOON)
    swapped = ["một?", "Sai", "Đúng", "", "B"]
    same, alike = ["Một?", "Khác", "Sai", "", "A"], ["Một?", "Đúng", "Đung", "Sai", "A"]
    assert states(bank, ONE, swapped, same, alike, FAULTY) == [
        ("new", (f"Câu hỏi #{there.pk} trong ngân hàng có cùng nội dung nhưng khác phương án.",)),
        ("repeated", ()),
        ("there", ()),
        (
            "new",
            (
                "Phương án A và B chỉ khác nhau ở dấu.",
                "Dòng 2 có cùng câu hỏi nhưng khác phương án.",
                "Dòng 3 có cùng câu hỏi nhưng khác phương án.",
                "Dòng 4 có cùng câu hỏi nhưng khác phương án.",
                f"Câu hỏi #{there.pk} trong ngân hàng có cùng nội dung nhưng khác phương án.",
            ),
        ),
        ("faulty", ()),
    ]
    assert Question.objects.count() == 1


def test_a_preview_names_the_topics_that_would_be_made_and_the_columns_that_mean_nothing():
    bank = make_bank()
    writing.topic_named(bank, "Chu de")
    rows = [[*ONE, "", "", "", "?"], ["Hai?", "Đúng", "Sai", "", "A", "Khác"], ["Ba?", "Đúng", "Sai", "", "A", "khác"]]
    found = importing.preview(bank, importing.parse(table(*rows, header=[*HEADER, "Ghi chú"]), "bank.csv"))
    assert (found.new_topics, found.ignored, found.count(State.NEW)) == (["Khác"], ["Ghi chú"], 3)


def commit(bank: Bank, *rows: list[str], **fields) -> list[Question]:
    found = importing.parse(table(*rows), "bank.csv")
    return importing.commit(bank, found, **{"by": None, "now": NOON, **fields})


def test_a_faulty_row_keeps_the_whole_file_out():
    bank = make_bank()
    assert refused(commit, bank, ONE, FAULTY) == (
        "Chưa nhập câu hỏi nào. Dòng 3: Đáp án ghi phương án C, nhưng câu hỏi không có phương án này. "
        "Chưa có phương án nào được đánh dấu đúng."
    )
    assert (bank.questions.count(), bank.topics.count()) == (0, 0)


def test_a_stranger_and_a_locked_bank_take_nothing_in():
    bank, user = make_bank(), make_user()
    make_member(bank, user, "reader")
    assert refused(commit, bank, ONE, by=user).startswith("Trong ngân hàng này")
    BankLock.objects.create(bank=bank, starts_at=NOON, reason="Vòng 1")
    assert refused(commit, bank, ONE) == "Ngân hàng đang không thể thay đổi: Vòng 1."
    assert bank.questions.count() == 0


def test_only_the_accepted_rows_come_in():
    bank, user = make_bank(), make_user()
    make_member(bank, user)
    [question] = commit(bank, ONE, FAULTY, ["Ba?", "Đúng", "Sai", "", "A"], rows=[2], by=user)
    assert (question.versions.get().text, str(question.topic), question.versions.get().created_by) == (
        "Một?",
        "Chủ đề",
        user,
    )
    assert (bank.questions.count(), question.approved, Bank.objects.get(pk=bank.pk).revision) == (1, None, 1)


def test_the_same_file_twice_adds_nothing():
    bank = make_bank()
    rows = [ONE, ONE, ["Ba?", "Đúng", "Sai", "", "A", "Khác"]]
    assert len(commit(bank, *rows)) == 2
    assert commit(bank, *rows) == []
    assert (bank.questions.count(), [topic.name for topic in bank.topics.all()]) == (2, ["Chủ đề", "Khác"])


@pytest.mark.parametrize(("keep_last", "expected"), [(None, True), ([2], True), ([], False)])
def test_a_suggestion_to_keep_a_choice_last_is_followed_unless_declined(keep_last, expected):
    [question] = commit(make_bank(), ["Một?", "Đúng", "Sai", "Cả A và B", "C"], keep_last=keep_last)
    assert [choice.is_last for choice in question.versions.get().choices.all()] == [False, False, expected]


def test_the_demo_bank_has_forty_questions_in_four_topics_without_a_fault():
    path = DEMO / "chi-thi-24.csv"
    bank = make_bank()
    found = importing.parse(path.read_bytes(), path.name)
    outcome = importing.preview(bank, found)
    assert [(row.state, row.warnings, row.suggested_letters) for row in outcome.rows] == [(State.NEW, (), "")] * 40
    importing.commit(bank, found, by=None, now=NOON)
    assert [(topic.name, topic.questions.count()) for topic in bank.topics.all()] == [
        ("Ban hành và quán triệt Chỉ thị", 9),
        ("Nội dung Chỉ thị và biểu hiện nhận diện", 8),
        ("Kết quả thực hiện và kiểm tra, giám sát", 17),
        ("Mô hình, cách làm và cuộc thi", 6),
    ]


def test_the_practice_bank_shares_no_question_with_the_demo_bank():
    practice, demo = (
        importing.parse((DEMO / name).read_bytes(), name).questions for name in ("practice.csv", "chi-thi-24.csv")
    )
    assert [question.faults for question in practice] == [()] * 9
    assert {q.wording.text for q in practice}.isdisjoint(q.wording.text for q in demo)
