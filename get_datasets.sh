#!/bin/sh
# Fetch the Stanford Sentiment Treebank into utils/datasets: ./get_datasets.sh [archive.zip]
# All options: ./get_datasets.sh --help. On Windows: python -m utils.download
set -eu

script=$0
while [ -L "$script" ]; do
    link=$(readlink -- "$script")
    case $link in
        /*) script=$link ;;
        *) script=$(dirname -- "$script")/$link ;;
    esac
done
root=$(CDPATH='' cd -- "$(dirname -- "$script")" && pwd -P)

for python in python3 python; do
    # Running it, not finding it, is the test: Windows has a `python3` that only opens its store.
    if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        # -P: a folder `utils` where the user stands must not be taken for ours.
        export PYTHONPATH="$root${PYTHONPATH:+:$PYTHONPATH}"
        exec "$python" -P -m utils.download "$@"
    fi
done

echo "error: no Python 3.11 or newer found as python3 or python; install one or activate its environment." >&2
exit 1
