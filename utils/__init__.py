"""The course's helpers: treebank, gradient checks, downloader. Nothing in `word2vec` imports them.

Where the course's own folder `utils`, which may have no __init__.py, comes earlier on the import path, its files win:
Python itself would prefer this package to it. Where `word2vec` is the assignment's file, the modules here are made of
`word2vec_numpy`.
"""

import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

_here = Path(__file__).parent
_earlier = [Path(entry).absolute() / "utils" for entry in sys.path]
_earlier = _earlier[: _earlier.index(_here)] if _here in _earlier else []
__path__ = [*(str(folder) for folder in _earlier if folder.is_dir()), str(_here)]

_word2vec = find_spec("word2vec")
if _word2vec is not None and _word2vec.origin and _word2vec.submodule_search_locations is None:
    import_module("word2vec_numpy.course.handouts").lend(Path(_word2vec.origin).parent)
