"""word2vec/plotting/page.py: the numbers in the file, and the page itself in a headless Chromium.

Without playwright or Chromium the latter tests are skipped, unless WORD2VEC_BROWSER=required, as in .ci/run.
"""

import base64
import hashlib
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest

from word2vec.plotting import page
from word2vec.plotting.page import quantised, write_page
from word2vec.plotting.plane import plane
from word2vec.vectors.word_vectors import WordVectors

ROOT = Path(__file__).resolve().parents[2]
HOSTILE = [
    "</script>",
    "<!--<script>",
    "]]>",
    '"',
    "'",
    "\\u003c",
    "&lt;",
    "<img src=x onerror=boom()>",
    "שלום",
    "\u202edrawkcab",
    "e\u0301\u0323\u0302",
    "👩‍👩‍👧",
    "a\u2028b",
    "{{data}}",
    "{{style}}",
    "__proto__",
    "constructor",
    "${boom()}",
    "very" * 60,
    "two words",
    " ",
    "\ud800",
    "\x00",
]
PLAIN = ["king", "queen", "man", "woman", "Kingdom", "viking", "café"]
WORDS = PLAIN + HOSTILE + [f"word{i}" for i in range(300 - len(PLAIN) - len(HOSTILE))]
GROUPS = {"king": "people", "queen": "people", "</script>": "<b>marks</b>", "not here": "nowhere"}


def made(words=WORDS, D=16, counted=True):
    """Vectors in some crowds, the words in no order of frequency."""
    rng = np.random.default_rng(5)
    crowds = rng.normal(size=(6, D))
    matrix = crowds[rng.integers(0, 6, len(words))] + 0.5 * rng.normal(size=(len(words), D))
    counts = rng.permutation(1 + 10000 // np.arange(1, len(words) + 1))
    return WordVectors(words, matrix, counts=counts if counted else None)


def data_of(path):
    """What a page was given to show."""
    text = path.read_text(encoding="utf-8")
    (found,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', text, re.DOTALL)
    return json.loads(found)


def written(vectors, path, **options):
    write_page(vectors, path, **options)
    return data_of(path)


# the file


def test_the_file_is_one_that_asks_for_no_other_and_runs_nothing_but_its_own_script(tmp_path):
    write_page(made(), tmp_path / "page.html")
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert not re.search(r"(src|href)=[\"'](?!data:)", text.replace("<img src=x", "").split("</head>")[0])
    assert "http:" not in text
    assert "https:" not in text
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
    for tag in ("style", "script"):
        body = re.search(f"<{tag}>(.*?)</{tag}>", text, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_the_same_arguments_give_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        write_page(made(), tmp_path / name, groups=GROUPS)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_words_are_ascii_without_any_angle_bracket(tmp_path):
    assert written(made(), tmp_path / "page.html")["words"] != WORDS, "ordered by frequency"
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    data = text.split('id="data">')[1].split("</script>")[0]
    assert data.isascii()
    assert "<" not in data


def test_the_most_frequent_words_come_first_the_first_of_equals_first(tmp_path):
    vectors = WordVectors(list("abcde"), np.eye(5), counts=np.array([3, 9, 3, 1, 9]))
    data = written(vectors, tmp_path / "page.html", top=4)
    assert (data["words"], data["counts"]) == (list("beac"), [9, 9, 3, 3])
    assert data["about"] == "The 4 most frequent of 5 words (write_page(…, top=4))."
    vectors = WordVectors(list("abcde"), np.eye(5))
    data = written(vectors, tmp_path / "page.html", top=4)
    assert (data["words"], data["counts"]) == (list("abcd"), None)
    assert data["about"] == "The 4 first of 5 words (write_page(…, top=4))."


def test_which_words_there_are_is_said(tmp_path):
    assert written(made(), tmp_path / "page.html")["about"] == "All 300 words."
    assert written(made(), tmp_path / "page.html", about="Words of <b>mine</b>.")["about"] == "Words of <b>mine</b>."


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.longdouble, np.int16])
def test_numbers_of_every_type_give_the_page_of_those_in_double_precision(tmp_path, dtype):
    matrix = (10 * made().matrix).astype(dtype)
    for name, numbers in (("a", matrix), ("b", matrix.astype(np.float64))):
        write_page(WordVectors(WORDS, numbers), tmp_path / name)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


@pytest.mark.skipif(os.name == "nt", reason="Windows makes links for administrators only")
def test_a_link_stays(tmp_path):
    (tmp_path / "link.html").symlink_to("page.html")
    write_page(made(), tmp_path / "link.html")
    assert (tmp_path / "link.html").is_symlink()
    assert data_of(tmp_path / "page.html")["about"] == "All 300 words."


def test_the_map_is_the_principal_plane_of_directions(tmp_path):
    vectors = made(counted=False)
    unit = vectors.matrix / np.linalg.norm(vectors.matrix, axis=1, keepdims=True)
    points, axes = plane(unit)
    data = written(vectors, tmp_path / "page.html")
    there = np.array([data["x"], data["y"]], float).T
    assert abs(there).max() == page.LARGEST
    scale = np.ptp(points[:, 0]) / np.ptp(there[:, 0])
    moved = points - points.mean(axis=0)
    np.testing.assert_allclose((there - there.mean(axis=0)) * scale, moved, rtol=0, atol=1.5 * scale)
    assert data["map"] == f"Map: {axes[0]}; {axes[1]}."


@pytest.mark.parametrize("method", ["svd", "tsne"])
def test_each_method_makes_a_map(tmp_path, method):
    data = written(made(WORDS[:12]), tmp_path / "page.html", method=method)
    assert len(set(zip(data["x"], data["y"], strict=True))) == 12
    assert ("t-SNE" in data["map"]) == (method == "tsne")


@pytest.mark.parametrize(
    "vectors",
    [
        WordVectors(["a", "b"], np.array([[1.0], [-2.0]])),
        WordVectors(["a", "b"], np.zeros((2, 1))),
        WordVectors(["a", "b"], np.ones((2, 3), np.float32), counts=np.array([1, 0])),
    ],
    ids=["D=1", "zeros", "equal"],
)
def test_two_words_are_enough(tmp_path, vectors):
    data = written(vectors, tmp_path / "page.html")
    assert len(data["words"]) == len(data["x"]) == len(data["colourings"][0]["of"]) == 2


def test_vectors_are_rounded_to_16_bits_each_row_by_itself():
    x = np.array([[0.5, -1, 0.25], [0, 0, 0], [3e300, 1e300, -2e300], [1e-300, -1e-300, 0]])
    expected = [[16384, -32767, 8192], [0, 0, 0], [32767, 10922, -21845], [32767, -32767, 0]]
    assert quantised(x).tolist() == expected
    assert quantised(x).dtype == np.int16
    assert quantised(x[:2].astype(np.float32)).tolist() == expected[:2]


def test_rounding_leaves_every_list_of_ten_as_it_was():
    vectors = made()
    rounded = WordVectors(WORDS, quantised(vectors.matrix).astype(np.float64))
    for word in WORDS:
        names, cosines = zip(*vectors.most_similar(word), strict=True)
        found, close = zip(*rounded.most_similar(word), strict=True)
        assert found == names
        np.testing.assert_allclose(close, cosines, rtol=0, atol=3e-5)


def test_the_vectors_stand_in_the_file_row_by_row(tmp_path):
    vectors = made(counted=False)
    rows = np.frombuffer(base64.b64decode(written(vectors, tmp_path / "page.html")["vectors"]), "<i2")
    np.testing.assert_array_equal(rows.reshape(300, 16), quantised(vectors.matrix))


def test_groups_are_numbered_in_their_order_those_that_are_not_there_left_out(tmp_path):
    data = written(made(["queen", "tea", "king"], counted=False), tmp_path / "page.html", groups=GROUPS)
    assert data["colourings"][1] == {"name": "group", "names": ["people"], "of": [0, -1, 0]}


@pytest.mark.parametrize(
    ("groups", "names"),
    [
        (None, ["cluster"]),
        ({"not here": "x"}, ["cluster"]),
        ({"tea": "x"}, ["cluster", "group"]),
        ({"tea": "x", "king": "y"}, ["group", "cluster"]),
    ],
)
def test_the_first_colours_are_those_that_leave_fewest_words_without(tmp_path, groups, names):
    data = written(WordVectors(["tea", "king"], np.eye(2)), tmp_path / "page.html", groups=groups)
    assert [colouring["name"] for colouring in data["colourings"]] == names


def test_clusters_are_the_crowds_and_named_after_frequent_words_near_their_means(tmp_path):
    rng = np.random.default_rng(1)
    crowd = np.arange(160) % 8
    vectors = WordVectors(
        [f"{c}{i}" for i, c in enumerate(crowd)], 5 * np.eye(8)[crowd] + rng.normal(0, 0.1, (160, 8))
    )
    (clusters,) = written(vectors, tmp_path / "page.html")["colourings"]
    assert clusters["of"] == crowd.tolist()
    for k, name in enumerate(clusters["names"]):
        assert [word[0] for word in name.split(", ")] == [str(k)] * 3


def test_equal_vectors_are_one_cluster(tmp_path):
    (clusters,) = written(WordVectors(list("abcde"), np.ones((5, 2))), tmp_path / "page.html")["colourings"]
    assert clusters == {"name": "cluster", "names": ["a, b, c"], "of": [0] * 5}


def test_clusters_draw_no_number_from_the_global_generator(tmp_path):
    before = np.random.get_state()[1].tolist()
    write_page(made(), tmp_path / "page.html")
    assert np.random.get_state()[1].tolist() == before


@pytest.mark.parametrize(
    ("vectors", "options", "message"),
    [
        (WordVectors(["a"], np.ones((1, 2))), {}, "1 words to show: expected at least two"),
        (WordVectors(["a", "b"], np.eye(2)), {"top": 1}, "1 words to show: expected at least two"),
        (WordVectors(["a", "b"], np.array([[1.0], [1]])), {"method": "umap"}, "'umap': expected one of svd, tsne"),
    ],
)
def test_what_makes_no_map_is_refused(tmp_path, vectors, options, message):
    (tmp_path / "page.html").write_text("before")
    with pytest.raises(ValueError, match=message):
        write_page(vectors, tmp_path / "page.html", **options)
    assert (tmp_path / "page.html").read_text() == "before"


def test_a_vector_that_is_not_finite_is_named(tmp_path):
    vectors = WordVectors(["a", "b", "c"], np.eye(3), counts=np.array([1, 3, 2]))
    vectors.matrix[1, 2] = np.nan
    message = (
        r"row 0 \('b'\) of the vectors to show holds NaN or infinity: expected finite"  # the most frequent first
    )
    with pytest.raises(ValueError, match=message):
        write_page(vectors, tmp_path / "page.html")


def test_what_cannot_be_written_is_an_error_that_names_it(tmp_path):
    with pytest.raises(OSError, match=r"missing.page\.html"):
        write_page(made(), tmp_path / "missing" / "page.html")


# the page, in a browser


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    path = tmp_path_factory.mktemp("page") / "word_vectors.html"
    write_page(made(), path, groups=GROUPS)
    return path


@pytest.fixture(scope="module")
def tab(browser):
    """One tab for all tests, with lists of the addresses asked for and of what was complained about."""
    tab = browser.new_page()
    tab.asked, tab.complaints = [], []
    tab.on("console", lambda message: tab.complaints.append(message.text))
    tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
    tab.on("request", lambda request: tab.asked.append(request.url))
    return tab


@pytest.fixture
def opened(tab, file):
    """Open a page; at the end it must have asked for nothing but itself and complained about nothing."""
    tab.asked.clear()
    tab.complaints.clear()
    visited = []

    def visit(path=file, size=(1300, 820), scheme="light"):
        visited.append(path.as_uri())
        tab.set_viewport_size({"width": size[0], "height": size[1]})
        tab.emulate_media(reduced_motion="reduce", color_scheme=scheme)
        tab.goto(path.as_uri())
        wait_until(tab, "labels.length > 0")
        return tab

    yield visit
    assert tab.complaints == []
    assert tab.asked == visited


def wait_until(tab, condition):
    """Wait for a condition; playwright's own way evaluates text in the page, which the page's policy forbids."""
    for _ in range(500):
        if tab.evaluate(condition):
            return
        tab.wait_for_timeout(10)
    pytest.fail(f"{condition} did not come true in 5 s")


def shown_in(tab, selector):
    """The words and numbers of a list of answers."""
    return [tuple(text.split("\n")) for text in tab.locator(f"{selector} button").all_inner_texts()]


def rounded_vectors(path):
    """The same words and rounded vectors, in Python."""
    words = data_of(path)["words"]
    vectors = made()
    rows = np.array([vectors[word] for word in words])
    return WordVectors(words, quantised(rows).astype(np.float64))


def test_neighbours_of_every_word_are_pythons(opened, file):
    found = opened().evaluate("words.map((_, i) => nearest([[i, 1]]))")
    vectors, exact = rounded_vectors(file), made()
    expected, true = (v.most_similar_many(vectors.words) for v in (vectors, exact))
    for near, there, truth in zip(found, expected, true, strict=True):
        assert [vectors.words[i] for i, _ in near] == [word for word, _ in there] == [word for word, _ in truth]
        np.testing.assert_allclose([c for _, c in near], [c for _, c in there], rtol=0, atol=1e-12)
        np.testing.assert_allclose([c for _, c in near], [c for _, c in truth], rtol=0, atol=3e-5)


def test_a_minus_b_plus_c_is_pythons(opened, file):
    vectors, exact = rounded_vectors(file), made()
    terms = np.random.default_rng(0).permutation(300).reshape(-1, 3)
    found = opened().evaluate("(all) => all.map(([a, b, c]) => nearest([[a, 1], [b, -1], [c, 1]]))", terms.tolist())
    queries = [([vectors.words[a], vectors.words[c]], [vectors.words[b]]) for a, b, c in terms]
    expected, true = (v.most_similar_many(queries) for v in (vectors, exact))
    for near, there, truth in zip(found, expected, true, strict=True):
        assert [vectors.words[i] for i, _ in near] == [word for word, _ in there]
        np.testing.assert_allclose([c for _, c in near], [c for _, c in there], rtol=0, atol=1e-12)
        np.testing.assert_allclose([c for _, c in near], [c for _, c in truth], rtol=0, atol=1e-4)
    assert (
        np.mean([[word for word, _ in t] == [word for word, _ in e] for e, t in zip(expected, true, strict=True)])
        > 0.98
    )


def test_a_search_suggests_chooses_highlights_and_centres(opened):
    tab = opened()
    tab.fill("#search", "KIN")
    assert sorted(tab.locator("#search-choices li").all_inner_texts()) == ["Kingdom", "king", "viking"]
    assert tab.locator("#search-choices li").all_inner_texts()[2] == "viking", "those that begin so come first"
    tab.fill("#search", "cafe")
    assert tab.locator("#search-choices li").all_inner_texts() == ["café"]
    tab.fill("#search", "king")
    tab.press("#search", "Enter")
    assert tab.evaluate("words[state.chosen]") == "king"
    assert tab.inner_text("#word") == "king"
    assert tab.evaluate("toScreen(state.chosen)") == pytest.approx([tab.evaluate("width / 2"), 410], abs=1e-6)
    expected = made().most_similar("king")
    assert shown_in(tab, "#near") == [(word, f"{cosine:.3f}") for word, cosine in expected]
    best, cosine = expected[0]
    assert tab.inner_text("#status").startswith(f"king: nearest words {best} {cosine:.2f}, ")
    labels = tab.evaluate("place(), labels.filter((label) => label.marked).map((label) => words[label.i])")
    assert labels[0] == "king"
    assert {word for word, _ in expected} >= set(labels[1:])
    tab.click("#clear")
    assert tab.evaluate("state.chosen") == -1
    assert not tab.is_visible("#found")


def test_the_first_paint_has_the_map(browser, file):
    """As `chromium --headless --screenshot` sees it: before any frame or observer has had its turn."""
    context = browser.new_context(viewport={"width": 1300, "height": 820})
    try:
        tab = context.new_page()
        tab.add_init_script(
            "window.requestAnimationFrame = () => 0; window.ResizeObserver = class { observe() {} disconnect() {} }"
        )
        tab.goto(file.as_uri())
        assert tab.evaluate("[width, height, view.scale === whole().scale]") == [960, 820, True]
        assert tab.evaluate("labels.length") > 50
        assert tab.evaluate("new Set(pen.getImageData(0, 0, canvas.width, canvas.height).data).size") > 50
    finally:
        context.close()


def test_a_map_seen_whole_stays_whole_when_the_window_changes(opened):
    tab = opened(size=(1000, 500))
    small = tab.evaluate("view.scale")
    tab.set_viewport_size({"width": 1600, "height": 900})
    wait_until(tab, "width === 1260")
    assert tab.evaluate("[view.scale === whole().scale, canvas.width]") == [True, 1260]
    assert tab.evaluate("view.scale") > 1.5 * small
    tab.evaluate("zoom(3)")
    near = tab.evaluate("view.scale")
    tab.set_viewport_size({"width": 1000, "height": 500})
    wait_until(tab, "width === 660")
    assert tab.evaluate("view.scale") == near, "who has chosen a place keeps it"


def test_no_label_of_the_whole_map_is_cut_off(opened):
    tab = opened(size=(390, 844))
    corners = "labels.map(({ i, dx, dy, w, h }) => [toScreen(i)[0] + dx, toScreen(i)[1] + dy, w, h])"
    x, y, w, h = np.array(tab.evaluate(corners)).T
    assert len(x) > 20
    assert min(x.min(), y.min()) >= -1e-6
    assert (x + w).max() <= 390 + 1e-6
    assert (y + h).max() <= tab.evaluate("height") + 1e-6


def test_the_focus_never_falls_out_of_the_panel(opened):
    tab = opened()
    focus = "document.activeElement.id"
    tab.fill("#search", "king")
    tab.press("#search", "Enter")
    tab.focus("#near button >> nth=2")
    tab.keyboard.press("Enter")
    assert tab.inner_text("#word") != "king"
    assert tab.evaluate(focus) == "word", "the button is gone, its list is a new one"
    tab.focus("#near button >> nth=2")
    tab.keyboard.press("Escape")
    assert tab.evaluate(f"[state.chosen, {focus}]") == [-1, "search"]


def test_escape_closes_the_suggestions_first_then_lets_go_of_the_word(opened):
    tab = opened()
    tab.fill("#search", "king")
    tab.press("#search", "Enter")
    tab.fill("#search", "que")
    tab.press("#search", "Escape")
    assert not tab.is_visible("#search-choices")
    assert tab.evaluate("words[state.chosen]") == "king"
    tab.press("#search", "Escape")
    assert tab.evaluate("state.chosen") == -1


def test_the_word_in_the_middle_is_said_while_keys_move_the_map(opened):
    tab = opened()
    tab.focus("#map")
    tab.keyboard.press("ArrowRight")
    assert tab.evaluate("words[middle()] === $('status').textContent")


def test_keys_of_an_input_method_are_its_own(opened):
    tab = opened()
    tab.fill("#search", "kin")
    press = "$('search').dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', isComposing: %s })), state.chosen"
    assert tab.evaluate(press % "true") == -1
    assert tab.evaluate(press % "false") >= 0


def test_what_is_not_there_is_said(opened):
    tab = opened()
    tab.fill("#search", "xyzzy")
    for _ in range(2):
        assert tab.inner_text("#missing") == tab.inner_text("#status") == "No word matches \u2068xyzzy\u2069"
        tab.press("#search", "Enter")
    tab.fill("#search", "")
    tab.press("#search", "Enter")
    assert tab.inner_text("#missing") == ""
    tab.fill("#a", "xyzzy")
    tab.press("#a", "Enter")
    assert tab.inner_text("#answers") == tab.inner_text("#status") == "Unknown word: \u2068xyzzy\u2069"
    tab.fill("#c", "very" * 60 + "!")
    tab.click("#compute")
    assert tab.inner_text("#answers") == f"Unknown word: \u2068xyzzy\u2069, \u2068{'very' * 9}ver…\u2069"


def test_the_head_says_which_words_there_are(opened, tmp_path):
    why = "Neighbours are computed in all 16 dimensions; the map shows two."
    assert opened().inner_text("#about") == f"All 300 words. {why}"
    write_page(made(), tmp_path / "page.html", about="<b>Some</b> words.")
    assert opened(tmp_path / "page.html").inner_text("#about") == f"<b>Some</b> words. {why}"


def answers_of(a, b, c):
    return [(word, f"{cosine:.3f}") for word, cosine in made().most_similar([a, c], [b])[:5]]


@pytest.mark.parametrize("size", [(390, 844), (1300, 820)])
def test_an_analogy_by_mouse_and_letters(opened, size):
    tab = opened(size=size)
    assert [tab.input_value(f"#{name}") for name in "abc"] == [""] * 3, "the example is none of the content"
    assert [tab.get_attribute(f"#{name}", "placeholder") for name in "abc"] == ["king", "man", "woman"]
    assert tab.is_visible("#compute")
    for name, word in (("a", "queen"), ("b", "woman"), ("c", "Man")):
        tab.click(f"#{name}")
        tab.keyboard.type(word)
        if name == "a":
            tab.click("#a-choices li >> nth=0")
            assert tab.inner_text("#answers") == "Type a word for b and c."
            assert tab.evaluate("document.activeElement.id") == "b", "on to the next field"
    tab.click("#compute")
    assert shown_in(tab, "#answers") == answers_of("queen", "woman", "man")
    tab.click("#a")
    tab.keyboard.type("king")
    assert tab.input_value("#a") == "king", "not behind the word that was there"
    tab.click("#compute")
    assert shown_in(tab, "#answers") == answers_of("king", "woman", "man")
    tab.fill("#b", "")
    tab.click("#compute")
    assert tab.inner_text("#answers") == "Type a word for b."


def test_without_the_examples_words_nothing_is_computed_of_empty_fields(opened, tmp_path):
    write_page(WordVectors(["up", "down", "king"], np.eye(3)), tmp_path / "page.html")
    tab = opened(tmp_path / "page.html")
    assert [tab.get_attribute(f"#{name}", "placeholder") for name in "abc"] == ["a", "b", "c"]
    tab.click("#compute")
    assert tab.inner_text("#answers") == "Type a word for a, b, and c."
    assert [tab.input_value(f"#{name}") for name in "abc"] == [""] * 3


def test_a_word_is_found_in_other_case_without_accents_and_among_spaces(opened):
    tab = opened()
    tab.fill("#search", " CAFE ")
    tab.press("#search", "Enter")
    assert tab.evaluate("words[state.chosen]") == "café"
    found = tab.evaluate("['king', 'KING', 'kingdom', ' king ', 'kin', '', ' '].map((typed) => words[named(typed)])")
    assert found == ["king", "king", "Kingdom", "king", None, None, " "]


def test_typed_words_are_darker_than_the_example(opened):
    for scheme in ("light", "dark"):
        tab = opened(scheme=scheme)
        ink, muted = ("getComputedStyle($('a')).color", "getComputedStyle($('a'), '::placeholder').color")
        assert tab.evaluate(f"{ink} !== {muted}")
        assert tab.evaluate(f"{ink} === getComputedStyle(document.body).color")


def test_hostile_words_are_shown_as_they_are(opened):
    tab = opened()
    code = "(all) => JSON.parse(all).map((word) => (choose(index.get(word)), words[state.chosen]))"
    for shown in (code, code.replace("words[state.chosen]", "$('word').textContent")):
        # as ASCII: a lone surrogate is no text that the protocol could carry
        found = tab.evaluate(f"(all) => JSON.stringify(({shown})(all))", json.dumps(HOSTILE))
        assert json.loads(found) == HOSTILE
    assert tab.locator("#panel img, #panel b").count() == 0
    tab.select_option("#colour", label="group")
    assert "<b>marks</b>" in tab.locator("#legend button").all_inner_texts()
    assert tab.evaluate("[shown(' '), shown('very'.repeat(60)).length]") == ["“ ”", 40]
    assert tab.evaluate("facts(index.get('</script>'))").endswith("group: \u2068<b>marks</b>\u2069")


def test_everything_can_be_done_by_keys_alone(opened):
    tab = opened()
    tab.keyboard.press("/")
    assert tab.evaluate("document.activeElement.id") == "search"
    tab.keyboard.type("quee")
    assert tab.get_attribute("#search", "aria-expanded") == "true"
    option = tab.get_attribute("#search", "aria-activedescendant")
    assert tab.inner_text(f"#{option}") == "queen"
    tab.keyboard.press("Enter")
    assert tab.inner_text("#word") == "queen"
    reached = []
    while "map" not in reached:
        tab.keyboard.press("Tab")
        focus = "document.activeElement"
        name, outline = tab.evaluate(f"[{focus}.closest('[id]').id, getComputedStyle({focus}).outlineStyle]")
        assert outline == "solid", f"the focus on {name} cannot be seen"
        reached.append(name)
    assert list(dict.fromkeys(reached)) == [*("clear", "near", "a", "b", "c", "compute", "colour", "legend", "map")]
    before = tab.evaluate("({ ...view })")
    for key in ("ArrowRight", "ArrowUp", "+"):
        tab.keyboard.press(key)
    after = tab.evaluate("({ ...view })")
    assert after["x"] > before["x"]
    assert after["y"] > before["y"]
    assert after["scale"] == pytest.approx(1.4 * before["scale"])
    middle = tab.evaluate("draw(), words[middle()]")
    assert tab.inner_text("#tip strong") == middle
    tab.keyboard.press("Enter")
    assert tab.evaluate("words[state.chosen]") == middle
    tab.keyboard.press("Escape")
    assert tab.evaluate("state.chosen") == -1
    tab.keyboard.press("0")
    assert tab.evaluate("view.scale === whole().scale")
    for name in ("nearer", "farther", "all"):
        tab.keyboard.press("Tab")
        assert tab.evaluate("document.activeElement.id") == name
    tab.focus("#a")
    tab.keyboard.press("Enter")
    best = made().most_similar(["king", "woman"], ["man"])[:5]
    assert shown_in(tab, "#answers") == [(word, f"{cosine:.3f}") for word, cosine in best]
    assert tab.inner_text("#status").startswith(f"king − man + woman: {best[0][0]} ")


def test_the_mouse_moves_zooms_shows_and_chooses(opened):
    tab = opened()
    i, (x, y) = tab.evaluate("[300 - 1, toScreen(300 - 1)]")
    left = tab.evaluate("innerWidth - width")
    tab.mouse.move(left + x, y)
    assert tab.evaluate("state.hover") == tab.evaluate(f"wordAt({x}, {y})")
    tab.wait_for_selector("#tip strong")
    tab.mouse.wheel(0, -260)
    wait_until(tab, "Math.abs(view.scale / whole().scale - 2) < 1e-9")
    assert tab.evaluate(f"toScreen({i})") == pytest.approx([x, y], abs=1)
    tab.mouse.down()
    tab.mouse.move(left + x + 40, y + 30)
    tab.mouse.up()
    assert tab.evaluate(f"toScreen({i})") == pytest.approx([x + 40, y + 30], abs=2)
    assert tab.evaluate("state.chosen") == -1, "a pull is no click"
    tab.mouse.click(left + x + 40, y + 30)
    assert tab.evaluate("state.chosen") >= 0


def test_two_fingers_pinch(opened):
    tab = opened()
    scale = tab.evaluate("view.scale")
    tab.evaluate(
        """() => {
          canvas.setPointerCapture = () => 0;
          const send = (type, pointerId, clientX) => canvas.dispatchEvent(
            new PointerEvent(type, { pointerId, clientX: clientX + innerWidth - width, clientY: 300 }));
          send("pointerdown", 1, 300), send("pointerdown", 2, 400);
          send("pointermove", 1, 250), send("pointermove", 2, 450);
          send("pointerup", 1, 250), send("pointerup", 2, 450);
        }"""
    )
    assert tab.evaluate("view.scale") == pytest.approx(2 * scale)
    assert tab.evaluate("state.chosen") == -1


@pytest.mark.parametrize("steps", [0, 4, 12])
def test_labels_meet_no_other_label_and_the_most_frequent_word_has_one(opened, steps):
    tab = opened()
    tab.select_option("#colour", label="cluster")
    tab.evaluate(f"zoom(1.3 ** {steps}), place()")
    code = "labels.map(({ i, dx, dy, w, h }) => [X[i] * view.scale + dx, -Y[i] * view.scale + dy, w, h, i])"
    boxes = np.array(tab.evaluate(code))
    low, high = boxes[:, :2], boxes[:, :2] + boxes[:, 2:4]
    shared = np.minimum(high[:, None], high) - np.maximum(low[:, None], low)
    np.fill_diagonal(shared[..., 0], -1)
    assert not (shared > 0).all(axis=2).any()
    assert boxes[0, 4] == 0
    assert len(boxes) > 20


def test_colours_by_group_cluster_and_frequency_and_one_of_them_alone(opened):
    tab = opened()
    assert tab.locator("#colour option").all_inner_texts() == ["cluster", "group", "frequency"]
    tab.select_option("#colour", label="group")
    assert sorted(tab.locator("#legend button").all_inner_texts()) == ["<b>marks</b>", "people"]
    king, other = tab.evaluate("[index.get('king'), index.get('word7')]")
    assert tab.evaluate(f"[colour({king}) === ink.g[0], colour({other}) === ink.none]") == [True, True]
    tab.click("#legend button >> nth=0")
    assert tab.evaluate(f"[aside({king}), aside({other})]") == [False, True]
    assert tab.get_attribute("#legend button >> nth=0", "aria-pressed") == "true"
    tab.select_option("#colour", label="frequency")
    assert tab.evaluate("[colour(0) === ink.f[6], colour(words.length - 1) === ink.f[0]]") == [True, True]
    assert re.search(r"10,001 ×", tab.inner_text("#legend"))


def test_32_groups_look_different(opened, tmp_path):
    names = [f"g{i}" for i in range(33)]
    vectors = WordVectors(names, np.random.default_rng(0).standard_normal((33, 3)))
    write_page(vectors, tmp_path / "page.html", groups=dict(zip(names, names, strict=True)))
    tab = opened(tmp_path / "page.html")
    tab.select_option("#colour", label="group")
    spots = "[...$('legend').querySelectorAll('i')].map((spot) => spot.className + getComputedStyle(spot).color)"
    looks = tab.evaluate(spots)
    assert len({*looks}) == 32
    assert looks[0] == looks[32]
    squares = "pen.rect = () => { squares += 1; }; draw(); delete pen.rect"
    assert tab.evaluate(f"() => {{ let squares = 0; {squares}; return squares; }}") == 8


def test_light_and_dark_follow_the_system_until_switched(opened):
    paper = "getComputedStyle(document.body).backgroundColor"
    tab = opened(scheme="dark")
    assert tab.evaluate(paper) == "rgb(16, 19, 26)"
    assert tab.evaluate("ink.paper") == "#10131a"
    tab.click("#theme")
    assert tab.evaluate(paper) == "rgb(251, 250, 247)"
    tab = opened(scheme="light")
    assert tab.evaluate(paper) == "rgb(251, 250, 247)"
    tab.emulate_media(color_scheme="dark")
    wait_until(tab, "ink.paper === '#10131a'")
    assert tab.evaluate(paper) == "rgb(16, 19, 26)"


@pytest.mark.parametrize("size", [(390, 844), (1300, 820)])
def test_nothing_is_wider_than_the_screen_and_a_picture_is_made(opened, tmp_path, size):
    tab = opened(size=size)
    tab.fill("#search", "very")
    tab.press("#search", "Enter")
    assert tab.evaluate("document.documentElement.scrollWidth") == size[0]
    assert tab.evaluate("$('panel').scrollWidth <= $('panel').clientWidth")
    assert tab.evaluate("Math.min(width, height)") > 380
    tab.screenshot(path=tmp_path / "page.png")
    assert (tmp_path / "page.png").stat().st_size > 20_000
    assert tab.evaluate("new Set(pen.getImageData(0, 0, canvas.width, canvas.height).data).size") > 50


def test_two_words_without_counts_make_a_page(opened, tmp_path):
    write_page(WordVectors(["up", "down"], np.array([[1.0], [-2.0]])), tmp_path / "page.html")
    tab = opened(tmp_path / "page.html")
    tab.fill("#search", "up")
    tab.press("#search", "Enter")
    assert shown_in(tab, "#near") == [("down", "-1.000")]
    tab.select_option("#colour", label="frequency")
    assert tab.inner_text("#legend").split("\n") == ["rank 2", "rank 1"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"vectors": np.eye(2)},
            "vectors is array.*: expected WordVectors, say WordVectors.words, matrix., and a path",
        ),
        ({"vectors": "page.html"}, "vectors is 'page.html': expected WordVectors, say"),
        ({"path": 5}, "path is 5: expected the path of a file"),
        ({"top": "9"}, "top is '9': expected a whole number"),
        ({"about": 3}, "about is 3: expected a sentence, or None"),
        ({"groups": {"people": ["king"]}}, r"groups\['people'\] is \['king'\]: expected a group's name"),
    ],
)
def test_arguments_of_other_kinds(change, message, tmp_path):
    with pytest.raises(TypeError, match=f"(?s)^{message}"):
        write_page(**{"vectors": made(), "path": tmp_path / "page.html"} | change)
    assert not list(tmp_path.iterdir())


def test_groups_may_be_numbers(tmp_path):
    groups = {"king": np.int32(1), "man": np.int32(0)}
    write_page(made(), tmp_path / "numbers.HTML", groups=groups)
    write_page(made(), tmp_path / "names", groups={word: str(n) for word, n in groups.items()})
    assert (tmp_path / "numbers.HTML").read_bytes() == (tmp_path / "names").read_bytes()


def test_a_page_is_not_written_under_the_suffix_of_a_picture(tmp_path):
    with pytest.raises(
        ValueError, match=r"p\.png: the suffix \.png names no page: expected \.html; plot_words draws"
    ):
        write_page(made(), tmp_path / "p.png")
