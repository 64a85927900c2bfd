"""Reads a page as a browser would: its numbers, where each is from, its cells and addresses."""

from __future__ import annotations

from html.parser import HTMLParser

VOID = {"meta", "link", "img", "br", "hr"}


class Parsed(HTMLParser):
    """Checks that tags close; keeps each number with where it is from, the cells, addresses and pictures."""

    def __init__(self, text):
        super().__init__()
        self.open, self.numbers, self.cells, self.sources, self.text = [], [], [], [], ""
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.sources += [found[name] for name in ("src", "href", "xlink:href") if found.get(name)]
        if tag in VOID:
            return
        self.open.append((tag, found))
        if tag == "td":
            self.cells.append("")

    def handle_startendtag(self, tag, attributes):
        self.sources += [value for name, value in attributes if name in ("src", "href", "xlink:href")]

    def handle_endtag(self, tag):
        assert self.open.pop()[0] == tag

    def handle_data(self, data):
        if not self.open or self.open[-1][0] in ("style", "script"):
            return
        place = self.open[-1][1].get("data-of")
        if place:
            self.numbers.append((place, data))
        elif any(tag == "td" and found.get("class") != "word" for tag, found in self.open):
            self.cells[-1] += data
        if not any(tag == "svg" for tag, _ in self.open):
            self.text += data
