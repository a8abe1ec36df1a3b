"""Run a hand-out's script, this library in place of what it lacks: `python -m word2vec_numpy.course run.py`."""

import runpy
import sys
from pathlib import Path

from .handouts import prepare

USAGE = "usage: python -m word2vec_numpy.course SCRIPT [ARGUMENT ...], such as run.py, or word2vec.py sigmoid"

if __name__ == "__main__":
    if sys.argv[1:] in (["-h"], ["--help"]):
        print(USAGE)
        sys.exit()
    if not sys.argv[1:]:
        sys.exit(USAGE)
    try:
        prepare(Path(sys.argv[1]), sys.argv[2:])
    except (FileNotFoundError, ImportError) as error:
        sys.exit(str(error))
    runpy.run_path(sys.argv[0], run_name="__main__")
