"""HTML as a browser reads it, for the tests of what a notebook shows."""

import html.parser

HOSTILE = """<script>alert("1")</script> & 'quoted' "x" onload=y"""


class Tags(html.parser.HTMLParser):
    """`tags`, a list of (name, attributes), and `text`, what stands between them."""

    def __init__(self, source):
        super().__init__()
        self.tags, self.text = [], ""
        self.feed(source)
        self.close()

    @property
    def names(self):
        return [name for name, _ in self.tags]

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data
