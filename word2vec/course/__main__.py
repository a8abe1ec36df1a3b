"""Run a hand-out's script, this library in place of what it lacks: `python -m word2vec_numpy.course run.py`."""

import runpy
import sys
from pathlib import Path

from .handouts import prepare
from .legacy import no_python, read

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
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SyntaxError as error:  # of the script, of a file that it imports, or of a text that these evaluate
        file = Path(error.filename or "")
        if not file.is_file():
            raise
        sys.exit(read(file.read_text(errors="replace"), str(file))[1] or no_python(error))
