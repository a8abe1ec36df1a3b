"""The order of the house: each module imports only from modules above it, and `import word2vec` stays light."""

import ast
import functools
import importlib
import os
import pydoc
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import utils
import utils.utils
import word2vec
from word2vec import gradcheck

ROOT = Path(word2vec.__file__).resolve().parents[1]

# Package by package and, inside a package, file by file: a module imports only from those before it. The last line of
# `PACKAGES` is what stands outside of the packages.
PACKAGES = {
    "word2vec": ["_types", "functions", "losses", "models", "batch"],
    "word2vec.gradcheck": [
        *(
            "structure",
            "frameworks",
            "parameters",
            "sparse",
            "kept",
            "randomness",
            "contract",
            "traced",
            "oracle",
            "plan",
        ),
        *("comparison", "curves", "hints", "report", "check", "derivatives", "points", "course", "unbiased"),
    ],
    "word2vec.runtime": [
        *(
            "arguments",
            "word_lists",
            "console",
            "files",
            "inputs",
            "memory",
            "archive",
            "interrupts",
            "workers",
            "engine",
            "progress",
            "run_folder",
        )
    ],
    "word2vec.text": [
        *("reader", "table", "numbering", "corpus", "counts", "sources", "vocabulary", "partitions", "ngrams"),
        *("huffman", "phrases", "walks"),
    ],
    "word2vec.vectors": ["history", "gensim_names", "subwords", "prediction"],
    "word2vec.vectors.formats": [
        *("table", "decimals", "text_format", "binary_layout", "binary_format", "quantised", "array_format"),
        *("projector_format", "csv_format", "fasttext"),
    ],
    "word2vec.vectors ": [
        *("neighbours", "projection", "approximate", "alignment", "queries", "spelling", "word_vectors"),
        *("model_file", "fasttext_model"),
    ],
    "word2vec.training": [
        *(
            "sampling",
            "batches",
            "protocol",
            "bands",
            "sigmoids",
            "skipgram",
            "settings",
            "updates",
            "inputs",
            "outputs",
            "document_runs",
            "hierarchical_softmax",
        ),
        *("objective", "prefetch", "composition", "growing", "task", "loop", "rounds", "shards", "cluster", "cost"),
        "trainer",
    ],
    "word2vec.evaluation": [
        *("correlation", "protocol", "columns", "question_files", "word_pairs", "analogy_search", "analogies")
    ],
    "word2vec.documents": ["means", "distance", "inference", "estimator"],
    "word2vec.plotting": ["plane", "fonts", "labels", "plots", "page", "outputs"],
    "word2vec.course": [
        *("random_stream", "replay", "download", "treebank_files", "treebank", "batches", "descent", "assignment"),
        *("course_pickle", "saved_params", "run", "sentiment", "starter_test", "helpers", "sanity_checks", "xcs224n"),
        *("handouts", "combined_slips", "known_losses"),
    ],
    "word2vec.course.checks": ["judging", "of_functions", "of_losses", "of_models", "of_batches", "of_descent"],
    "word2vec.course ": ["contracts", "legacy", "speed", "examination", "diagnose", "__main__"],
}
OPEN = ("word2vec", "word2vec.vectors", "word2vec.course")  # more of their modules stand below
ORDER = [
    *(
        f"{package.strip()}.{name}".removesuffix(".")
        for package, names in PACKAGES.items()
        for name in (*names, *([] if package in OPEN else [""]))
    ),
    *("word2vec", "word2vec.pytest_plugin", "word2vec.__main__", "utils", "utils.gradcheck", "utils.treebank"),
    *("utils.download", "utils.utils", "utils.glove", "utils.sanity_checks", "run"),
]


def modules():
    """Every module of the house by its name: name → file."""
    files = [ROOT / "run.py", *(ROOT / "word2vec").rglob("*.py"), *(ROOT / "utils").rglob("*.py")]
    return {module_name(file): file for file in files}


def module_name(file):
    *folders, name = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(folders if name == "__init__" else [*folders, name])


MODULES = modules()


def imported_by(tree, name, is_package=False):
    """The modules of the house that a module imports anywhere in it, in functions and for type checkers too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = name.split(".")[: len(name.split(".")) - node.level + is_package] if node.level else []
            source = ".".join([*above, *([node.module] if node.module else [])])
            for alias in node.names:  # `from word2vec import models` means the module
                inner = f"{source}.{alias.name}"
                yield inner if inner in ORDER or inner in MODULES else source


@functools.cache
def house_imports(name):
    file = MODULES[name]
    found = imported_by(ast.parse(file.read_text(encoding="utf-8")), name, file.name == "__init__.py")
    return {module for module in found if module.split(".")[0] in ("word2vec", "utils", "run")} - {name}


def test_the_top_level_holds_what_a_project_needs_and_nothing_that_a_run_left_behind():
    needed = {
        *("word2vec", "word2vec_numpy", "utils", "tests", "benchmarks", "docs", "notebooks", ".ci"),
        *("run.py", "get_datasets.sh", "requirements.txt", "requirements-dev.txt", "pyproject.toml"),
        *("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "CITATION.cff", "LICENSE", ".gitignore", ".gitattributes"),
    }
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("this is not a clone, or there is no git")
    git = ["git", "-c", f"safe.directory={ROOT}", "-C", str(ROOT), "ls-files", "-z"]  # though another user's
    files = subprocess.run(git, capture_output=True, text=True, check=True).stdout
    assert {file.split("/")[0] for file in files.split("\0") if file} == needed


def test_every_module_has_its_place():
    assert len(ORDER) == len(set(ORDER))
    assert set(MODULES) - set(ORDER) == set(), "give these a place in ORDER"
    assert set(ORDER) - set(MODULES) == set(), "these are gone: take them out of ORDER"


def test_a_module_imports_only_from_above():
    wrong = {
        name: from_below
        for i, name in enumerate(ORDER)
        if name in MODULES and (from_below := house_imports(name) - {*ORDER[:i]})
    }
    assert wrong == {}, "a module may import only what stands above it"


def test_word2vec_never_imports_utils():
    ours = [name for name in ORDER if name in MODULES and name.split(".")[0] == "word2vec"]
    imported = [(name, module) for name in ours for module in house_imports(name)]
    assert imported
    assert [pair for pair in imported if pair[1].split(".")[0] in ("utils", "run")] == []


@pytest.mark.parametrize("name", [name for name in MODULES if name.startswith("word2vec.gradcheck")])
def test_gradcheck_stands_by_itself(name):
    assert all(module.startswith("word2vec.gradcheck") for module in house_imports(name))


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import word2vec.plotting.plots as p", ["word2vec.plotting.plots"]),
        ("def f():\n    from utils.treebank import StanfordSentiment", ["utils.treebank"]),
        ("from word2vec import models, sgd", ["word2vec.models", "word2vec"]),
        ("from . import losses", ["word2vec.losses"]),
        ("from .losses import naive_softmax", ["word2vec.losses"]),
        ("if True:\n    import numpy, utils", ["numpy", "utils"]),
    ],
)
def test_the_reader_of_imports_sees_every_kind(code, expected):
    assert list(imported_by(ast.parse(code), "word2vec.functions")) == expected


def test_the_reader_of_imports_knows_packages():
    tree = ast.parse("from . import losses\nfrom .course import sgd")
    assert list(imported_by(tree, "word2vec", is_package=True)) == ["word2vec.losses", "word2vec.course"]


@pytest.mark.parametrize("package", [word2vec, utils, utils.utils, gradcheck])
def test_no_module_is_named_like_something_exported(package):
    """`import word2vec.sgd` would put the module in the place of the function."""
    exported = {name for name in vars(package) if not name.startswith("_") and callable(getattr(package, name))}
    exported |= set(getattr(package, "__all__", []))
    inside = {
        name.removeprefix(f"{package.__name__}.") for name in MODULES if name.startswith(f"{package.__name__}.")
    }
    assert exported & inside == set()


def test_everything_exported_is_there():
    for package in (word2vec, utils.utils, gradcheck):
        assert sorted(package.__all__) == package.__all__
        assert all(callable(getattr(package, name)) for name in package.__all__)


# what an import loads


def run_beside_decoys(folder, code):
    """Run code in a folder that holds modules named like ours and like the course's, and return what it prints."""
    for name in ("utils", "sgd", "functions", "losses", "models", "stream", "course", "files", "run"):
        (folder / f"{name}.py").write_text(f"raise ImportError('the decoy {name}.py was imported')\n")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    # -c puts the working directory before PYTHONPATH, as a notebook does
    command = [sys.executable, "-W", "error", "-c", code]
    found = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return found.stdout.split()


def test_importing_word2vec_beside_other_modules_loads_nothing_heavy(tmp_path):
    loaded = run_beside_decoys(tmp_path, "import sys; from word2vec import *; print(*sys.modules)")
    assert "word2vec.course.saved_params" in loaded
    heavy = {
        "sklearn",
        "matplotlib",
        "scipy",
        "tqdm",
        "asyncio",
        "threadpoolctl",
        "PIL",
        "pandas",
        "word2vec.plotting.plots",
        "utils",
        "sgd",
        "run",
    }
    assert not heavy & set(loaded)


def test_the_gradient_checker_loads_nothing_but_itself_and_numpy(tmp_path):
    code = "import sys, numpy, word2vec.gradcheck as g; g.check_gradient(lambda x: (x @ x, 2 * x), numpy.ones(2)); "
    loaded = run_beside_decoys(tmp_path, f"{code}print(*sys.modules)")
    ours = {name for name in loaded if name.partition(".")[0] == "word2vec"}
    assert ours == {"word2vec", *(name for name in MODULES if name.startswith("word2vec.gradcheck"))}
    assert not {"scipy", "matplotlib", "sklearn", "tqdm", "pytest", "IPython"} & set(loaded)


def test_importing_word2vec_imports_names_and_modules_when_they_are_used(tmp_path):
    code = (
        "import sys, word2vec; print('numpy' in sys.modules); print(word2vec.functions.sigmoid is word2vec.sigmoid); "
    )
    code += "print('word2vec.course' in sys.modules, 'sgd' in dir(word2vec), 'numpy' in sys.modules); "
    code += (
        "import word2vec.course.examination; print('word2vec.vectors.formats' in sys.modules); "  # as `diagnose` does
    )
    code += "print(word2vec.vectors.WordVectors is word2vec.WordVectors)"
    assert run_beside_decoys(tmp_path, code) == ["False", "True", "False", "True", "True", "False", "True"]


def test_what_is_imported_when_used_is_what_a_type_checker_sees():
    tree = ast.parse(MODULES["word2vec"].read_text(encoding="utf-8"))
    seen, modules = {}, set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.level:
            seen |= {alias.name: node.module for alias in node.names}
            modules |= {node.module.partition(".")[0]}
        elif isinstance(node, ast.ImportFrom) and node.level:
            modules |= {alias.name for alias in node.names}
    assert sorted(seen) == word2vec.__all__
    assert modules == set(word2vec._MODULES.split())
    for name, module in seen.items():
        assert getattr(word2vec, name) is getattr(importlib.import_module(f"word2vec.{module}"), name)


def test_all_packages_can_be_reached_as_attributes():
    inside = {name.split(".")[1] for name in MODULES if name.startswith("word2vec.")}
    public = {name for name in inside if not name.startswith("_")} - {"pytest_plugin"}
    assert public == set(word2vec._MODULES.split())
    assert all(getattr(word2vec, name).__name__ == f"word2vec.{name}" for name in public)


def test_dir_lists_what_is_exported(tmp_path):
    assert set(word2vec.__all__) | {"__version__", "__doc__"} <= set(dir(word2vec))
    loaded = run_beside_decoys(tmp_path, "import sys, word2vec; help(word2vec); print('\\n', *sys.modules)")
    assert "word2vec.course" in loaded
    assert not {"sklearn", "matplotlib"} & set(loaded)


def test_help_shows_what_is_exported():
    text = pydoc.render_doc(word2vec, renderer=pydoc.plaintext)
    assert "skip_gram(" in text
    assert all(name in text for name in word2vec.__all__)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match=r"^module 'word2vec' has no attribute 'skipgramm'"):
        _ = word2vec.skipgramm
    with pytest.raises(AttributeError, match=r" no attribute 'Word2Vec': use word2vec\.train\(sentences\)$"):
        _ = word2vec.Word2Vec
    with pytest.raises(AttributeError, match=r" no attribute 'LineSentence': use word2vec\.train\(path\)$"):
        _ = word2vec.LineSentence
    with pytest.raises(AttributeError, match=r": use word2vec\.text\.find_phrases and join_phrases$"):
        _ = word2vec.Phraser
    with pytest.raises(AttributeError, match=r"^module 'word2vec.vectors' has no attribute 'Vectors'"):
        _ = word2vec.vectors.Vectors


def test_plotting_and_progress_load_their_libraries_only_when_used(tmp_path):
    code = "import sys, word2vec.plotting.plots, word2vec.runtime.progress, word2vec.course.run; print(*sys.modules)"
    assert not {"matplotlib", "tqdm", "scipy", "sklearn"} & set(run_beside_decoys(tmp_path, code))


def test_the_commands_load_what_downloads_only_when_used(tmp_path):
    loaded = run_beside_decoys(tmp_path, "import sys, word2vec.__main__; print(*sys.modules)")
    assert "word2vec.course.download" in loaded
    assert not {"http.client", "ssl"} & set(loaded)


def test_the_decoys_would_be_imported(tmp_path):
    with pytest.raises(AssertionError, match=r"the decoy utils\.py was imported"):
        run_beside_decoys(tmp_path, "import utils")
