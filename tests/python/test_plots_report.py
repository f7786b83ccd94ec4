"""The report as a file: complete, self-contained, repeatable; and bad input in one line."""

from __future__ import annotations

import base64
import copy
import csv
import gzip
import io
import json
import re

import pytest
from fontTools.ttLib import TTFont

import analysis_fixture
import made_up_cells
from html_page import Page
from plots.drawing.theme import DARK, LIGHT
from plots.report import embed
from plots.report.html import write_report

FIGURES = 11
DRAWING = re.compile(r"<svg .*?</svg>", re.DOTALL)


def folder(tmp_path_factory, content, name="results"):
    place = tmp_path_factory.mktemp(name)
    return analysis_fixture.write_results(place / "results" / "20261122-180000-compare", content)


@pytest.fixture(scope="module")
def content():
    """One workload of every kind: lines by connections, a strip, two offered rates."""
    complete = analysis_fixture.analysis(servers=3, open_loop=True, rounds=15)
    return complete | {"cells": [complete["cells"][place] for place in (0, 2, 5, 6, 9, 11)]}


@pytest.fixture(scope="module")
def small(content):
    """One workload only: for what does not depend on how many there are."""
    return copy.deepcopy(content) | {"cells": copy.deepcopy(content["cells"][:1])}


@pytest.fixture(scope="module")
def results(tmp_path_factory, content):
    place = folder(tmp_path_factory, content)
    assert write_report(place) == place / "report.html"
    return place


@pytest.fixture(scope="module")
def page(results):
    return Page((results / "report.html").read_text())


def position(page, tag, identity):
    return next(
        place
        for place, (name, attrs, _) in enumerate(page.elements)
        if name == tag and attrs.get("id") == identity
    )


def test_what_was_found_comes_first_then_warnings_then_the_cost(page, content):
    order = [
        position(page, "h2", each)
        for each in (
            "found",
            "warnings",
            "cost",
            "tail",
            "summary",
            "figures",
            "method",
            "provenance",
        )
    ]
    assert order == sorted(order)
    found = [finding["text"] for finding in content["findings"]]
    assert [text for _, text in page.all("li")][: len(found)] == found
    assert (
        position(page, "h2", "warnings")
        < position(page, "figure", "cost-ratios")
        < position(page, "h2", "summary")
    )


def test_the_report_says_which_tail_to_quote_for_what(page, content):
    (told,) = [text for _, text in page.all("section", **{"aria-labelledby": "tail"})]
    assert "To compare servers, quote the ratio" in told and "To promise a latency" in told
    cell = content["cells"][-1]
    assert "70 % of capacity): compared, the p99 of" in told
    assert cell["utilisation"] == 0.7


def test_without_both_tails_there_is_no_word_of_them(tmp_path_factory, small):
    assert "Two tails" not in write_report(folder(tmp_path_factory, small)).read_text()


def test_the_table_keeps_the_two_tails_apart(page, content):
    headings = [text for _, text in page.all("th", scope="col")]
    for words in ("p99 µs, typical slice", "p99 as seen", "undisturbed", "p99 ratio"):
        assert any(words in heading for heading in headings), words
    values = {attributes.get("data-value") for attributes, _ in page.all("td")}
    for result in content["cells"][-1]["results"]:
        for name in ("p99_us", "p999_us", "seen_p99_us"):
            assert str(result[name]["median"]) in values
        assert str(result["undisturbed_share"]) in values


def test_page_needs_no_network(results, page):
    for tag, attributes, _ in page.elements:
        for name in ("src", "href", "srcset"):
            value = attributes.get(name)
            assert (
                value is None or value.startswith(("data:", "#")) or (results / value).is_file()
            ), (tag, name, value[:60])
    policy = page.all("meta", **{"http-equiv": "Content-Security-Policy"})[0][0]["content"]
    assert "default-src 'none'" in policy
    assert not re.search(
        r"@import|url\((?!#|data:font/woff;)", (results / "report.html").read_text()
    )


def test_every_figure_has_both_layouts_alt_text_command_and_data(page, content):
    figures = page.all("figure")
    assert len(figures) == FIGURES
    assert all(
        content["command"] in text and "./iolab report results/20261122-180000-compare" in text
        for _, text in figures
    )
    for layout in ("wide", "narrow"):
        drawings = [
            attributes for attributes, _ in page.all("svg", **{"class": layout, "role": "img"})
        ]
        assert len(drawings) == FIGURES and all(len(each["aria-label"]) > 60 for each in drawings)
    for attributes, _ in figures:
        for kind in ("svg", "png"):
            assert page.all("a", href=f"figures/{attributes['id']}.{kind}")


def test_drawings_name_only_their_own_parts(results, page):
    identities = [attributes["id"] for _, attributes, _ in page.elements if "id" in attributes]
    assert len(set(identities)) == len(identities)
    for drawing in DRAWING.findall((results / "report.html").read_text()):
        used = set(re.findall(r'(?:url\(|<use href=")#([^)"]+)', drawing))
        assert used and used <= set(re.findall(r' id="([^"]+)"', drawing))


def test_drawings_follow_the_theme_and_paper_is_always_light(results):
    text = (results / "report.html").read_text()
    style = re.sub(r"\s+", " ", text.split("<style>")[1].split("</style>")[0])
    always, screen = style.split("@media screen and (prefers-color-scheme: dark) {", 1)
    dark = screen.split("@media")[0]
    for drawing in DRAWING.findall(text):
        assert not re.search(r"#[0-9a-f]{6}\b", drawing)
        for name in set(re.findall(r"var\((--\w+)\)", drawing)):
            assert re.search(rf" {name}: #[0-9a-f]{{6}};", always) and re.search(
                rf" {name}: #[0-9a-f]{{6}};", dark
            ), name
    assert f"--paper: {LIGHT.paper}" in always and f"--paper: {DARK.paper}" in dark


def test_the_font_of_the_drawings_is_embedded_with_every_letter(results):
    text = (results / "report.html").read_text()
    written = {
        letter
        for drawing in DRAWING.findall(text)
        for words in re.findall(r"<text[^>]*>([^<]*)<", drawing)
        for letter in words
    }
    fonts = re.findall(r"url\(data:font/woff;base64,([^)]*)\)", text)
    assert len(written) > 40 and len(fonts) == 2
    for font in fonts:
        known = TTFont(io.BytesIO(base64.b64decode(font))).getBestCmap()
        assert written <= {chr(code) for code in known} | {"\n", "&", ";"}
    assert all("'DejaVu Sans'" in drawing for drawing in DRAWING.findall(text))


def test_the_page_is_smaller_than_its_drawings_as_files(results):
    """Each figure is in the page in two layouts for two themes, and yet once."""
    files = sum(path.stat().st_size for path in (results / "figures").glob("*.svg"))
    drawings = sum(map(len, DRAWING.findall((results / "report.html").read_text())))
    assert drawings < 0.75 * files


def test_embedded_csv_is_the_csv_on_disk(results, page):
    links = [
        attributes
        for attributes, _ in page.all("a")
        if attributes.get("download", "").endswith(".csv")
    ]
    assert len(links) == FIGURES
    for link in links:
        if not link["href"].startswith("data:"):
            assert (results / link["href"]).stat().st_size > embed.LARGEST_CSV
            continue
        text = base64.b64decode(link["href"].split(",", 1)[1])
        assert text == (results / "derived" / f"figure-{link['download']}").read_bytes()
        assert len(list(csv.DictReader(io.StringIO(text.decode())))) > 0


def test_raw_slices_are_linked_and_embedded(results, page):
    assert page.all("a", href="slices.jsonl")
    link = page.all("a", download="slices.jsonl.gz")[0][0]["href"]
    assert (
        gzip.decompress(base64.b64decode(link.split(",", 1)[1]))
        == (results / "slices.jsonl").read_bytes()
    )


def test_raw_data_too_large_are_embedded_without_histograms(tmp_path, monkeypatch):
    lines = [
        '{"kind":"slice","round":1}\n',
        json.dumps({"kind": "summary", "histograms": list(range(5000))}) + "\n",
    ]
    (tmp_path / "slices.jsonl").write_text("".join(lines))
    whole = embed.raw(tmp_path / "slices.jsonl")
    assert whole.complete and whole.bytes == sum(map(len, lines))
    monkeypatch.setattr(embed, "LARGEST_EMBEDDED", 100)
    part = embed.raw(tmp_path / "slices.jsonl")
    assert not part.complete and part.name == "slices-without-histograms.jsonl.gz"
    assert gzip.decompress(base64.b64decode(part.address.split(",", 1)[1])).decode() == lines[0]
    monkeypatch.setattr(embed, "LARGEST_EMBEDDED", 10)
    assert embed.raw(tmp_path / "slices.jsonl").address is None


def test_tables_have_captions_and_scopes(page):
    assert len(page.all("caption")) == len(page.all("table")) >= 3
    assert all(
        attributes.get("scope") in ("col", "row", "rowgroup") for attributes, _ in page.all("th")
    )


def test_summary_has_every_entry_with_a_value_to_sort_by(page, content):
    results = [result for cell in content["cells"] for result in cell["results"]]
    rows = [
        attributes for attributes, _ in page.all("th", scope="row") if "data-value" in attributes
    ]
    assert sorted(row["data-value"] for row in rows) == sorted(
        result["contestant"] for result in results
    )
    rates = {
        attributes["data-value"] for attributes, _ in page.all("td") if attributes.get("data-value")
    }
    assert all(str(result["rate_per_s"]["median"]) in rates for result in results)


def test_a_column_without_any_value_is_left_out(tmp_path_factory, small):
    changed = copy.deepcopy(small)
    for cell in changed["cells"]:
        for result in cell["results"]:
            result["syscalls_per_message"] = None
    place = folder(tmp_path_factory, changed)
    headings = [text for _, text in Page(write_report(place).read_text()).all("th", scope="col")]
    assert not any("system calls" in text for text in headings)
    assert any("context switches" in text for text in headings)


def test_provenance_method_and_plan_are_told(page, results):
    text = " ".join(words for _, words in page.all("main"))
    for fact in (
        "GNU 12.2.0",
        "-O2 -DNDEBUG",
        "6.18.0",
        "Some CPU",
        "1048576",
        "3 % for CPU per message",
    ):
        assert fact in text, fact
    method = page.all("section", **{"aria-labelledby": "method"})[0][1]
    assert len(re.findall(r"\.(?: |$)", method.split("A percentile is shown")[0])) == 5


def test_marks_interrupted_quick_invalid_and_unavailable(tmp_path_factory, small, page):
    assert not page.all("p", role="status")
    changed = copy.deepcopy(small) | {"interrupted": "Ctrl-C", "quick": True, "valid": False}
    absent = analysis_fixture.described(made_up_cells.ROSTER[4])
    changed["contestants"].append(
        absent | {"available": False, "why_not": "io_uring is refused <here>"}
    )
    marked = Page(write_report(folder(tmp_path_factory, changed)).read_text())
    told = [text for _, text in marked.all("p", role="status")]
    assert [text.split(".")[0] for text in told] == ["Invalid", "Interrupted", "Quick run"]
    reasons = [text for _, text in marked.all("p") if "io_uring is refused <here>" in text]
    assert reasons and reasons[0].startswith("proactor-uring")


def test_warnings_are_grouped_and_not_said_twice(tmp_path_factory, small):
    changed = copy.deepcopy(small)
    changed["warnings"] = [
        {
            "flag": "NOISY",
            "cell": "echo-c1-d1",
            "contestant": "proactor-asio",
            "figure": "steal 3 %",
            "text": "steal took 3 % & more",
        },
        {
            "flag": "NOISY",
            "cell": None,
            "contestant": None,
            "figure": "",
            "text": "all of it",
        },
    ]
    marked = Page(write_report(folder(tmp_path_factory, changed)).read_text())
    (group,) = [
        text for attributes, text in marked.all("details") if attributes.get("class") == "warning"
    ]
    assert "(2)" in group and group.count("proactor-asio") == 1
    assert "echo, 1 connection, depth 1: steal took 3 % & more" in group


def test_replotting_gives_the_same_bytes(results):
    kept = {path: path.read_bytes() for path in results.rglob("*") if path.is_file()}
    write_report(results)
    assert {path: path.read_bytes() for path in results.rglob("*") if path.is_file()} == kept
