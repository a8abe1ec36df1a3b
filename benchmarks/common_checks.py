"""scikit-learn's common checks on Word2VecVectorizer, each with its outcome: `python -m benchmarks.common_checks`.

On an estimator for texts scikit-learn itself runs only the check that it can be cloned, because all others pass
numbers. Therefore an adapter writes each row of numbers as a text and leaves the rest to the vectorizer.
"""

import argparse
import warnings
from collections import Counter
from typing import Any
from unittest import SkipTest

import numpy as np
import sklearn
from sklearn.exceptions import SkipTestWarning
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import check_estimator
from sklearn.utils.validation import validate_data

from word2vec.documents import Word2VecVectorizer
from word2vec.documents.means import Bag

TINY = {"dim": 4, "epochs": 1, "min_count": 1, "sample": 0}

# scikit-learn runs these on its own estimators only
OF_LIBRARY = (
    "check_get_feature_names_out_error",
    "check_global_output_transform_pandas",
    "check_inplace_ensure_writeable",
    "check_set_output_transform",
    "check_set_output_transform_pandas",
    "check_transformer_get_feature_names_out",
    "check_transformer_get_feature_names_out_pandas",
)

# these look at how X is checked (2-D, real, finite, dense, not empty, always as many columns): the adapter does that
OF_THE_ADAPTER = {
    "check_complex_data",
    "check_dtype_object",
    "check_estimator_sparse_array",
    "check_estimator_sparse_matrix",
    "check_estimator_sparse_tag",
    "check_estimators_empty_data_messages",
    "check_estimators_nan_inf",
    "check_fit1d",
    "check_fit2d_predict1d",
    "check_n_features_in",
    "check_n_features_in_after_fitting",
}


class VectorizerOfRows(Word2VecVectorizer):
    """Accepts numeric rows: column j of value x becomes the word "column<j>is<⌊x⌋>"."""

    def _fit(self, X: Any) -> Bag:
        # a text of one word holds no pair to learn from
        return super()._fit(validate_data(self, X, dtype=np.float64, ensure_min_features=2))

    def _tokens(self, X: Any) -> list[list[str]]:
        X = validate_data(self, X, dtype=np.float64, reset=False)
        rows = np.floor(X).astype(int).tolist()
        return super()._tokens([" ".join(f"column{j}is{x}" for j, x in enumerate(row)) for row in rows])

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.string = False
        tags.input_tags.two_d_array = True
        return tags


def checks(estimator: Any) -> list[tuple[str, str, str]]:
    """Run the checks and return (name, status, why) of each."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SkipTestWarning)
        results = check_estimator(estimator, on_skip=None, on_fail=None)
    return [(r["check_name"], r["status"], str(r["exception"] or "")) for r in results]


def library_checks(estimator: Any) -> list[tuple[str, str, str]]:
    """Run the checks that scikit-learn runs on its own estimators only, and return the same."""
    found = []
    for name in OF_LIBRARY:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # that arrays have no column names
            try:
                getattr(estimator_checks, name)(type(estimator).__name__, estimator)
            except SkipTest as why:
                found.append((name, "skipped", str(why)))
            except Exception as why:
                found.append((name, "failed", str(why)))
            else:
                found.append((name, "passed", ""))
    return found


def main() -> None:
    """Run all checks and print their outcomes."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    print(f"scikit-learn {sklearn.__version__}")
    for title, found in (
        ("Word2VecVectorizer as it is", checks(Word2VecVectorizer(**TINY))),
        ("with rows of numbers written as texts", checks(VectorizerOfRows(**TINY))),
        ("so, too, what scikit-learn asks of its own transformers only", library_checks(VectorizerOfRows(**TINY))),
    ):
        counts = Counter(status for _, status, _ in found)
        print(f"\n{title}: {len(found)} checks, " + ", ".join(f"{n} {status}" for status, n in counts.items()))
        for name, status, why in found:
            whose = " (of the adapter)" if name in OF_THE_ADAPTER else ""
            print(f"  {status:8}{name}{whose}{': ' + why if status != 'passed' else ''}")


if __name__ == "__main__":
    main()
