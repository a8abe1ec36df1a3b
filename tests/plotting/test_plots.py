"""word2vec/plotting/plots.py: the principal plane in numbers, the pictures by what their figures hold."""

import random
import struct
import zlib

import matplotlib
import matplotlib.image
import numpy as np
import pytest
from matplotlib.text import Text

from word2vec.course.descent import Report
from word2vec.plotting import plots
from word2vec.plotting.plots import place_labels, plane, plot_history, plot_loss, plot_words, principal_plane
from word2vec.vectors.history import History, Measured

GROUPS = {
    "praise": ["great", "cool", "brilliant", "wonderful", "well", "amazing", "worth", "sweet", "enjoyable"],
    "blame": ["boring", "bad", "dumb", "annoying"],
    "people": ["female", "male", "queen", "king", "man", "woman"],
    "other": ["rain", "snow", "hail", "coffee", "tea"],
}
WORDS = [word for words in GROUPS.values() for word in words]
GROUP = {word: name for name, words in GROUPS.items() for word in words if name != "other"}
MARKER = 6  # pixels from a marker's centre to its edge: 42 square points at 150 dots per inch


def vectors(n=24, D=10, seed=0, spread=0.2):
    """Vectors in a few crowds, as word vectors are."""
    rng = np.random.default_rng(seed)
    crowds = rng.normal(size=(4, D))
    return crowds[rng.integers(0, 4, n)] + spread * rng.normal(size=(n, D))


@pytest.fixture
def drawn(monkeypatch):
    """The figures that were labelled, with axes, points and words: (figure, axes, points, words)."""
    seen = []

    def spy(figure, axes, points, words, colours):
        seen.append((figure, axes, points, words))
        place_labels(figure, axes, points, words, colours)

    monkeypatch.setattr(plots, "place_labels", spy)
    return seen


def label_boxes(axes):
    """Where the words stand, without the lines to their points: (n, 4) of x0, y0, x1, y1 in pixels."""
    return np.array([Text.get_window_extent(label).extents for label in axes.texts])


def overlap(a, b):
    """The width and height that two boxes share; negative where they are apart."""
    return np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2])


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


# the principal plane


@pytest.mark.parametrize("shape", [(24, 10), (5, 2), (3, 8), (40, 3)])
def test_coordinates_are_those_of_the_covariance_up_to_sign(shape):
    X = np.random.default_rng(shape[0]).normal(size=shape) + 5
    coordinates, explained = principal_plane(X)
    covariance = np.cov(X, rowvar=False, bias=True)
    axes, variance, _ = np.linalg.svd(covariance)
    truth = (X - X.mean(axis=0)) @ axes[:, :2]
    np.testing.assert_allclose(abs(coordinates), abs(truth), rtol=0, atol=1e-13)
    np.testing.assert_allclose(explained, variance[:2] / np.trace(covariance), rtol=1e-13)
    np.testing.assert_allclose(coordinates.T @ coordinates / len(X), np.diag(variance[:2]), rtol=0, atol=1e-13)


def test_the_point_farthest_out_is_on_the_positive_side():
    for seed in range(10):
        X = vectors(seed=seed)
        coordinates, _ = principal_plane(X)
        for axis in coordinates.T:
            assert axis[abs(axis).argmax()] > 0
        np.testing.assert_allclose(principal_plane(-X)[0], coordinates, rtol=0, atol=1e-13)


def test_a_plane_is_shown_as_it_is():
    X = np.array([[0.0, 0], [4, 0], [4, 2], [0, 2], [9, 1]])
    coordinates, explained = principal_plane(X + np.array([100, -100]))
    np.testing.assert_allclose(coordinates[:, 0], X[:, 0] - 3.4, rtol=0, atol=1e-12)
    np.testing.assert_allclose(abs(coordinates[:, 1]), abs(X[:, 1] - 1), rtol=0, atol=1e-12)
    assert explained.sum() == pytest.approx(1, rel=1e-14)


def test_equal_vectors_explain_nothing():
    coordinates, explained = principal_plane(np.ones((3, 4)))
    assert not coordinates.any()
    assert explained.tolist() == [0, 0]


def test_the_plane_of_vectors_leaves_them_alone():
    X = vectors()
    X.flags.writeable = False
    coordinates, _ = principal_plane(X)  # a write into X would raise
    assert not np.shares_memory(coordinates, X)


# the picture of words


def test_the_same_arguments_give_the_same_file(tmp_path):
    def drawn_bytes(X):
        plot_words(X, WORDS[:6], GROUP, tmp_path / "words.png")
        return (tmp_path / "words.png").read_bytes()

    first = drawn_bytes(vectors(6))
    assert drawn_bytes(vectors(6)) == first
    assert drawn_bytes(vectors(6) + 1e-2 * vectors(6, seed=1)) != first


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


def test_drawing_draws_no_random_number(tmp_path):
    before = random.getstate(), np.random.get_state()[1].tolist()
    plot_words(vectors(6), WORDS[:6], GROUP, tmp_path / "words.png")
    assert (random.getstate(), np.random.get_state()[1].tolist()) == before


@pytest.mark.parametrize("seed", [0, 3])
def test_no_label_hides_another_label_or_a_point(tmp_path, drawn, seed):
    plot_words(vectors(seed=seed), WORDS, GROUP, tmp_path / "words.png")
    _, axes, points, _ = drawn[0]
    boxes, pixels = label_boxes(axes), axes.transData.transform(points)
    assert len(boxes) == 24
    for i, box in enumerate(boxes):
        assert all(overlap(box, other).min() <= 0 for other in boxes[:i])
        for pixel in pixels:
            assert overlap(box, np.concatenate((pixel - MARKER, pixel + MARKER))).min() <= 0
    assert (boxes[:, :2] >= axes.bbox.extents[:2] - 0.5).all()
    assert (boxes[:, 2:] <= axes.bbox.extents[2:] + 0.5).all()


@pytest.mark.parametrize("seed", [3, 30])
def test_no_line_crosses_another_word(tmp_path, drawn, seed):
    plot_words(vectors(seed=seed), WORDS, GROUP, tmp_path / "words.png")
    _, axes, _, _ = drawn[0]
    boxes = label_boxes(axes)
    for i, label in enumerate(axes.texts):
        if label.arrow_patch is not None:
            (start, *_, end), steps = label.arrow_patch.get_path().vertices, np.linspace(0, 1, 200)[:, None]
            way = start + steps * (end - start)
            for other in np.delete(boxes, i, axis=0):
                assert not ((way > other[:2]) & (way < other[2:])).all(axis=1).any()


@pytest.mark.parametrize("spread", [0.2, 0.07])
def test_every_word_stands_beside_its_own_point_in_its_groups_colour(tmp_path, drawn, spread):
    plot_words(vectors(spread=spread), WORDS, GROUP, tmp_path / "words.png")
    _, axes, points, words = drawn[0]
    assert sorted(label.get_text() for label in axes.texts) == sorted(WORDS)
    colour = {group.get_label(): group.get_facecolor()[0] for group in axes.collections}
    lines = 0
    for label, box in zip(axes.texts, label_boxes(axes), strict=True):
        word = label.get_text()
        np.testing.assert_array_equal(label.xy, points[words.index(word)])
        assert matplotlib.colors.same_color(label.get_color(), colour[GROUP.get(word, "other")])
        pixel = axes.transData.transform(label.xy)
        gap = np.linalg.norm(np.clip(pixel, box[:2], box[2:]) - pixel)
        assert gap < 90
        if gap > 22:
            lines += 1
            assert label.arrow_patch is not None, f"{word!r} stands {gap:.0f} pixels away and is tied to nothing"
            assert matplotlib.colors.same_color(label.arrow_patch.get_edgecolor(), label.get_color())
        if gap < 12:
            assert label.arrow_patch is None, f"{word!r} stands {gap:.0f} pixels away and needs no line"
    assert lines > 0 or spread > 0.1, "in close crowds some word must stand far off"


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


def test_scikit_learns_principal_plane_is_ours(tmp_path, drawn):
    for method in ("svd", "pca"):
        plot_words(vectors(), WORDS, GROUP, tmp_path / "words.png", method=method)
    (_, one, points, _), (_, other, found, _) = drawn
    np.testing.assert_allclose(found, points, rtol=0, atol=1e-13)
    assert one.get_xlabel() == other.get_xlabel()
    assert one.get_ylabel() == other.get_ylabel()


def test_t_sne_keeps_crowds_together_and_gives_the_same_file(tmp_path, drawn):
    X = vectors()
    for name in ("a", "b"):
        plot_words(X, WORDS, GROUP, tmp_path / name, method="tsne")
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    _, axes, points, _ = drawn[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("t-SNE: near is alike, far says nothing", "")
    rng = np.random.default_rng(0)
    rng.normal(size=(4, 10))
    crowd = rng.integers(0, 4, 24)  # as in `vectors`
    shown = np.linalg.norm(points[:, None] - points, axis=2) + 1e9 * np.eye(24)
    assert np.mean(crowd[shown.argmin(axis=1)] == crowd) > 0.9


@pytest.mark.parametrize("method", ["pca", "tsne"])
@pytest.mark.parametrize("X", [np.array([[1.0], [2]]), np.ones((3, 4)), vectors(3, D=1)], ids=["two", "equal", "D=1"])
def test_other_planes_of_few_or_equal_vectors(method, X):
    points, labels = plane(X, method)
    assert points.shape == (len(X), 2)
    assert np.isfinite(points).all()
    assert "nan" not in labels[0]


def test_an_unknown_method_is_refused(tmp_path):
    with pytest.raises(ValueError, match="method is 'umap': expected one of svd, pca, tsne"):
        plot_words(vectors(3), WORDS[:3], {}, tmp_path / "words.png", method="umap")


def test_words_without_a_group_are_other_in_the_legend(tmp_path, drawn):
    plot_words(vectors(3), ["tea", "milk", "king"], {"tea": "drinks"}, tmp_path / "words.png")
    assert [text.get_text() for text in drawn[0][1].get_legend().get_texts()] == ["drinks", "other"]


def test_a_single_group_needs_no_legend(tmp_path, drawn):
    plot_words(vectors(3), ["tea", "milk", "king"], {}, tmp_path / "words.png")
    assert drawn[0][1].get_legend() is None


def test_more_groups_than_colours(tmp_path, drawn):
    groups = {word: f"group {i}" for i, word in enumerate(WORDS[:9])}
    plot_words(vectors(9), WORDS[:9], groups, tmp_path / "words.png")
    assert len(drawn[0][1].get_legend().get_texts()) == 9


@pytest.mark.parametrize("X", [np.eye(2), np.ones((2, 4))], ids=["unit", "equal"])
def test_two_words(tmp_path, drawn, X):
    plot_words(X, ["rain", "snow"], {}, tmp_path / "words.png")
    assert read_png(tmp_path / "words.png")[:2] == (1350, 975)
    boxes = label_boxes(drawn[0][1])
    assert overlap(*boxes).min() <= 0


def test_long_words(tmp_path, drawn):
    words = [f"word-that-is-{i}-rather-" + "very-" * (i % 8) + "long" for i in range(12)]
    plot_words(vectors(12, seed=3), words, {}, tmp_path / "words.png")
    _, axes, points, _ = drawn[0]
    boxes, pixels = label_boxes(axes), axes.transData.transform(points)
    for i, box in enumerate(boxes):
        assert all(overlap(box, other).min() <= 0 for other in boxes[:i])
        assert all(overlap(box, np.concatenate((pixel, pixel))).min() <= 0 for pixel in pixels)


def test_a_word_longer_than_the_picture_is_drawn_all_the_same(tmp_path):
    plot_words(vectors(3), ["a", "b" * 200, "c"], {}, tmp_path / "words.png")
    assert read_png(tmp_path / "words.png")[:2] == (1350, 975)


@pytest.mark.parametrize("word", ["$5-to-$10", r"$\nonsense$"])
def test_words_are_not_taken_for_formulas(tmp_path, drawn, word):
    plot_words(vectors(3), [word, "tea", "milk"], {}, tmp_path / "words.png")
    label = next(label for label in drawn[0][1].texts if label.get_text() == word)
    assert not label.get_parse_math()


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
    with pytest.raises(IndexError):
        plot_words(vectors(3), WORDS[:2], {}, tmp_path / "words.png")
    assert (tmp_path / "words.png").read_text() == "before"
    assert [path.name for path in tmp_path.iterdir()] == ["words.png"]


# the loss curve


@pytest.fixture
def curves(monkeypatch):
    """The axes of each figure that is written."""
    seen = []
    write = plots.write_figure

    def spy(figure, path):
        seen.append(figure.axes[0])
        write(figure, path)

    monkeypatch.setattr(plots, "write_figure", spy)
    return seen


@pytest.mark.parametrize("n", [0, 1, 2, 200])
def test_the_loss_curve_shows_every_report(tmp_path, curves, n):
    history = [Report(10 * i, 20 / i, 19 / i) for i in range(1, n + 1)]
    plot_loss(history, tmp_path / "loss.png")
    assert read_png(tmp_path / "loss.png")[:2] == (1350, 750)
    each, smoothed = curves[0].get_lines()
    np.testing.assert_array_equal(each.get_xydata(), np.reshape([r[:2] for r in history], (-1, 2)))
    np.testing.assert_array_equal(smoothed.get_xydata(), np.reshape([(r[0], r[2]) for r in history], (-1, 2)))
    assert curves[0].get_ylim()[0] == 0


def test_the_same_history_gives_the_same_curve(tmp_path):
    for name in ("a.png", "b.png"):
        plot_loss([Report(10, 20.0, 20.0), Report(20, 10.0, 19.5)], tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


@pytest.mark.parametrize("held_out", [[], [2.9, 2.0]])
def test_the_legend_names_what_is_drawn(tmp_path, curves, held_out):
    plot_history(
        History(reports=[Measured(100, 0.02, 3.0)], epochs=[2.75, 1.75], held_out=held_out), tmp_path / "loss.png"
    )
    drawn = [text.get_text() for text in curves[0].get_legend().get_texts()]
    assert drawn == ["since the point before", "epoch", *["held out"] * bool(held_out)]


def test_the_history_of_the_fast_trainer_is_drawn(tmp_path):
    reports = [Measured(100, 0.02, 3.0), Measured(200, 0.01, 2.5), Measured(300, 0.01, 2.0), Measured(400, 0.0, 1.5)]
    history = History(reports=reports, epochs=[2.75, 1.75], held_out=[2.9, 2.0])
    plot_history(history, tmp_path / "loss.png")
    first = (tmp_path / "loss.png").read_bytes()
    assert first.startswith(b"\x89PNG")
    plot_history(history, tmp_path / "loss.png")
    assert (tmp_path / "loss.png").read_bytes() == first
    plot_history(History(), tmp_path / "empty.png")
    assert (tmp_path / "empty.png").read_bytes() != first
