"""What the tests of the checks share."""

import warnings
from contextlib import redirect_stdout

import numpy as np
import pytest

from word2vec.course import diagnose
from word2vec.course.examination import judge_all, word


class Report:
    """A report, taken apart: the word and the remarks for each function."""

    def __init__(self, text, ok):
        self.text, self.ok, self.words, self.remarks = text, ok, {}, {"": ""}  # "": of the file
        name = ""
        for line in text.splitlines()[1:-1]:
            if line.startswith("    "):
                self.remarks[name] += line.strip().removeprefix("- ") + " "
            else:
                name, _, word = line.strip().partition("  ")
                self.words[name], self.remarks[name] = word.strip(), ""

    def wrong(self):
        return [name for name, word in self.words.items() if word == "wrong" and not name.startswith("together")]


@pytest.fixture
def judge(tmp_path):
    """Judge the functions of a module with this text, in this process, which is faster than in one of its own."""
    path = tmp_path / "learner.py"

    def judge(source):
        path.write_text(source, encoding="utf-8")
        names = {"__name__": "learner"}
        exec(compile(source, path, "exec"), names)
        with redirect_stdout(None), np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            verdicts = dict(judge_all(names, tmp_path, {}, begin=lambda what: None))
        right = {*map(word, verdicts.values())} == {"right"}
        return Report(diagnose._report(path, [], verdicts), right)

    return judge
