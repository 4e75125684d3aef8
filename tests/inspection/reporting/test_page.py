"""`page`: one document, texts that stay texts, and nothing that is fetched."""

import re

from tags import HOSTILE, Tags

from bert_keras.inspection.reporting.page import page
from bert_keras.inspection.reporting.section import Section
from bert_keras.markup import Markup


def test_a_document():
    sections = [Section("One", Markup("<p>first</p>")), Section(HOSTILE, Markup("<p>second</p>"))]
    content = page(HOSTILE, HOSTILE, [(HOSTILE, HOSTILE, HOSTILE)], sections, HOSTILE)
    found = Tags(content)
    assert content.startswith("<!doctype html>") and "script" not in found.names and found.text.count(HOSTILE) == 9
    assert [own["href"] for name, own in found.tags if name == "a"] == ["#s0", "#s1"]
    assert [own["id"] for name, own in found.tags if name == "section"] == ["s0", "s1"]
    assert found.names.count("h1") == 1 and found.names.count("h2") == 2 and "main" in found.names
    assert ("html", {"lang": "en"}) in found.tags
    addresses = re.findall(r"""(?:src|href)=["']([^"']+)|url\(([^)]*)""", content)
    assert {first or second for first, second in addresses} == {"#s0", "#s1", "data:,"}
    policy = next(own["content"] for name, own in found.tags if own.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")
