"""What a notebook shows: texts stay texts wherever they stand."""

from tags import HOSTILE, Tags

from bert_keras.markup import Markup, bars, coloured, escaped, table


def test_every_sign_that_html_reads_is_written_out():
    assert escaped(HOSTILE) == (
        "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt; &amp; &#x27;quoted&#x27; &quot;x&quot; onload=y"
    )
    assert escaped(3) == "3" and escaped(Markup("<b>")) == "<b>"


def test_tables_bars_and_colours_hold_hostile_text_as_text():
    for shown in (table([HOSTILE], [[HOSTILE]]), bars({HOSTILE: 0.5}), coloured(HOSTILE, 0.5, HOSTILE)):
        found = Tags(shown)
        assert HOSTILE in found.text and set(found.names) <= {"table", "thead", "tbody", "tr", "th", "td", "span"}
        assert all(set(attributes) <= {"style", "dir", "title"} for _, attributes in found.tags)
    assert Tags(coloured("a", 1.0, HOSTILE)).tags[0][1]["title"] == HOSTILE
    assert Tags(table(["a"], [[Markup("<b>x</b>")]])).names[-1] == "b"
