"""The Vietnamese catalogue: nothing that people read is without Vietnamese, and the files are those of the code."""

import gettext
import io
import json
import threading
from pathlib import Path

import pytest
from babel.messages import mofile, pofile
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import translation

from contest.management.commands import catalogue
from contest.management.commands.catalogue import BadSource, Key, Message


def python(source):
    return [(*message.key, message.plural) for message in catalogue.python_messages(source, "x.py")]


def template(source):
    return [(*message.key, message.plural) for message in catalogue.template_messages(source, "x.html")]


def message(msgid, translation="", **rest):
    return Message(Key(rest.pop("context", ""), msgid), translation=translation, **rest)


# Out of the code -----------------------------------------------------------------------------------------------------

IMPORT = "from django.utils.translation import "


@pytest.mark.parametrize(
    ("source", "messages"),
    [
        (IMPORT + "gettext as _\n_('Yes')", [("", "Yes", "")]),
        (IMPORT + "gettext_lazy as t\nt('Yes')", [("", "Yes", "")]),
        (IMPORT + "gettext_noop\ngettext_noop('Yes')", [("", "Yes", "")]),
        (IMPORT + "gettext as _\n_('One ' 'line') % {}", [("", "One line", "")]),
        (IMPORT + "ngettext\nngettext('%(n)s day', '%(n)s days', n)", [("", "%(n)s day", "%(n)s days")]),
        (IMPORT + "pgettext_lazy as p\np('month', 'May')", [("month", "May", "")]),
        (IMPORT + "npgettext\nnpgettext('c', 'a', 'b', 3)", [("c", "a", "b")]),
        ("from django.utils import translation\ntranslation.gettext('Yes')", [("", "Yes", "")]),
        ("def _(x): ...\n_('Not ours')", []),
        (IMPORT + "gettext as _\n_(variable)\n_('')", []),
    ],
)
def test_python(source, messages):
    assert python(source) == messages


@pytest.mark.parametrize("source", [IMPORT + "gettext as _\n_(f'{x}')", IMPORT + "gettext as _\n_('a' % x)", "def ("])
def test_what_can_not_be_looked_up_is_told(source):
    with pytest.raises(BadSource, match=r"x\.py:\d"):
        python(source)


@pytest.mark.parametrize(
    ("source", "messages"),
    [
        ("{% translate 'Yes' %}", [("", "Yes", "")]),
        ('{% translate "It\'s 5 % of" as x %}', [("", "It's 5 %% of", "")]),
        ('{% translate "May" context "month" %}', [("month", "May", "")]),
        ("{{ _('Yes') }} {{ x|default:_('No') }}", [("", "Yes", ""), ("", "No", "")]),
        ("{% include 'x' with a=_('Yes') %}", [("", "Yes", "")]),
        ("{% blocktranslate trimmed %}\n  One\n  {{ x }} line\n{% endblocktranslate %}", [("", "One %(x)s line", "")]),
        (
            "{% blocktranslate count n=n %}{{ n }} day{% plural %}{{ n }} days{% endblocktranslate %}",
            [("", "%(n)s day", "%(n)s days")],
        ),
        ("{% comment %}{% translate 'No' %}{% endcomment %}{# _('No') #} gettext('No')", []),
        ("<p>\n    x {{ y }}\n  z {% if 'a' %}{% translate 'Yes' %}{% endif %}", [("", "Yes", "")]),
    ],
)
def test_template(source, messages):
    assert template(source) == messages


def test_a_broken_template_is_told():
    with pytest.raises(BadSource, match=r"x\.html"):
        template("{% blocktranslate %}{% if x %}{% endblocktranslate %}")


# The files -----------------------------------------------------------------------------------------------------------

MESSAGES = [
    message("Yes", "Có"),
    message("May", "Tháng Năm", context="month"),
    message("%(n)s day", "%(n)s ngày", plural="%(n)s days"),
    message('A "quoted" \\ back\tslash', 'Một "trích" \\ gạch\tchéo'),
    message("two\nlines\n", "hai\ndòng\n"),
    message("\n  around", "\n  quanh"),
    message("Not yet"),
    message("Doubtful", "Ngờ", fuzzy=True),
    message("Gone", "Đã bỏ", is_used=False),
]


def test_the_po_file_is_read_as_it_is_written(tmp_path):
    path = tmp_path / "django.po"
    path.write_bytes(catalogue.po_bytes(MESSAGES))
    assert sorted(catalogue.read_po(path), key=str) == sorted(MESSAGES, key=str)
    assert catalogue.po_bytes(catalogue.read_po(path)) == path.read_bytes()
    assert catalogue.po_bytes(reversed(MESSAGES)) == path.read_bytes()
    assert b"POT-Creation-Date" not in path.read_bytes()
    again = pofile.read_po(io.BytesIO(path.read_bytes())).get("May", "month")
    assert again is not None
    assert again.string == "Tháng Năm"


def test_the_mo_file_holds_what_is_in_use_and_not_in_doubt():
    compiled = catalogue.mo_bytes(MESSAGES)
    assert compiled == catalogue.mo_bytes(reversed(MESSAGES))
    found = gettext.GNUTranslations(io.BytesIO(compiled))
    assert found.gettext("Yes") == "Có"
    assert found.pgettext("month", "May") == "Tháng Năm"
    assert found.ngettext("%(n)s day", "%(n)s days", 5) == "%(n)s ngày"
    assert found.gettext("two\nlines\n") == "hai\ndòng\n"
    for absent in ("Not yet", "Doubtful", "Gone", "May"):
        assert found.gettext(absent) == absent
    assert len(mofile.read_mo(io.BytesIO(compiled))) == 6


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "vi" / "LC_MESSAGES"


def kept(folder):
    return {message.key.msgid: message.translation for message in catalogue.read_po(folder / "django.po")}


def test_merging_keeps_translations_and_fills_in(folder):
    catalogue.merge(folder, [message("Yes"), message("No")], [{"Yes": "Có"}])
    assert kept(folder) == {"Yes": "Có", "No": ""}
    report = catalogue.merge(
        folder, [message("Yes"), message("Day", plural="Days")], [{"Day": ["Ngày"], "Later": "Sau"}]
    )
    assert kept(folder) == {"Yes": "Có", "Day": "Ngày", "Later": "Sau"}
    assert report[0] == "not in the code, kept aside: 'Later'"
    catalogue.merge(folder, [message("Yes"), message("Later")])
    assert kept(folder) == {"Yes": "Có", "Day": "Ngày", "Later": "Sau"}
    assert catalogue.check(folder, [message("Yes"), message("Later")]) == [
        "no longer in the code (--prune drops it): 'Day'"
    ]
    catalogue.merge(folder, [message("Yes"), message("Later")], prune=True)
    assert kept(folder) == {"Yes": "Có", "Later": "Sau"}
    assert catalogue.check(folder, [message("Yes"), message("Later")]) == []


def test_a_context_is_filled_by_its_own_key(folder):
    catalogue.merge(folder, [message("May", context="month"), message("May")], [{"month\x04May": "Tháng Năm"}])
    assert {m.key: m.translation for m in catalogue.read_po(folder / "django.po")} == {
        Key("", "May"): "",
        Key("month", "May"): "Tháng Năm",
    }
    assert json.loads(catalogue.missing(folder, [message("May"), message("Day", plural="Days")])) == {
        "Day": [""],
        "May": "",
    }


def test_merging_at_once_loses_nothing(folder):
    code = [message(f"m{n}") for n in range(20)]
    catalogue.merge(folder, code)
    threads = [threading.Thread(target=catalogue.merge, args=[folder, code, [{f"m{n}": f"v{n}"}]]) for n in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert kept(folder) == {f"m{n}": f"v{n}" for n in range(20)}
    assert catalogue.check(folder, code) == []


# The check -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "code", "problem"),
    [
        ([message("Yes")], [message("Yes")], "no Vietnamese: 'Yes'"),
        ([message("Yes", "Có", fuzzy=True)], [message("Yes")], "fuzzy: 'Yes'"),
        ([], [message("Yes")], "not in django.po (run manage.py catalogue): 'Yes'"),
        (
            [message("Day", "Ngày")],
            [message("Day", plural="Days")],
            "not in django.po (run manage.py catalogue): 'Day'",
        ),
        ([message("Yes", "Có")], [], "no longer in the code (--prune drops it): 'Yes'"),
        ([message("%(n)s x", "%(m)s x")], [message("%(n)s x")], "placeholders differ: '%(n)s x' → '%(m)s x'"),
        ([message("%s x", "x")], [message("%s x")], "placeholders differ: '%s x' → 'x'"),
        ([message("{n} x", "{} x")], [message("{n} x")], "placeholders differ: '{n} x' → '{} x'"),
        ([message("5%% x", "5% x")], [message("5%% x")], "placeholders differ: '5%% x' → '5% x'"),
    ],
)
def test_what_is_missing_is_told(folder, written, code, problem):
    folder.mkdir(parents=True)
    (folder / "django.po").write_bytes(catalogue.po_bytes(written))
    (folder / "django.mo").write_bytes(catalogue.mo_bytes(written))
    assert catalogue.check(folder, code) == [problem]


def test_the_same_placeholders_in_another_order_are_fine():
    assert catalogue.same_placeholders(message("%(a)s of %(b)d, {x}", "{x}: %(b)d trong %(a)s"))
    assert catalogue.same_placeholders(message("One day", "%(n)s ngày", plural="%(n)s days"))
    assert catalogue.same_placeholders(message("100% sure", "chắc 100%"))


def test_stale_files_are_told(folder):
    code = [message("Yes"), message("No")]
    catalogue.merge(folder, code, [{"Yes": "Có", "No": "Không"}])
    compiled = (folder / "django.mo").read_bytes()
    (folder / "django.mo").write_bytes(compiled[:-1])
    assert catalogue.check(folder, code) == ["django.mo is stale (run manage.py catalogue)"]
    (folder / "django.mo").unlink()
    assert catalogue.check(folder, code) == ["django.mo is stale (run manage.py catalogue)"]
    (folder / "django.mo").write_bytes(compiled)
    (folder / "django.po").write_bytes((folder / "django.po").read_bytes() + b"\n# mine\n")
    assert catalogue.check(folder, code) == ["django.po is not in its own order and form (run manage.py catalogue)"]


# This project --------------------------------------------------------------------------------------------------------


def test_the_command_fills_checks_and_prints_what_is_missing(tmp_path, settings):
    settings.BASE_DIR, settings.LOCALE_PATHS = tmp_path, [tmp_path / "locale"]
    (tmp_path / "contest").mkdir()
    (tmp_path / "contest" / "x.py").write_text(IMPORT + "gettext as _\n_('Strange new words')\n")
    fill = tmp_path / "fill.json"
    fill.write_text(json.dumps({"Strange new words": "Từ mới lạ"}))
    out = io.StringIO()
    call_command("catalogue", "--missing", "contest", stdout=out)
    assert json.loads(out.getvalue()) == {"Strange new words": ""}
    call_command("catalogue", "--fill", str(fill), stdout=io.StringIO())
    assert kept(tmp_path / "locale" / "vi" / "LC_MESSAGES")["Strange new words"] == "Từ mới lạ"
    with pytest.raises(CommandError, match="no Vietnamese: 'Sign Out'"):  # of the packages
        call_command("catalogue", "--check", stdout=io.StringIO())


def test_a_file_in_the_middle_of_writing_stops_only_the_check(tmp_path, settings):
    settings.BASE_DIR, settings.LOCALE_PATHS = tmp_path, [tmp_path / "locale"]
    (tmp_path / "contest").mkdir()
    (tmp_path / "contest" / "broken.py").write_text("def (")
    (tmp_path / "contest" / "x.py").write_text(IMPORT + "gettext as _\n_('Strange new words')\n")
    out = io.StringIO()
    call_command("catalogue", stdout=out)
    assert "broken.py:1" in out.getvalue()
    assert "Strange new words" in kept(tmp_path / "locale" / "vi" / "LC_MESSAGES")
    with pytest.raises(CommandError, match=r"broken\.py:1"):
        call_command("catalogue", "--check", stdout=io.StringIO())


def test_our_catalogue_is_whole():
    call_command("catalogue", "--check", stdout=io.StringIO())


def test_our_catalogue_wins_over_those_of_packages():
    with translation.override("vi"):
        assert translation.gettext("Sign Out") == "Đăng xuất"
        assert translation.gettext("Enter a valid UUID.") != "Enter a valid UUID."
    assert Path(settings.LOCALE_PATHS[0]).is_dir()
