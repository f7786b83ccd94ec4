"""trace.html: what it says, where its links lead, and that it needs nobody."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from html_page import Page
from test_trace_read import head, recorded

from experiments.runner.trace.model import Step, Trace
from plots.drawing.items import Item, linked, titled
from plots.trace import write_pictures
from plots.trace.facts import facts
from plots.trace.sources import ROOT, excerpt

NAMES = ("reactor-epoll", "proactor-uring", "emulated-epoll")
SOURCE = "reactor/reactor_server.cpp:33"


def with_source(trace: Trace) -> Trace:
    """As if the first receive of the server had been made by a line that exists."""
    first = trace.of("server", "receive")[0]
    steps = tuple(replace(s, source=SOURCE) if s is first else s for s in trace.steps)
    return replace(trace, head=replace(trace.head, pattern="reactor"), steps=steps)


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    traces = [with_source(recorded(NAMES[0])), *(recorded(name) for name in NAMES[1:])]
    folder = tmp_path_factory.mktemp("pictures")
    assert write_pictures(folder, traces) == folder / "trace.html"
    return folder


@pytest.fixture(scope="module")
def text(folder) -> str:
    return (folder / "trace.html").read_text()


@pytest.fixture(scope="module")
def page(text) -> Page:
    return Page(text)


def test_every_server_has_its_files(folder):
    for name in NAMES:
        assert (folder / name / "picture.svg").read_text().startswith("<?xml")
        assert (folder / name / "picture.png").read_bytes().startswith(b"\x89PNG")


def test_it_needs_no_network(text):
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", text)
    assert "@import" not in text
    addresses = re.findall(r"url\(([^)]*)\)", text)
    assert all(one.startswith(("data:", "#")) for one in addresses)


def test_every_link_leads_somewhere_and_every_identity_is_used_once(text, page, folder):
    identities = re.findall(r'\bid="([^"]+)"', text)
    assert len(set(identities)) == len(identities)
    links = [attributes["href"] for attributes, _ in page.all("a")]
    assert {one[1:] for one in links if one.startswith("#")} <= set(identities)
    files = [one for one in links if not one.startswith("#") and not one.endswith("trace.jsonl")]
    assert all((folder / one).is_file() for one in files)
    for used in re.findall(r"url\(#([^)]+)\)", text):
        assert used in identities


def test_every_drawn_step_has_a_name_and_leads_on(page):
    for number, name in enumerate(NAMES, 1):
        items = [a for a, _ in page.all("a") if a.get("id", "").startswith(f"s{number}-item-")]
        assert len(items) == len(recorded(name).steps)
        assert all(one["aria-label"] and one["href"] for one in items)


def test_the_tabulator_goes_through_a_picture_by_time(page):
    items = [a["id"] for a, _ in page.all("a") if a.get("id", "").startswith("s1-item-")]
    numbers = [int(one.rpartition("-")[2]) for one in items]
    steps = recorded(NAMES[0]).steps
    times = [steps[number - 1].at_ns for number in numbers if steps[number - 1].kind != "copy"]
    assert times == sorted(times)


def test_the_call_leads_to_its_source_line(page, text):
    (link,) = [a for a, _ in page.all("a") if a.get("aria-label") and "source" in a["href"]]
    assert page.all("div", id=link["href"][1:])
    called = re.search(r'<span class="called">(.*?)</span>', text)
    assert called and "→  33" in called[1]


def test_the_list_has_all_steps(page):
    total = sum(len(recorded(name).steps) for name in NAMES)
    assert sum("-step-" in a.get("id", "") for a, _ in page.all("tr")) == total


def test_the_claims_are_those_of_the_textbook(text):
    for words in ("before the handler is called", "the socket is ready", "the kernel"):
        assert words in text


def test_a_server_that_is_not_what_it_claims_is_marked():
    trace = replace(recorded("emulated-epoll"), head=head("x", pattern="proactor"))
    assert any(
        "who receives: the application, not: the kernel" in one
        for one in facts(trace).contradictions
    )
    unprobed = replace(recorded("emulated-epoll", False), head=head("x", pattern="emulated"))
    assert facts(unprobed).contradictions == ()


def test_a_hostile_name_stays_text(tmp_path):
    evil = '<script>alert("x")</script>'
    steps = (Step(0, 10, "server", "call", evil, 1), Step(20, None, "network", "wake", "", 1))
    traces = [Trace(head("mine", title=evil, text=evil, missing=evil), steps, ())]
    said = write_pictures(tmp_path, traces).read_text()
    assert evil not in said
    assert Page(said).all("h1")[0][1].endswith(evil)
    assert evil not in (tmp_path / "mine" / "picture.svg").read_text()


def test_a_trace_without_a_step_is_drawn(tmp_path):
    assert write_pictures(tmp_path, [Trace(head(), (), ())]).is_file()


def test_an_excerpt_is_five_lines_of_a_file_of_the_repository(tmp_path):
    found = excerpt(SOURCE)
    assert found and [line.number for line in found.lines] == [31, 32, 33, 34, 35]
    assert [line.called for line in found.lines] == [False, False, True, False, False]
    text = (ROOT / "reactor" / "reactor_server.cpp").read_text().splitlines()
    assert found.lines[2].text == text[32]
    (tmp_path / "mine.cpp").write_text("one\n")
    one = excerpt("mine.cpp:1", tmp_path)
    assert one and [line.text for line in one.lines] == ["one"]
    for place in ("mine.cpp:2", "mine.cpp", "other.cpp:1", "/etc/passwd:1", "../x/mine.cpp:1"):
        assert excerpt(place, tmp_path) is None


def test_items_of_a_drawing_get_a_title_or_a_link():
    svg = '<svg role="img" x=""><g id="item-1"><path/></g><g id="item-2"><path/></g></svg>'
    items = {"item-1": Item('a "b" < c', "#there")}
    assert titled(svg, items).count("<title>") == 1
    assert "item-2" not in titled(svg, items)
    drawing = linked(svg, items, "p-")
    assert drawing.startswith('<svg role="group" ')
    assert 'id="p-item-1"' in drawing and 'href="#there"' in drawing
    assert 'a "b" &lt; c</title>' in drawing
