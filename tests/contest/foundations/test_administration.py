import base64
import zlib
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.datastructures import MultiValueDict
from django.utils.timezone import get_default_timezone
from hypothesis import given
from hypothesis import strategies as st

from contest.foundations import administration
from contest.foundations.administration import FileForm, MomentInput, ReasonForm, dress, keep, unkeep
from tests.builders import NOON


def chosen(name: str) -> MultiValueDict[str, Any]:
    return MultiValueDict({"file": [SimpleUploadedFile(name, b"abc")]})


@given(st.binary(max_size=5000))
def test_a_kept_file_comes_back_whole(content):
    assert unkeep(keep(content)) == content


@pytest.mark.parametrize("kept", ["", "%%%", base64.b64encode(b"no zip").decode(), keep(b"x")[:-4]])
def test_what_was_not_kept_here_is_refused(kept):
    with pytest.raises(ValidationError) as caught:
        unkeep(kept)
    assert caught.value.messages == ["Tệp chưa được gửi trọn vẹn: hãy chọn lại."]


def test_a_file_that_is_too_large_is_refused_before_it_is_read():
    class Huge(SimpleUploadedFile):
        def read(self, *args: Any, **kwargs: Any) -> bytes:
            raise AssertionError

    file = Huge("a.csv", b"abc")
    file.size = administration.LARGEST_UNPACKED + 1
    form = FileForm({}, MultiValueDict({"file": [file]}))
    assert form.errors["__all__"] == ["Tệp lớn hơn 20 MB."]


def test_what_unpacks_to_too_much_is_refused():
    bomb = base64.b64encode(zlib.compress(b"0" * (administration.LARGEST_UNPACKED + 1))).decode()
    with pytest.raises(ValidationError) as caught:
        unkeep(bomb)
    assert caught.value.messages == ["Tệp quá lớn để xem trước ở đây: hãy chia nhỏ, hoặc nhờ người vận hành nhập giúp."]


def test_a_file_is_asked_for(monkeypatch):
    assert FileForm({}, MultiValueDict()).errors == {"__all__": ["Hãy chọn một tệp."]}
    form = FileForm({}, chosen("Ngân hàng.csv"))
    assert (form.is_valid(), form.cleaned_data["content"], form.cleaned_data["name"]) == (True, b"abc", "Ngân hàng.csv")
    again = FileForm({"kept": keep(b"abc"), "name": "Ngân hàng.csv"}, MultiValueDict())
    assert (again.is_valid(), again.cleaned_data["content"]) == (True, b"abc")
    monkeypatch.setattr(administration, "LONGEST_KEPT", 5)
    assert not FileForm({}, chosen("a.csv")).is_valid()


def test_a_moment_is_shown_on_one_line_with_seconds_only_where_there_are_some():
    noon = NOON.astimezone(get_default_timezone())
    shown = [MomentInput().format_value(value) for value in (noon, noon.replace(second=7), "12 giờ", None)]
    assert shown == ["12:00 25/11/2026", "12:00:07 25/11/2026", "12 giờ", None]


def test_a_form_is_dressed_once():
    form = dress(dress(ReasonForm()))
    classes = form.fields["reason"].widget.attrs["class"].split()
    assert len(classes) == len(set(classes))
