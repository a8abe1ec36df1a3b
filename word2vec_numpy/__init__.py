"""The library `word2vec` under the name of its distribution, for folders that hold a word2vec.py of their own.

`import word2vec_numpy` and `python -m word2vec_numpy` are `import word2vec` and `python -m word2vec` where Python
would find the assignment's word2vec.py first. Use one of the two names in a process: each has classes of its own.
"""

import importlib.util
import sys
from pathlib import Path

_FOLDER = Path(__file__).resolve().parents[1] / "word2vec"
_spec = importlib.util.spec_from_file_location(
    __name__, _FOLDER / "__init__.py", submodule_search_locations=[str(_FOLDER)]
)
if _spec is None or _spec.loader is None:
    raise ImportError(f"there is no library in {_FOLDER}: install word2vec-numpy again")
_module = importlib.util.module_from_spec(_spec)
sys.modules[__name__] = _module  # `import` returns what stands here
_spec.loader.exec_module(_module)
