"""word2vec/plotting/plots.py: the pictures by what their figures hold."""

import os
import random
import re
import struct
import threading
import zlib

import matplotlib
import matplotlib.image
import numpy as np
import pytest
from matplotlib.figure import Figure

from word2vec.course.descent import Report
from word2vec.plotting import plots
from word2vec.plotting.plane import principal_plane
from word2vec.plotting.plots import plot_loss, plot_words
from word2vec.vectors.history import History, Measured
from word2vec.vectors.word_vectors import WordVectors

GROUPS = {
    "praise": ["great", "cool", "brilliant", "wonderful", "well", "amazing", "worth", "sweet", "enjoyable"],
    "blame": ["boring", "bad", "dumb", "annoying"],
    "people": ["female", "male", "queen", "king", "man", "woman"],
    "other": ["rain", "snow", "hail", "coffee", "tea"],
}
WORDS = [word for words in GROUPS.values() for word in words]
GROUP = {word: name for name, words in GROUPS.items() for word in words if name != "other"}


def vectors(n=24, D=10, seed=0, spread=0.2):
    """Vectors in a few crowds, as word vectors are."""
    rng = np.random.default_rng(seed)
    crowds = rng.normal(size=(4, D))
    return crowds[rng.integers(0, 4, n)] + spread * rng.normal(size=(n, D))


def read_png(path):
    """Check every part of a PNG by its checksum: width, height, names of its parts."""
    data, at, names = path.read_bytes(), 8, []
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    while at < len(data):
        (length,), name = struct.unpack(">I", data[at : at + 4]), data[at + 4 : at + 8]
        body = data[at + 4 : at + 8 + length]
        assert struct.unpack(">I", data[at + 8 + length : at + 12 + length])[0] == zlib.crc32(body)
        if name == b"IHDR":
            size = struct.unpack(">II", body[4:12])
        names.append(name.decode())
        at += 12 + length
    assert names[-1] == "IEND"
    return *size, set(names)


# the picture of words


def test_words_may_be_a_dict_of_their_rows_and_no_set_and_groups_numbers(tmp_path):
    numbers = dict(zip(WORDS[:6], np.arange(6, dtype=np.int32) % 2, strict=True))
    names = {word: str(n) for word, n in numbers.items()}
    plot_words(vectors(6), WORDS[:6], names, tmp_path / "list.png")
    plot_words(vectors(6), {WORDS[i]: i for i in (3, 1, 5, 0, 2, 4)}, numbers, tmp_path / "dict.png")
    assert (tmp_path / "dict.png").read_bytes() == (tmp_path / "list.png").read_bytes()
    with pytest.raises(TypeError, match="words: a set, which has no order: pass a list"):
        plot_words(vectors(6), {*WORDS[:6]}, GROUP, tmp_path / "set.png")


def test_the_file_is_a_png_of_1350_by_975_that_names_no_program_and_no_time(tmp_path):
    plot_words(vectors(), WORDS, GROUP, tmp_path / "words.png")
    width, height, parts = read_png(tmp_path / "words.png")
    assert (width, height) == (1350, 975)
    assert not parts & {"tEXt", "zTXt", "iTXt", "tIME"}
    picture = matplotlib.image.imread(tmp_path / "words.png")
    assert picture.shape[:2] == (975, 1350)
    assert picture.std() > 0.05  # no blank page


def test_settings_of_the_readers_own_do_not_change_the_file(tmp_path):
    plot_words(vectors(3), WORDS[:3], GROUP, tmp_path / "a.png")
    with matplotlib.rc_context({"savefig.dpi": 72, "savefig.bbox": "tight"}):
        plot_words(vectors(3), WORDS[:3], GROUP, tmp_path / "b.png")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.slow
def test_nothing_is_set_by_tex(tmp_path):
    """Neither is TeX needed, nor are words or columns read as its commands."""
    losses = History(reports=[Measured(200, 0.02, 2.5), Measured(400, 0.01, 2.25)])
    plot_words(vectors(3), ["a_b", "50%", "$x"], {"a_b": "c_d"}, tmp_path / "a.png")
    plot_loss(losses, tmp_path / "loss.svg")
    with matplotlib.rc_context({"text.usetex": True}):
        plot_words(vectors(3), ["a_b", "50%", "$x"], {"a_b": "c_d"}, tmp_path / "b.png")
        plot_loss(losses, tmp_path / "tex.svg")
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert (tmp_path / "tex.svg").exists()


def test_a_small_change_is_drawn_and_no_random_number(tmp_path):
    before = random.getstate(), np.random.get_state()[1].tolist()
    for name, X in {"a": vectors(6), "b": vectors(6) + 1e-2 * vectors(6, seed=1)}.items():
        plot_words(X, WORDS[:6], GROUP, tmp_path / name)
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before
    assert (tmp_path / "a").read_bytes() != (tmp_path / "b").read_bytes()


def test_the_points_are_the_principal_plane_by_group(tmp_path, drawn):
    plot_words(vectors(), WORDS, GROUP, tmp_path / "words.png")
    _, axes, points, _ = drawn[0]
    truth, explained = principal_plane(vectors())
    np.testing.assert_array_equal(points, truth)
    shown = {group.get_label(): group.get_offsets() for group in axes.collections}
    assert list(shown) == ["praise", "blame", "people", "other"]
    for name, offsets in shown.items():
        np.testing.assert_array_equal(offsets, truth[[GROUP.get(word, "other") == name for word in WORDS]])
    assert axes.get_xlabel() == f"first principal axis, {explained[0]:.0%} of the variance"
    assert axes.get_ylabel() == f"second principal axis, {explained[1]:.0%} of the variance"


def test_t_sne_keeps_crowds_together(tmp_path, drawn):
    plot_words(vectors(), WORDS, GROUP, tmp_path / "words.png", method="tsne")
    _, axes, points, _ = drawn[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("t-SNE (distances between clusters are not meaningful)", "")
    rng = np.random.default_rng(0)
    rng.normal(size=(4, 10))
    crowd = rng.integers(0, 4, 24)  # as in `vectors`
    shown = np.linalg.norm(points[:, None] - points, axis=2) + 1e9 * np.eye(24)
    assert np.mean(crowd[shown.argmin(axis=1)] == crowd) > 0.9


def test_an_unknown_method_is_refused(tmp_path):
    with pytest.raises(ValueError, match="method is 'umap': expected one of svd, tsne"):
        plot_words(vectors(3), WORDS[:3], {}, tmp_path / "words.png", method="umap")


def test_words_without_a_group_are_other_in_the_legend(tmp_path, drawn):
    plot_words(vectors(3), ["tea", "milk", "king"], {"tea": "drinks"}, tmp_path / "words.png")
    assert [text.get_text() for text in drawn[0][1].get_legend().get_texts()] == ["drinks", "other"]


def test_a_single_group_needs_no_legend(tmp_path, drawn):
    plot_words(vectors(3), ["tea", "milk", "king"], {}, tmp_path / "words.png")
    assert drawn[0][1].get_legend() is None


@pytest.mark.parametrize(("times", "longest"), [(1, 7), (4, 28), (50, 61)])
def test_more_groups_than_colours(tmp_path, drawn, times, longest):
    groups = {word: f"group {i}" * times for i, word in enumerate(WORDS[:9])}
    plot_words(vectors(9), WORDS[:9], groups, tmp_path / "words.png")
    figure, axes = drawn[0][:2]
    assert {len(text.get_text()) for text in axes.get_legend().get_texts()} == {longest}
    assert len(axes.get_legend().get_texts()) == 9
    assert axes.get_legend().get_window_extent().x1 < figure.bbox.x1, "it is cut off"
    looks = [(*group.get_facecolor()[0], group.get_paths()[0].vertices.tobytes()) for group in axes.collections]
    assert len({*looks}) == 9


def test_a_word_longer_than_the_picture_is_drawn_all_the_same(tmp_path):
    plot_words(vectors(3), ["a", "b" * 200, "c"], {}, tmp_path / "words.png")
    assert read_png(tmp_path / "words.png")[:2] == (1350, 975)


def test_words_are_not_taken_for_formulas(tmp_path, drawn):
    plot_words(vectors(3), ["$5-to-$10", r"$\nonsense$", "milk"], {}, tmp_path / "words.png")
    assert {label.get_text(): label.get_parse_math() for label in drawn[0][1].texts} == {
        "$5-to-$10": False,
        r"$\nonsense$": False,
        "milk": False,
    }


def test_names_of_groups_are_shown_as_they_are(tmp_path, drawn):
    names = ["$x^", "_left out", r"\frac", "two\nlines", "", "b"]
    plot_words(vectors(7), WORDS[:7], dict(zip(WORDS, names, strict=False)), tmp_path / "words.png")
    shown = [text.get_text() for text in drawn[0][1].get_legend().get_texts()]
    assert shown == ["$x^", "_left out", r"\frac", r"two\nlines", "“”", "b", "other"]


def test_words_that_no_font_shows_are_escaped(tmp_path, drawn):
    odd = {
        "\x00": r"\x00",
        "\ud800": r"\ud800",
        "a\nb": r"a\nb",
        "": "“”",
        "\u2028": r"\u2028",
        "\x1b[0m": r"\x1b[0m",
    }
    plot_words(vectors(8), [*odd, "tea", "milk"], dict.fromkeys(odd, "odd"), tmp_path / "words.png")
    _, axes, _, _ = drawn[0]
    assert sorted(label.get_text() for label in axes.texts) == sorted([*odd.values(), "tea", "milk"])
    assert [len(group.get_offsets()) for group in axes.collections] == [6, 2], (
        "groups are found by the words themselves"
    )


@pytest.mark.parametrize("words", [["tea", 1, "milk"], ["tea", None, "milk"], [0, "tea", "milk"]])
def test_words_are_strings(tmp_path, words):
    with pytest.raises(TypeError, match=r"^words: (0|1|None) is no word: expected strings"):
        plot_words(vectors(3), words, {}, tmp_path / "words.png")


def test_a_vector_that_is_not_finite_is_named(tmp_path):
    X = vectors(3)
    X[1, 2] = np.nan
    with pytest.raises(ValueError, match=r"row 1 \('milk'\) of the vectors holds NaN or infinity"):
        plot_words(X, ["tea", "milk", "king"], {}, tmp_path / "words.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("n", "method"),
    [
        *((1, "svd"), (1, "tsne"), (3, "tsne")),
        *(pytest.param(*each, marks=pytest.mark.slow) for each in ((2, "svd"), (3, "svd"), (2, "tsne"))),
    ],
)
def test_few_words(tmp_path, drawn, n, method):
    plot_words(vectors(n).astype(np.float16), WORDS[:n], {}, tmp_path / "words.png", method=method)
    _, axes, points, _ = drawn[0]
    assert len(axes.texts) == len(points) == n
    assert np.isfinite(points).all()


def test_no_words_are_refused(tmp_path):
    with pytest.raises(
        ValueError, match=r"shape \(0, 4\) of float64: expected real numbers \(n, D\), a row for each of"
    ):
        plot_words(np.zeros((0, 4)), [], {}, tmp_path / "words.png")


# formats

BEGINNINGS = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": b"<?xml", "jpg": b"\xff\xd8\xff"}
SUFFIXES = {"": "png", ".png": "png", ".PNG": "png", ".pdf": "pdf", ".svg": "svg", ".jpg": "jpg", ".JPEG": "jpg"}


@pytest.mark.parametrize("suffix", [pytest.param(".png", marks=pytest.mark.slow), ".PNG", ".JPEG"])
def test_the_suffix_may_be_written_in_capitals(tmp_path, suffix):
    plot_words(vectors(2), WORDS[:2], {}, tmp_path / f"words{suffix}")
    assert (tmp_path / f"words{suffix}").read_bytes().startswith(BEGINNINGS[SUFFIXES[suffix]])


@pytest.mark.parametrize(
    "suffix", ["", *(pytest.param(each, marks=pytest.mark.slow) for each in (".pdf", ".svg", ".jpg"))]
)
def test_the_suffix_names_the_format_and_the_same_arguments_give_the_same_bytes(tmp_path, monkeypatch, suffix):
    for name in ("a", "b"):
        plot_words(vectors(3), WORDS[:3], GROUP, tmp_path / f"{name}{suffix}")
        plot_loss(History(Report._fields, [Report(10, 20.0, 20.0)]), tmp_path / f"{name}-loss{suffix}")
        monkeypatch.setattr("time.time", lambda: 1e9)
        monkeypatch.setenv("SOURCE_DATE_EPOCH", "1000")
    for name in ("", "-loss"):
        data = (tmp_path / f"a{name}{suffix}").read_bytes()
        assert data.startswith(BEGINNINGS[SUFFIXES[suffix]])
        assert data == (tmp_path / f"b{name}{suffix}").read_bytes()
        assert not re.search(rb"CreationDate|<dc:date>|Matplotlib v|matplotlib\.org/\)", data)


def test_an_unknown_suffix_is_refused_before_anything_is_computed(tmp_path, monkeypatch):
    monkeypatch.setattr(plots, "plane", None)
    message = (
        r"words\.bmp2: the suffix \.bmp2 names no format of pictures: expected one of \.png, \.pdf, \.svg, \.jpg"
    )
    with pytest.raises(ValueError, match=message):
        plot_words(vectors(3), WORDS[:3], {}, tmp_path / "words.bmp2")
    with pytest.raises(ValueError, match=message):
        plot_loss(History(), tmp_path / "words.bmp2")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such links and pipes")
@pytest.mark.parametrize("suffix", ["png", "pdf", "svg", "jpg"])
def test_a_link_stays_and_a_pipe_is_written_to(tmp_path, suffix):
    plain, link, pipe = (tmp_path / f"{name}.{suffix}" for name in ("plain", "link", "pipe"))
    link.symlink_to(tmp_path / "elsewhere")
    os.mkfifo(pipe)
    received = []
    reader = threading.Thread(target=lambda: received.append(pipe.read_bytes()), daemon=True)
    reader.start()
    descriptor = os.open(pipe, os.O_RDWR)  # so that there is a reader, whichever comes first
    for path in (plain, link, pipe):
        plots.write_figure(Figure((1, 1)), path)
    os.close(descriptor)
    reader.join()
    assert link.is_symlink()
    assert (tmp_path / "elsewhere").read_bytes() == plain.read_bytes() == received[0]
    assert pipe.is_fifo()


def test_vectors_of_one_dimension(tmp_path):
    plot_words(vectors(3, D=1), ["tea", "milk", "king"], {}, tmp_path / "words.png")
    assert read_png(tmp_path / "words.png")[:2] == (1350, 975)


def test_a_failure_leaves_the_old_picture(tmp_path, monkeypatch):
    def savefig(_, file, **options):
        file.write(b"half a picture")
        raise OSError(28, "No space left on device")

    (tmp_path / "words.png").write_text("before")
    with monkeypatch.context() as patch:
        patch.setattr("matplotlib.figure.Figure.savefig", savefig)
        with pytest.raises(OSError, match=r"No space left on device; what stood there before is intact"):
            plot_words(vectors(3), WORDS[:3], {}, tmp_path / "words.png")
    with pytest.raises(OSError, match=r"missing.words\.png"):
        plot_words(vectors(3), WORDS[:3], {}, tmp_path / "missing" / "words.png")
    with pytest.raises(ValueError, match="3 vectors, 2 words: expected a word for each vector"):
        plot_words(vectors(3), WORDS[:2], {}, tmp_path / "words.png")
    with pytest.raises(ValueError, match=r"^2,001 words: expected at most 2,000; choose some, or use write_page for"):
        plot_words(np.ones((2001, 2)), [f"w{i}" for i in range(2001)], {}, tmp_path / "words.png")
    assert (tmp_path / "words.png").read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["words.png"]


# the loss curve


@pytest.fixture
def curves(monkeypatch, unsaved):
    """The axes of each figure that is written."""
    seen = []
    write = plots.write_figure

    def spy(figure, path):
        seen.append(figure.axes[0])
        write(figure, path)

    monkeypatch.setattr(plots, "write_figure", spy)
    return seen


@pytest.mark.parametrize("n", [0, 1, pytest.param(2, marks=pytest.mark.slow), 200])
def test_the_loss_curve_shows_every_report(tmp_path, curves, n):
    reports = [Report(10 * i, 20 / i, 19 / i) for i in range(1, n + 1)]
    plot_loss(History(Report._fields, reports), tmp_path / "loss.png")
    each, smoothed = curves[0].get_lines()
    np.testing.assert_array_equal(each.get_xydata(), np.reshape([r[:2] for r in reports], (-1, 2)))
    np.testing.assert_array_equal(smoothed.get_xydata(), np.reshape([(r[0], r[2]) for r in reports], (-1, 2)))
    assert curves[0].get_ylim()[0] == 0
    assert (curves[0].get_xlabel(), each.get_label()) == ("iteration", "one batch of 50 windows")


@pytest.mark.parametrize(("n", "epoch_words"), [(0, 0), (1, 0), (4, 0), (4, 150)])  # the last ended within an epoch
@pytest.mark.parametrize("held_out", [[], [2.9, 2.0]])
def test_reports_epochs_and_held_out_text_of_the_trainer_are_drawn(tmp_path, curves, n, held_out, epoch_words):
    reports = [Measured(100 * i, 0.02, 3.5 - i / 2) for i in range(1, n + 1)]
    history = History(reports=reports, epochs=[2.75, 1.75], held_out=held_out, epoch_words=epoch_words)
    plot_loss(history, tmp_path / "loss.png")
    each, *means = curves[0].get_lines()
    np.testing.assert_array_equal(each.get_xydata(), np.reshape([(r.words, r.loss) for r in reports], (-1, 2)))
    for line, losses in zip(means, [[2.75, 1.75], held_out][: len(means)], strict=True):
        end = epoch_words or 50 * n
        np.testing.assert_array_equal(line.get_xydata(), [(end, losses[0]), (2 * end, losses[1])])
    legend = [text.get_text() for text in curves[0].get_legend().get_texts()]
    assert legend == ["since the previous report", "epoch", *["held out"] * bool(held_out)]
    assert (curves[0].get_xlabel(), curves[0].get_ylabel()) == ("words read", "loss: mean over pairs")
    assert curves[0].get_ylim()[0] == 0


def test_names_of_columns_are_no_formulas(tmp_path, curves):
    plot_loss(History(("$x^", "loss"), [(1, 3.0)]), tmp_path / "loss.png")
    assert curves[0].get_xlabel() == "$x^"


def test_a_history_of_other_columns_is_drawn_under_their_names(tmp_path, curves):
    plot_loss(History(("epoch", "loss"), [(1, 3.0), (2, 2.5)]), tmp_path / "loss.png")
    assert curves[0].get_lines()[0].get_xydata().tolist() == [[1, 3.0], [2, 2.5]]
    assert (curves[0].get_xlabel(), curves[0].get_ylabel()) == ("epoch", "loss")


@pytest.mark.parametrize(
    "history",
    [
        pytest.param(
            History(Report._fields, [Report(10, 20.0, 20.0), Report(20, 10.0, 19.5)]), marks=pytest.mark.slow
        ),
        History(
            reports=[Measured(100, 0.02, 3.0), Measured(200, 0.01, 2.5)], epochs=[2.75, 1.75], held_out=[2.9, 2.0]
        ),
        pytest.param(History(), marks=pytest.mark.slow),
    ],
    ids=["course", "trainer", "empty"],
)
def test_the_same_history_gives_the_same_curve(tmp_path, history):
    for name in ("a.png", "b.png"):
        plot_loss(history, tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert read_png(tmp_path / "a.png")[:2] == (1350, 750)


@pytest.mark.parametrize("measured", [[], pytest.param([0], marks=pytest.mark.slow), [1, 2]])
def test_losses_that_were_not_measured_are_left_out_and_counted(tmp_path, curves, measured):
    losses = [2.0 + i if i in measured else np.nan for i in range(3)]
    reports = [Measured(100 * (i + 1), 0.02, loss) for i, loss in enumerate(losses)]
    plot_loss(History(reports=reports, epochs=[3.0, 2.0, 1.0], held_out=losses), tmp_path / "loss.png")
    legend = [text.get_text() for text in curves[0].get_legend().get_texts()]
    missing = f"({3 - len(measured)} of 3 not measured)"
    assert legend == [f"since the previous report {missing}", "epoch", f"held out {missing}"]


def test_groups_may_be_missing():
    assert plots.named_groups(None) == {}
    assert plots.named_groups({"tea": None, "milk": np.nan, "rain": 1}) == {"rain": "1"}


def test_a_series_of_groups():
    assert plots.named_groups(pytest.importorskip("pandas").Series({"tea": "drinks"})) == {"tea": "drinks"}


@pytest.mark.parametrize("groups", [GROUPS, {"x": ("tea",)}, {"x": {"tea"}}])
def test_groups_the_wrong_way_round(groups, tmp_path):
    message = r"^groups\['\w+'\] is .*: expected a group's name, as \{'tea': 'drinks'\}$"
    with pytest.raises(TypeError, match=message):
        plot_words(vectors(2), WORDS[:2], groups, tmp_path / "p.png")


def test_arguments_of_other_kinds(tmp_path):
    V, words, path = vectors(2), ["tea", "milk"], tmp_path / "p.png"
    with pytest.raises(
        TypeError, match=r"^groups is \[.*\]: expected a dict word → name of its group, say dict\(zip"
    ):
        plot_words(V, words, ["a", "b"], path)
    with pytest.raises(TypeError, match=r"^font is 3: expected the family of a font, or the path of its file$"):
        plot_words(V, words, {}, path, font=3)
    with pytest.raises(TypeError, match=r"^path is 5: expected the path of a file$"):
        plot_words(V, words, {}, 5)
    with pytest.raises(TypeError, match=r"^path is None: expected the path of a file$"):
        plot_loss(History(), None)
    for given in (WordVectors(words, V), None):
        with pytest.raises(TypeError, match=r"^vectors is .*: expected an array, say vectors\.matrix beside"):
            plot_words(given, words, {}, path)
        with pytest.raises(TypeError, match=r"^history is .*: expected a History, say vectors\.history$"):
            plot_loss(given, path)
    with pytest.raises(TypeError, match=r"^vectors is a masked array: expected all its numbers"):
        plot_words(np.ma.masked_greater(V, 0), words, {}, path)
    frame = pytest.importorskip("pandas").DataFrame(V, index=words[::-1])
    with pytest.raises(
        ValueError, match=r"^the index of vectors, a DataFrame, does not hold the words in their order"
    ):
        plot_words(frame, words, {}, path)
    assert not path.exists()
