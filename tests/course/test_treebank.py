"""word2vec/course/treebank.py against a plain transcription of the course's loader, number for number."""

import math
import random
import re
from collections import Counter
from itertools import chain, pairwise, permutations

import numpy as np
import pytest

import utils.treebank
import word2vec.course.treebank
from word2vec.course import treebank_files as files
from word2vec.course.run import CourseRun
from word2vec.course.treebank import StanfordSentiment, TreebankError

TABLE = 997

SENTENCES = [
    "The Rock is a clichÃ© -LRB- and a bore -RRB- .",
    "the the the the",
    "Good good GOOD fun , and a café .",
    "A naÃ¯ve , naÃ¯ve film",
    "Fun",
    "rain snow rain snow",
    "2 1\\/2 hours of déjà vu",  # as it should be, not doubly encoded
    "It 's a -LRB- long -RRB- story of a king , a queen and a man",
    "bore bore",
    "Ends with “ a word ” of its own kind",
]
PHRASES = [
    "The Rock is a cliché ( and a bore ) .",
    "the the the the",
    "Good good GOOD fun , and a café .",
    "A naïve , naïve film",
    "Fun",
    "rain snow rain snow",
    "2 1\\/2 hours of déjà vu",
    "It 's a ( long ) story of a king , a queen and a man",
    "bore bore",
    "Ends with “ a word ” of its own kind",
    "a phrase",
]
VALUES = [0.1, 0.2, 0.20001, 0.4, 0.5, 0.6, 0.7, 0.8, 0.81, 1.0, 0.0]
CLASSES = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4]
SPLIT = [1, 1, 2, 3, 1, 2, 1, 3, 1, 1]


# Frequent words are thinned so much that of these sentences hardly anything is left. Long ones keep some words.
_rng = random.Random(224)
_common = [f"w{i}" for i in range(90)] + ["the", "a", ",", "."]
LONG = [" ".join(_rng.choices(_common, k=_rng.randint(60, 140))) for _ in range(30)]
CORPUS = SENTENCES + LONG


def write_treebank(folder, sentences, phrases=None, values=None, split=None):
    """Write the four files; by default every sentence is a phrase of value 0.5 in the training split."""
    phrases = sentences if phrases is None else phrases
    values = [0.5] * len(phrases) if values is None else values
    split = [1] * len(sentences) if split is None else split
    folder.mkdir(exist_ok=True)
    files = {
        "datasetSentences.txt": ["sentence_index\tsentence", *(f"{i}\t{s}" for i, s in enumerate(sentences, 1))],
        "datasetSplit.txt": ["sentence_index,splitset_label", *(f"{i},{s}" for i, s in enumerate(split, 1))],
        "dictionary.txt": [f"{phrase}|{100 - i}" for i, phrase in enumerate(phrases)],
        "sentiment_labels.txt": ["phrase ids|sentiment values", *(f"{100 - i}|{v}" for i, v in enumerate(values))],
    }
    for name, lines in files.items():
        (folder / name).write_bytes(("\n".join(lines) + "\n").encode())
    return folder


@pytest.fixture
def folder(tmp_path):
    return write_treebank(tmp_path / "treebank", SENTENCES, PHRASES, VALUES, SPLIT)


@pytest.fixture(scope="module")
def corpus_folder(tmp_path_factory):
    return write_treebank(tmp_path_factory.mktemp("corpus") / "treebank", CORPUS, [*PHRASES, *LONG])


@pytest.fixture
def dataset(folder):
    return StanfordSentiment(folder, TABLE)


@pytest.fixture
def corpus(corpus_folder):
    return StanfordSentiment(corpus_folder, TABLE)


class Reference:
    """The course's algorithm as its description tells it: one word, one entry, one draw after the other."""

    def __init__(self, texts, tablesize):
        self.texts, self.tablesize = texts, tablesize
        self.copies = self.table = None

    def sentences(self):
        return [text.lower().split() for text in self.texts]

    def frequencies(self):
        frequency = {}
        for sentence in self.sentences():
            for word in sentence:
                frequency[word] = frequency.get(word, 0) + 1
        frequency["UNK"] = 1
        return frequency

    def tokens(self):
        return {word: i for i, word in enumerate(self.frequencies())}

    def rejectProb(self):
        frequency = self.frequencies()
        wordcount = sum(frequency.values())
        return [max(0, 1 - math.sqrt(1e-5 * wordcount / freq)) for freq in frequency.values()]

    def allSentences(self):
        if self.copies is None:
            reject = dict(zip(self.tokens(), self.rejectProb(), strict=True))
            thinned = [
                [word for word in sentence if reject[word] <= 0 or random.random() >= reject[word]]
                for sentence in self.sentences() * 30
            ]
            self.copies = [sentence for sentence in thinned if len(sentence) > 1]
        return self.copies

    def sampleTable(self):
        if self.table is None:
            self.allSentences()
            powers = np.array([float(freq) ** 0.75 for freq in self.frequencies().values()])
            cum = np.cumsum(powers / np.sum(powers)) * self.tablesize
            self.table, j = [], 0
            for i in range(self.tablesize):
                while i > cum[j]:
                    j += 1
                self.table.append(j)
        return self.table

    def sampleTokenIdx(self):
        return self.sampleTable()[random.randint(0, self.tablesize - 1)]

    def getRandomContext(self, C=5):
        sentences = self.allSentences()
        while True:
            sentence = sentences[random.randint(0, len(sentences) - 1)]
            i = random.randint(0, len(sentence) - 1)
            context = [word for word in sentence[max(0, i - C) : i] if word != sentence[i]]
            context += [word for word in sentence[i + 1 : i + 1 + C] if word != sentence[i]]
            if context:
                return sentence[i], context


def assert_same_draws(dataset, reference, seed, draw):
    """Draw from both, each after the same seed: equal results, equal states of `random` afterwards."""
    results = []
    for source in (dataset, reference):
        random.seed(seed)
        results.append((draw(source), random.getstate()))
    assert results[0][0] == results[1][0]
    assert results[0][1] == results[1][1]
    assert results[0][0], "nothing was drawn"


DRAWS = {
    "copies": lambda d: d.allSentences(),
    "table": lambda d: list(d.sampleTable()),
    "contexts": lambda d: [d.getRandomContext(C) for C in (1, 2, 3, 5, 9) for _ in range(40)],
    "default context": lambda d: [d.getRandomContext() for _ in range(40)],
    "ids": lambda d: [d.sampleTokenIdx() for _ in range(200)],
    "mixed": lambda d: [(random.randint(1, 5), d.getRandomContext(3), d.sampleTokenIdx()) for _ in range(100)],
}


# what the files say


def test_sentences_are_lower_cased_and_split_at_white_space(dataset):
    reference = Reference(SENTENCES, TABLE)
    assert dataset.sentences() == reference.sentences()
    assert dataset.sentences()[0][:5] == ["the", "rock", "is", "a", "clichã©"]
    assert dataset.numSentences() == len(SENTENCES)


def test_tokens_are_numbered_as_they_first_come_and_unk_comes_last(dataset):
    tokens = dataset.tokens()
    assert list(tokens.items()) == list(Reference(SENTENCES, TABLE).tokens().items())
    assert list(tokens)[:4] == ["the", "rock", "is", "a"]
    assert list(tokens.items())[-1] == ("UNK", len(tokens) - 1)
    assert dataset.tokens() is tokens, "made once: others compare it by identity"


def test_a_no_break_space_splits_words_as_it_does_for_the_course(tmp_path):
    folder = write_treebank(tmp_path / "t", ["2\u00a01\\/2 hours", "voilÃ\u00a0 ."])
    assert StanfordSentiment(folder).sentences() == [["2", "1\\/2", "hours"], ["voilã", "."]]


def test_repair_mends_the_words_themselves(folder):
    mended = StanfordSentiment(folder, repair=True).sentences()
    assert mended == [phrase.lower().split(" ") for phrase in PHRASES[: len(SENTENCES)]]
    assert mended[0] == ["the", "rock", "is", "a", "cliché", "(", "and", "a", "bore", ")", "."]


def test_repair_keeps_a_no_break_space_within_its_word_and_makes_no_empty_word(tmp_path):
    folder = write_treebank(tmp_path / "t", ["2Â\u00a01\\/2  hours", "voilÃ\u00a0 ."])
    assert StanfordSentiment(folder, repair=True).sentences() == [["2\u00a01\\/2", "hours"], ["voilà", "."]]


@pytest.mark.parametrize("repair", [False, True])
def test_every_sentence_has_its_label(folder, repair):
    assert StanfordSentiment(folder, repair=repair).sent_labels() == VALUES[: len(SENTENCES)]


def test_a_label_is_found_whatever_the_capitals_and_spaces(tmp_path):
    folder = write_treebank(tmp_path / "t", ["The  END\u00a0."], ["THE end ."], [0.75])
    assert StanfordSentiment(folder).sent_labels() == [0.75]


def test_a_doubly_encoded_sentence_may_stand_in_the_dictionary_as_it_is(tmp_path):
    folder = write_treebank(tmp_path / "t", ["a clichÃ©"], ["a clichÃ©", "a cliché"], [0.25, 0.75])
    assert StanfordSentiment(folder).sent_labels() == [0.25]


def test_a_sentence_without_a_phrase_is_an_error_that_names_it(tmp_path):
    folder = write_treebank(tmp_path / "t", ["known", "A clichÃ©"], ["known"])
    message = rf"{re.escape(str(folder))}/dictionary\.txt has no phrase for sentence 2 of datasetSentences\.txt, "
    with pytest.raises(
        TreebankError, match=message + r"'A clichÃ©'; .*: move its folder away, then \./get_datasets\.sh .*$"
    ):
        StanfordSentiment(folder).sent_labels()


def test_categories_are_cut_at_fifths_each_cut_below(dataset):
    cuts = [0.2, 0.4, 0.6, 0.8]
    assert [dataset.categorify(cut) for cut in cuts] == [0, 1, 2, 3]
    assert [dataset.categorify(math.nextafter(cut, 1)) for cut in cuts] == [1, 2, 3, 4]
    assert [dataset.categorify(label) for label in (0, 0.0, 0.5, 1, 1.0)] == [0, 0, 2, 4, 4]
    assert type(dataset.categorify(0.5)) is int
    assert [*map(dataset.categorify, (np.array(0.5), np.float32(0.5), math.nextafter(1, 2), -1e-17))] == [2, 2, 4, 0]
    for label, error in ((-0.1, ValueError), (1.1, ValueError), (math.nan, ValueError), ("0.5", TypeError)):
        with pytest.raises(error, match=rf"label is '?{label}'?: expected a sentiment from 0 to 1"):
            dataset.categorify(label)


def test_splits_are_train_test_dev(dataset):
    truth = [[i for i, label in enumerate(SPLIT) if label == wanted] for wanted in (1, 2, 3)]
    assert dataset.dataset_split() == truth
    sentences = [text.lower().split() for text in SENTENCES]
    pairs = [[(sentences[i], CLASSES[i]) for i in ids] for ids in truth]
    assert dataset.getSplitSentences() == pairs[0]
    assert [dataset.getSplitSentences(i) for i in range(3)] == pairs
    assert [dataset.getTrainSentences(), dataset.getTestSentences(), dataset.getDevSentences()] == pairs


def test_a_random_train_sentence_takes_one_randint(dataset, monkeypatch):
    random.seed(3)
    found = [dataset.getRandomTrainSentence() for _ in range(50)]
    after = random.getstate()
    random.seed(3)
    train = dataset.getTrainSentences()
    assert found == [train[random.randint(0, len(train) - 1)] for _ in range(50)]
    assert random.getstate() == after
    monkeypatch.setattr(random, "randint", lambda a, b: b)
    assert dataset.getRandomTrainSentence() == train[-1]


# what is drawn, against the course's algorithm


def test_rejection_probabilities_to_the_bit(corpus):
    found = corpus.rejectProb()
    assert found.dtype == np.float64
    assert found.tolist() == Reference(CORPUS, TABLE).rejectProb()


def test_rare_words_are_never_dropped(tmp_path):
    folder = write_treebank(tmp_path / "t", ["often " * 3000, " ".join(f"w{i}" for i in range(120_000))])
    reject = StanfordSentiment(folder, 10).rejectProb()
    assert (reject[0], set(reject[1:])) == (pytest.approx(1 - math.sqrt(1.23001 / 3000), rel=1e-14), {0.0})


@pytest.mark.parametrize("seed", [0, 1, 31415])
@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_draws_are_the_courses_to_the_bit(corpus, seed, draw):
    assert_same_draws(corpus, Reference(CORPUS, TABLE), seed, draw)


@pytest.mark.parametrize("order", list(permutations(["copies", "table", "contexts", "ids"])), ids=" ".join)
def test_the_order_of_calls_does_not_matter_to_the_agreement(corpus, order):
    assert_same_draws(corpus, Reference(CORPUS, TABLE), 5, lambda source: [DRAWS[name](source) for name in order])


def test_words_that_are_kept_for_certain_draw_no_number(tmp_path):
    """A corpus in which rare words have rejectProb 0, as most words of the real one have."""
    rare = [f"w{i}" for i in range(120_000)]
    texts = ["often and often", " ".join([*rare[:60_000], "often"]), " ".join(["and", *rare[60_000:]])]
    folder = write_treebank(tmp_path / "t", texts)
    reference = Reference(texts, 10)
    random.seed(1)
    StanfordSentiment(folder, 10).allSentences()
    after = random.getstate()
    random.seed(1)
    reject = dict(zip(reference.tokens(), reference.rejectProb(), strict=True))
    for _ in range(30 * sum(reject[word] > 0 for word in chain.from_iterable(reference.sentences()))):
        random.random()
    assert reject["often"] > 0 == reject["w7"]
    assert random.getstate() == after


@pytest.mark.parametrize("draw", DRAWS.values(), ids=DRAWS)
def test_a_replaced_random_is_asked_one_number_at_a_time(corpus, monkeypatch, draw):
    calls = []
    numbers = random.Random(8)

    def replaced():
        calls.append(None)
        return numbers.random()

    monkeypatch.setattr(random, "random", replaced)
    results = []
    for source in (corpus, Reference(CORPUS, TABLE)):
        calls.clear()
        numbers.seed(8)
        random.seed(4)
        results.append((draw(source), len(calls), random.getstate()))
    assert results[0] == results[1]
    assert results[0][1] == 30 * len(list(chain.from_iterable(corpus.sentences()))), "every word here may be dropped"


def test_a_replaced_randint_is_used(corpus, monkeypatch):
    """Python 2 mapped random words to integers in another way; a learner may put that back."""
    monkeypatch.setattr(random, "randint", lambda a, b: a + int(random.random() * (b - a + 1)))
    assert_same_draws(corpus, Reference(CORPUS, TABLE), 31415, DRAWS["mixed"])


def test_reading_draws_nothing(corpus):
    state = random.getstate()
    corpus.tokens(), corpus.sentences(), corpus.rejectProb(), corpus.sent_labels(), corpus.dataset_split()
    assert random.getstate() == state


def test_the_state_before_the_copies_is_kept(corpus):
    assert corpus.state_before_copies is None
    random.seed(9)
    before = random.getstate()
    copies = corpus.allSentences()
    assert corpus.state_before_copies == before
    random.setstate(before)
    again = StanfordSentiment(corpus.path, TABLE)
    assert again.allSentences() == copies


def test_the_sample_table_holds_words_by_frequency_to_the_power_of_three_quarters(corpus):
    corpus = StanfordSentiment(corpus.path)
    table = corpus.sampleTable()
    assert len(table) == corpus.tablesize == 1_000_000
    assert type(table) is list
    assert type(table[0]) is int
    power = np.array([freq**0.75 for freq in Reference(CORPUS, 1).frequencies().values()])
    np.testing.assert_allclose(np.bincount(table), 1e6 * power / power.sum(), rtol=0, atol=1.5)
    assert table == Reference(CORPUS, 1_000_000).sampleTable()


def test_the_sample_table_where_a_share_ends_just_on_an_entry(tmp_path):
    """Four words, a quarter each, four entries: the walk goes on only once it is beyond a share's end."""
    dataset = StanfordSentiment(write_treebank(tmp_path / "t", ["a b c"]), 4)
    assert dataset.sampleTable() == Reference(["a b c"], 4).sampleTable() == [0, 0, 1, 2]


def test_a_table_of_one_entry(corpus_folder):
    assert StanfordSentiment(corpus_folder, 1).sampleTable() == Reference(CORPUS, 1).sampleTable() == [0]


# what cannot be drawn from


def test_a_corpus_of_single_words_is_an_error(tmp_path):
    dataset = StanfordSentiment(write_treebank(tmp_path / "t", ["one", "two"]))
    assert dataset.allSentences() == []
    with pytest.raises(ValueError, match=rf"{re.escape(dataset.path)}: subsampling left no sentence of two words"):
        dataset.getRandomContext()
    assert dataset.tokens()["UNK"] == 2
    assert dataset.sampleTokenIdx() in (0, 1, 2)


def test_sentences_of_one_repeated_word_are_an_error_after_many_draws(tmp_path, monkeypatch):
    dataset = StanfordSentiment(write_treebank(tmp_path / "t", ["echo " * 500] * 4), 10)
    monkeypatch.setattr(word2vec.course.treebank, "MAX_REDRAWS", 50)
    random.seed(0)
    assert dataset.allSentences()
    expected = "50 draws found no word with another word within 3 places; expected sentences of different words"
    with pytest.raises(ValueError, match=f"{re.escape(dataset.path)}: {expected}"):
        dataset.getRandomContext(3)


def test_a_split_without_training_sentences_is_an_error(tmp_path):
    dataset = StanfordSentiment(write_treebank(tmp_path / "t", ["a b", "c d"], split=[2, 3]))
    with pytest.raises(ValueError, match="train"):
        dataset.getRandomTrainSentence()


def test_a_missing_folder_is_an_error_at_once(tmp_path):
    with pytest.raises(FileNotFoundError, match="no treebank in"):
        StanfordSentiment(tmp_path / "nowhere")


def test_a_folder_that_disappears_is_an_error_when_it_is_needed(folder):
    dataset = StanfordSentiment(folder)
    folder.rename(folder.with_name("elsewhere"))
    with pytest.raises(FileNotFoundError, match="no treebank in"):
        dataset.tokens()


def test_a_relative_folder_means_the_one_it_was_when_given(folder, monkeypatch, tmp_path):
    monkeypatch.chdir(folder.parent)
    dataset = StanfordSentiment(folder.name)
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    assert dataset.numSentences() == len(SENTENCES)


# the tables for those who draw many


def test_the_tables_hold_what_is_drawn_from(dataset):
    random.seed(2)
    copies = dataset.allSentences()
    state = random.getstate()
    tables = dataset.draw_tables()
    words = list(dataset.tokens())
    bounds = tables.starts.tolist()
    assert [[words[i] for i in tables.words[a:b]] for a, b in pairwise(bounds)] == copies
    assert tables.table.tolist() == dataset.sampleTable()
    assert dataset.draw_tables() is tables
    assert dataset.allSentences() is copies
    assert dataset.sampleTable() is dataset.sampleTable()
    assert random.getstate() == state


METHODS = ["getRandomContext", "sampleTokenIdx", "sampleTable", "allSentences", "tokens"]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("on_class", [False, True])
def test_a_replaced_method_means_no_tables(dataset, monkeypatch, method, on_class):
    dataset.allSentences()
    with monkeypatch.context() as patch:
        original = getattr(StanfordSentiment if on_class else dataset, method)
        patch.setattr(StanfordSentiment if on_class else dataset, method, lambda *args: original(*args))
        assert dataset.draw_tables() is None
    if on_class:  # on the instance monkeypatch puts the bound method back, which stays a replaced one
        assert dataset.draw_tables() is not None


def test_an_overridden_reject_prob_changes_the_copies(folder):
    class KeepAll(StanfordSentiment):
        def rejectProb(self):
            return np.zeros(len(self.tokens()))

    random.seed(0)
    state = random.getstate()
    dataset = KeepAll(folder, TABLE)
    assert dataset.allSentences() == [s for s in dataset.sentences() * 30 if len(s) > 1]
    assert random.getstate() == state


# the real treebank


def test_real_sizes(treebank, caplog):
    dataset = StanfordSentiment(treebank)
    assert (len(dataset.tokens()), dataset.numSentences()) == (19539, 11855)
    assert [len(ids) for ids in dataset.dataset_split()] == [8544, 2210, 1101]
    assert sorted(chain.from_iterable(dataset.dataset_split())) == list(range(11855))
    assert dataset.tokens()["UNK"] == 19538
    assert dataset.sentences() == Reference(dataset._texts, 1).sentences()
    assert sum(map(len, dataset.sentences())) == 227_245
    assert caplog.text == ""


@pytest.mark.parametrize("encoding", ["cp949", "gbk", "cp932", "cp1252", "latin1"])
def test_real_sentences_saved_again(treebank, tmp_path, caplog, encoding):
    texts = StanfordSentiment(treebank)._texts
    StanfordSentiment(saved_again(tmp_path, texts, encoding)).sentences()
    signs = {"cp1252": "which the official file does not", "latin1": "is encoded three times"}
    assert caplog.text.count(ENCODED) == 1
    assert signs.get(encoding, "it has 227,242 words, 19,538 of them different: expected 227,245 and") in caplog.text


@pytest.mark.slow
def test_real_run_on_a_treebank_read_as_on_an_east_asian_windows(treebank, tmp_path):
    run = CourseRun(StanfordSentiment(saved_again(tmp_path, StanfordSentiment(treebank)._texts, "cp949")))
    reports = [f"{report.smoothed:f}" for report in run.train(run.start(), 100) if report]
    assert (reports[0], reports[-1]) == ("19.824024", "20.531704")


def test_real_labels_with_and_without_repair(treebank):
    labels = [StanfordSentiment(treebank, repair=repair).sent_labels() for repair in (False, True)]
    assert labels[0] == labels[1]
    assert len(labels[0]) == 11855
    assert set(Counter(map(StanfordSentiment(treebank).categorify, labels[0]))) == {0, 1, 2, 3, 4}


def test_real_repair_leaves_no_empty_or_damaged_word(treebank):
    tokens = StanfordSentiment(treebank, repair=True).tokens()
    assert "" not in tokens
    assert "cliché" in tokens
    assert "joão" in tokens
    damaged = re.compile("[ÃÂâ][\\x80-\\xbf]|-[lr]rb-")  # what a doubly encoded letter looks like
    assert not [word for word in tokens if damaged.search(word)]
    assert [word for word in StanfordSentiment(treebank).tokens() if damaged.search(word)]


@pytest.mark.slow
def test_real_copies(treebank):
    dataset = StanfordSentiment(treebank)
    random.seed(31415)
    random.randint(1, 5)
    assert len(dataset.allSentences()) == 299_303
    after = random.getstate()
    reference = Reference(dataset._texts, 1_000_000)
    random.seed(31415)
    random.randint(1, 5)
    assert reference.allSentences() == dataset.allSentences()
    assert random.getstate() == after
    assert reference.sampleTable() == dataset.sampleTable()


# the course's door


def test_the_course_finds_the_same_under_its_own_name():
    assert utils.treebank.__all__ == word2vec.course.treebank.__all__
    assert all(
        getattr(utils.treebank, name) is getattr(word2vec.course.treebank, name) for name in utils.treebank.__all__
    )
    assert utils.treebank.StanfordSentiment is StanfordSentiment


# files that were saved in another encoding

ENCODED = "it was probably decoded with another encoding than UTF-8 and saved again"


def saved_again(tmp_path, sentences, encoding, errors="strict"):
    """The treebank of these sentences, its bytes decoded as another encoding and written as UTF-8."""
    return write_treebank(tmp_path / "treebank", [s.encode().decode(encoding, errors) for s in sentences])


def test_a_treebank_in_order_has_no_warning(folder, tmp_path, caplog):
    for repair in (False, True):
        StanfordSentiment(folder, repair=repair).sentences()
    StanfordSentiment(write_treebank(tmp_path / "other", ["좋은 영화", "très bien", "Ã"])).sentences()
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("encoding", "errors", "sign"),
    [
        (
            "latin1",
            "strict",
            "sentence 1, 'The Rock is a clichÃ\\x83Â© -LRB- and a bore -RRB- .', is encoded three times",
        ),
        ("ascii", "replace", "sentence 1, 'The Rock is a clich\ufffd\ufffd\ufffd\ufffd -LRB- and"),
    ],
)
def test_what_another_encoding_left_behind_is_named(tmp_path, caplog, encoding, errors, sign):
    folder = saved_again(tmp_path, SENTENCES, encoding, errors)
    for repair in (False, True):
        dataset = StanfordSentiment(folder, repair=repair)
        assert dataset.sentences() is dataset.sentences()
    assert caplog.text.count(ENCODED) == 2  # once for each object
    assert f"{folder / 'datasetSentences.txt'}: {sign}" in caplog.text
    assert (
        "and the course's numbers do not follow from it; move its folder away, then ./get_datasets.sh" in caplog.text
    )


@pytest.mark.parametrize(
    ("encoding", "errors"),
    [("cp949", "strict"), ("gbk", "strict"), ("cp932", "strict"), ("cp1251", "strict"), ("ascii", "ignore")],
)
def test_a_treebank_of_the_official_size_is_known_by_its_words(tmp_path, caplog, monkeypatch, encoding, errors):
    official = [*SENTENCES[:2], "a no-break spaceÂ\xa0here", "clichÃ© Ã©"]
    words = " ".join(official).lower().split()
    monkeypatch.setattr(files, "OFFICIAL", (len(official), len(words), len({*words})))
    StanfordSentiment(write_treebank(tmp_path / "official", official)).sentences()
    assert caplog.text == ""
    folder = saved_again(tmp_path, official, encoding, errors)
    again = " ".join(StanfordSentiment(folder).sentences()[2])
    assert caplog.text.count(ENCODED) == 1
    if encoding == "cp949":  # it takes the no-break space for half a letter
        assert " " not in again.removeprefix("a no-break ")
        assert f"{len(words) - 1} words, {len({*words}) - 1} of them different: expected {len(words)}" in caplog.text


# parse trees


def test_parse_trees_are_a_treebank(tmp_path, caplog):
    trees = {
        "train.txt": "(3 (2 It) (4 (4 works) (2 .)))\n(0 (1 Fun) (2 -LRB-))\n",
        "test.txt": "(2 No)\n",
        "dev.txt": "(4 (1 No) (2 Fun))\n(1 It)\n",
    }
    for name, text in trees.items():
        (tmp_path / name).write_text(text)
    dataset = StanfordSentiment(tmp_path)
    with caplog.at_level("INFO"):
        assert dataset.sentences() == [["it", "works", "."], ["fun", "-lrb-"], ["no"], ["no", "fun"], ["it"]]
    assert "holds parse trees: the course's numbers do not follow" in caplog.text
    assert dataset.tokens() == {w: i for i, w in enumerate(["it", "works", ".", "fun", "-lrb-", "no", "UNK"])}
    assert dataset.sent_labels() == [0.7, 0.1, 0.5, 0.9, 0.3]
    assert dataset.dataset_split() == [[0, 1], [2], [3, 4]]
    assert dataset.getDevSentences() == [(["no", "fun"], 4), (["it"], 1)]
    assert StanfordSentiment(tmp_path, repair=True).sentences()[1] == ["fun", "("]


def test_the_folder_that_was_found_is_the_path(folder):
    assert StanfordSentiment(folder.parent).path == str(folder)
    assert StanfordSentiment(folder / "dictionary.txt").sentences() == StanfordSentiment(folder).sentences()


@pytest.mark.parametrize(
    ("tablesize", "error", "expected"),
    [
        (0, ValueError, "at least 1"),
        (-1, ValueError, "at least 1"),
        (1e6, TypeError, "a whole number"),
        (None, TypeError, "a whole number"),
    ],
)
def test_a_tablesize_that_is_none(folder, tablesize, error, expected):
    with pytest.raises(error, match=rf"^tablesize is {tablesize}: expected {expected}$"):
        StanfordSentiment(folder, tablesize)


@pytest.mark.parametrize("split", [3, -4, "train", None])
def test_a_split_that_is_none(dataset, split):
    with pytest.raises(ValueError, match=rf"^split is {split!r}: expected 0 \(train\), 1 \(test\) or 2 \(dev\)$"):
        dataset.getSplitSentences(split)
