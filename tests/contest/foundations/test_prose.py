"""Texts of organizers in Markdown."""

import pytest

from contest.foundations import prose


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("", ""),
        (
            "Mỗi kỳ **một** lượt.\nHết giờ vẫn tính.",
            "<p>Mỗi kỳ <strong>một</strong> lượt.<br>\nHết giờ vẫn tính.</p>\n",
        ),
        ("# Thể lệ\n## Ai\n# Giải", "<h3>Thể lệ</h3>\n<h4>Ai</h4>\n<h3>Giải</h3>\n"),
        ("### Giải", "<h3>Giải</h3>\n"),
        ("<script>x()</script>", "<p>&lt;script&gt;x()&lt;/script&gt;</p>\n"),
        ("a <b onclick=x()>b</b>", "<p>a &lt;b onclick=x()&gt;b&lt;/b&gt;</p>\n"),
        ("[x](javascript:x())", "<p>[x](javascript:x())</p>\n"),
        ("![x](http://example.vn/a.png)", "<p></p>\n"),
        (
            "[Toàn văn](https://example.vn/ct24)",
            '<p><a href="https://example.vn/ct24" rel="noopener noreferrer">Toàn văn</a></p>\n',
        ),
        (
            "|Giải|Số|\n|:-|-:|\n|Nhất|1|",
            "<table>\n<thead>\n<tr>\n<th>Giải</th>\n<th>Số</th>\n</tr>\n</thead>\n"
            "<tbody>\n<tr>\n<td>Nhất</td>\n<td>1</td>\n</tr>\n</tbody>\n</table>\n",
        ),
    ],
)
def test_markdown_becomes_html_and_html_stays_text(text, html):
    assert prose.html(text) == html
