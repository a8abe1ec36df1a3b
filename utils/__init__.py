"""The course's helpers: treebank, gradient checks, downloader. Nothing in `word2vec` imports them.

Where the course's own folder `utils`, which may have no __init__.py, comes earlier on the import path, its files win:
Python itself would prefer this package to it.
"""

import sys
from pathlib import Path

_here = Path(__file__).parent
_earlier = [Path(entry).absolute() / "utils" for entry in sys.path]
_earlier = _earlier[: _earlier.index(_here)] if _here in _earlier else []
__path__ = [*(str(folder) for folder in _earlier if folder.is_dir()), str(_here)]
