"""A small reader of HTML for tests: elements with attributes and text, and no unclosed tag."""

from __future__ import annotations

import html.parser

VOID = {"meta", "source", "img", "br", "link"}


class Page(html.parser.HTMLParser):
    """Elements in order, with attributes and the text inside; checks that tags are closed."""

    def __init__(self, text: str):
        super().__init__()
        self.elements: list[tuple[str, dict, list[str]]] = []
        self.open: list[tuple[str, list[str]]] = []
        self.feed(text)
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag, attrs):
        words: list[str] = []
        self.elements.append((tag, dict(attrs), words))
        if tag not in VOID:
            self.open.append((tag, words))

    def handle_endtag(self, tag):
        assert self.open and self.open[-1][0] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()

    def handle_data(self, data):
        for _, words in self.open:
            words.append(data)

    def all(self, tag, **wanted):
        """Attributes and joined text of the elements with that tag and those attributes."""
        found = []
        for name, attributes, words in self.elements:
            if name == tag and all(attributes.get(key) == value for key, value in wanted.items()):
                found.append((attributes, " ".join("".join(words).split())))
        return found
