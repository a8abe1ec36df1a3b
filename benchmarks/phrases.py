"""Counting, scoring and joining phrases: ours beside gensim's Phrases and FrozenPhrases, in turn on the same text.

    python -m benchmarks.phrases TEXT [--rounds 3] [--scoring gensim] [--connectors]

Needs gensim. Both read the text first, which is not timed: gensim gets lists of words in memory, the library a
Corpus. Each round times both; the medians and the median of the rounds' ratios are printed. Counts, scores and the
joined text are compared in the same run: any difference ends it with status 1.
"""

import argparse
import itertools
import sys
from statistics import median
from typing import Any

import numpy as np

from benchmarks import require_file, require_gensim, timed
from word2vec.text import Corpus, PhraseOptions, encode, find_phrases, join_phrases

GENSIMS = {"gensim": "default", "npmi": "npmi"}


def differences(sentences: list[list[str]], peer: Any, frozen: Any, phrases: Any, joined: Corpus) -> list[str]:
    """Return what differs between gensim's phrases and joined text and ours."""
    found = {text: (count, score) for text, count, score in phrases}
    theirs = peer.find_phrases(sentences)
    wrong = [f"{text}: {found.get(text)}, expected {peer.vocab[text]}, {score}" for text, score in theirs.items()
             if text not in found or found[text][0] != peer.vocab[text]
             or abs(found[text][1] - score) > 1e-12 * abs(score)]  # fmt: skip
    wrong += [f"{text}: {n}, expected {peer.vocab[text]}" for text, (n, _) in found.items() if peer.vocab[text] != n]
    ours = (joined.words[i] for i in joined.ids.tolist())
    ends, length = joined.ends.tolist(), 0
    for i, sentence in enumerate(frozen[words] for words in sentences):
        length += len(sentence)
        if list(itertools.islice(ours, len(sentence))) != sentence or ends[i] != length:
            return [*wrong, f"sentence {i + 1} is joined in another way: {sentence[:20]}"]
    return wrong


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scoring", choices=list(GENSIMS), default="gensim")
    parser.add_argument("--connectors", action="store_true", help="with gensim's English connector words")
    arguments = parser.parse_args()
    require_file(parser, arguments.text, "a plain text file")
    require_gensim(parser)
    from gensim.models import phrases as gensim

    with open(arguments.text, encoding="utf-8") as file:
        sentences = [words for line in file if (words := line.split())]
    connectors = gensim.ENGLISH_CONNECTOR_WORDS if arguments.connectors else frozenset()
    options = PhraseOptions(arguments.scoring, connector_words=sorted(connectors), delimiter="\x00")
    corpus = encode(arguments.text, min_count=1)
    rounds = []
    for _ in range(arguments.rounds):
        count, phrases = timed(find_phrases, corpus, options)
        join, joined = timed(join_phrases, corpus, phrases, min_count=1)
        settings = {"min_count": 5, "threshold": options.thresholds[0], "delimiter": "\x00"}
        kind = GENSIMS[arguments.scoring]
        peer_count, peer = timed(
            gensim.Phrases, sentences, scoring=kind, connector_words=frozenset(connectors), **settings
        )
        frozen = peer.freeze()
        peer_join = timed(lambda frozen=frozen: sum(len(frozen[words]) for words in sentences))[0]
        rounds.append((count, peer_count, join, peer_join))
    print(f"{len(corpus.ids):,} words, {len(phrases):,} phrases")
    for name, seconds in zip(("counting", "joining"), np.array(rounds).reshape(-1, 2, 2).swapaxes(0, 1), strict=True):
        ours, theirs = map(median, seconds.T)  # seconds: (rounds, 2)
        ratio = median(b / a for a, b in seconds)
        print(f"{name:9} {ours:6.2f} s, gensim {theirs:6.2f} s: {ratio:.1f} x")
    print(f"both: {median((b + d) / (a + c) for a, b, c, d in rounds):.1f} x")
    if wrong := differences(sentences, peer, frozen, phrases, joined):
        print(f"{len(wrong)} differences:", *wrong[:10], sep="\n")
        sys.exit(1)
    print("counts, scores and joined text are equal")


if __name__ == "__main__":
    main()
