"""What users of gensim and fastText ask for and is called otherwise here: attributes and arguments, with ours."""

from abc import ABCMeta
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

# ours → names of gensim's KeyedVectors and Word2Vec, fastText's models, vocabularies of scikit-learn and torchtext
OURS = {
    "these are the vectors: leave it out": "wv",
    "use index(word), or {word: i for i, word in enumerate(vectors.words)}": "key_to_index vocabulary_ stoi",
    "use words": "index_to_key index2word index2entity itos keys get_words",
    "use words, counts and index(word)": "vocab",
    "use matrix": "vectors syn0",
    "use outside": "syn1 syn1neg get_output_matrix",
    "use documents": "dv docvecs",
    "use word2vec.documents.infer(texts, vectors)": "infer_vector similarity_unseen_docs",
    "use matrix.shape[1]": "vector_size dim layer1_size get_dimension",
    "use matrix.shape": "shape",
    "use vectors[word]": "get_vector word_vec get_word_vector",
    "use index(word)": "get_index get_word_id",
    "use `word in vectors`": "has_index_for",
    "use counts[index(word)]": "get_vecattr",
    "use most_similar(word)": "similar_by_word similar_by_key get_nearest_neighbors",
    "use most_similar([a, c], b) for a − b + c": "get_analogies",
    "use most_similar(vector)": "similar_by_vector",
    "use most_similar(…, method='mul')": "most_similar_cosmul",
    "use distances(word, others)": "most_similar_to_given",
    "use 1 - distances(vector, others), others being words": "cosine_similarities",
    "use 1 - similarity(one, other)": "distance",
    "use closer_than(word, other)": "words_closer_than",
    "use most_similar(word) and divide by the sum of the cosines": "relative_cosine_similarity",
    "use word2vec.documents.distance.word_movers_distance(vectors, a, b, cost='unit')": "wmdistance",
    "use word2vec.normalize_rows(vectors[words]).mean(axis=0)": "get_mean_vector get_sentence_vector",
    "use distances(word2vec.normalize_rows(vectors[words]).mean(axis=0), words)": "rank_by_centrality",
    "leave it out, since queries scale vectors themselves, or use word2vec.normalize_rows(vectors.matrix)": (
        "init_sims fill_norms unit_normalize_all get_normed_vectors syn0norm vectors_norm norms"
    ),
    "make others: WordVectors([*vectors.words, *words], np.vstack([vectors.matrix, rows]))": (
        "add_vectors add_vector add resize_vectors"
    ),
    "use WordVectors(words, vectors[words])": "vectors_for_all",
    "make others: WordVectors(words, matrix, counts=counts)": "set_vecattr",
    "use settings": "window negative sample min_count epochs workers seed sg hs alpha min_alpha ns_exponent",
    "use history": "get_latest_training_loss running_training_loss lifecycle_events",
    "use save(path), format='binary' for binary=True": "save_word2vec_format",
    "use WordVectors.load(path)": "load_word2vec_format",
    "use print(report)": "log_accuracy log_evaluate_word_pairs",
    "use word2vec.evaluation.evaluate_pairs(vectors, path)": "evaluate_word_pairs",
    "use word2vec.evaluation.evaluate_analogies(vectors, path)": "evaluate_word_analogies accuracy",
    "use word2vec.train(source, start_from=vectors)": "train",
    "use word2vec.train(source, start_from=WordVectors.load(path))": "intersect_word2vec_format",
    "word2vec.train counts the words; see its min_count and vocabulary": "build_vocab scan_vocab prepare_vocab",
    "use word2vec.text.huffman_tree(counts, 'gensim')": "create_binary_tree",
    "use word2vec.load_fasttext(path)": "predict get_labels",
    "use word2vec.softmax(vectors.as_outside().matrix @ vectors[words].mean(axis=0))": "predict_output_word",
}
ATTRIBUTES = {name: ours for ours, names in OURS.items() for name in names.split()}
OF_MODELS = {  # of fastText, where they differ
    "get_word_vector": "use model[word]",
    "get_words": "use words",
    "get_labels": "use labels",
    "get_dimension": "use arguments.dim",
    "get_output_matrix": "use vectors().outside, which unsupervised models have",
    "save_model": "use save(path)",
    "wv": "use vectors()",
}

ARGUMENTS = {
    name: ours
    for ours, names in {
        "it is called top_n here": "topn",
        "it is called restrict here": "restrict_vocab clip_end",
        "words from the first on are compared: leave it out": "clip_start",
        "use vectors.index().most_similar(…), or leave it out: all vectors are compared": "indexer annoy",
        "they are called one and other here": "w1 w2",
        "they are called some and others here": "ws1 ws2",
        "they are called word and other here": "key1 key2 word1 word2",
        "it is called word here": "word_or_vector word_or_key",
        "it is called others here": "other_words other_keys",
        "it is called positive here": "word key vector",
        "it is called path here": "fname fname_or_handle",
        "say format='binary'": "binary",
        "say format='glove' for a file without a first line": "no_header write_header",
        "it is called errors here": "unicode_errors",
        "it is called counts here": "fvocab",
        "it is called dtype here": "datatype",
        "the matrix says it: WordVectors(words, matrix)": "vector_size count",
        "the matrix has it: pass matrix.astype(dtype)": "dtype",
    }.items()
    for name in names.split()
}


def no_attribute(kind: str, name: str, ours: Mapping[str, str | None] = ATTRIBUTES) -> str:
    """Return the message of an AttributeError; it says what other libraries' names are called here."""
    return f"{kind} has no {name!r}: {ours[name]}" if ours.get(name) else f"{kind} has no attribute {name!r}"


def from_gensim(value: object) -> str:
    """Return the end of a message, how gensim's vectors or those of its model are passed; "" for anything else."""
    for name, theirs in ("kv", value), ("model.wv", getattr(value, "wv", None)):
        if hasattr(theirs, "vectors_ngrams"):  # which the two arrays leave out
            return "; write the model by gensim's save_facebook_model(model, path), and pass WordVectors.load(path)"
        if hasattr(theirs, "index_to_key"):
            more = ", outside=model.syn1neg" if hasattr(value, "syn1neg") else ""
            if "count" in getattr(theirs, "expandos", ()):
                more += f", counts={name}.expandos['count']"
            return f"; pass WordVectors({name}.index_to_key, {name}.vectors{more})"
    return ""


class NamesOurs(ABCMeta):
    """Type of classes whose missing attributes are named as those of their objects (an ABCMeta, to be mixed with)."""

    if not TYPE_CHECKING:

        def __getattr__(cls, name: str) -> Any:
            raise AttributeError(no_attribute(cls.__name__, name), name=name, obj=cls)
