import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from contest.foundations.sheets import write_csv
from contest.questions.models import Bank, BankMember, Question
from tests.builders import make_bank, make_user

pytestmark = pytest.mark.django_db
HEADER = ["question", "option_a", "option_b", "answer"]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bank.csv"
    path.write_bytes(write_csv(HEADER, [["Một?", "Đúng", "Sai", "A"], ["Hai?", "Đúng", "Sai", "B"]]))
    return path


def run(path: Path, *arguments: str) -> str:
    out = StringIO()
    call_command("import_bank", str(path), "--bank", "Ngân hàng", *arguments, stdout=out)
    return out.getvalue()


def test_a_faulty_file_changes_nothing(tmp_path):
    path = tmp_path / "bank.csv"
    path.write_bytes(write_csv(HEADER, [["Một?", "Đúng", "Sai", "A"], ["Hai?", "Đúng", "Sai", ""]]))
    with pytest.raises(CommandError, match=r"^Nothing was imported\.$"):
        run(path)
    assert Bank.objects.count() == 0


@pytest.mark.parametrize("option", ["--by", "--approve-by"])
def test_an_unknown_person_is_named(file, option):
    with pytest.raises(CommandError, match=r"^Nobody has the e-mail address x@example\.vn\.$"):
        run(file, option, "x@example.vn")


def test_a_missing_file_and_a_name_of_two_banks_are_refused(file):
    with pytest.raises(CommandError, match="No such file"):
        run(file.with_name("none.csv"))
    make_bank(name="Ngân hàng")
    make_bank(name="Ngân hàng")
    with pytest.raises(CommandError, match=r"^Several banks"):
        run(file)


def test_a_writer_does_not_approve(file):
    make_user(email="a@example.vn")
    with pytest.raises(CommandError, match="người thứ hai"):
        run(file, "--by", "a@example.vn", "--approve-by", "a@example.vn")
    assert (Bank.objects.count(), Question.objects.count()) == (0, 0)


def test_a_dry_run_writes_nothing(file):
    assert run(file, "--dry-run") == "2 rows: 2 new, 0 faulty, 0 there, 0 repeated\n"
    assert Bank.objects.count() == 0


def test_a_new_bank_comes_with_its_people_and_is_ready_for_use(file):
    writer, reviewer = make_user(email="a@example.vn"), make_user(email="b@example.vn")
    people = ("--by", "a@example.vn", "--approve-by", "b@example.vn")
    assert run(file, *people).splitlines()[-1] == "2 questions added, 2 approved."
    assert set(BankMember.objects.values_list("user", "role")) == {(writer.pk, "owner"), (reviewer.pk, "reviewer")}
    assert Question.objects.usable().count() == 2
    assert run(file, *people).splitlines() == [
        "row 2: there.",
        "row 3: there.",
        "2 rows: 0 new, 0 faulty, 2 there, 0 repeated",
        "0 questions added, 0 approved.",
    ]
    assert Question.objects.count() == 2


def test_json_says_the_same(file):
    preview, outcome = run(file, "--json").splitlines()
    row = {"state": "new", "faults": [], "warnings": [], "keep_last": ""}
    assert json.loads(preview) == {"rows": [{"row": 2, **row}, {"row": 3, **row}], "new_topics": []}
    assert json.loads(outcome) == {"added": 2, "approved": 0}
