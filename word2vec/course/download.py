"""Fetch the Stanford Sentiment Treebank: `python -m utils.download`, `./get_datasets.sh` or `word2vec download`.

It needs the standard library only and runs as a plain file, before anything is installed. The archive is compared
with its SHA-256, then unpacked into a temporary folder beside the target. A single rename puts that folder in place:
the target is complete or absent, and runs at the same time do not disturb each other.
"""

import argparse
import hashlib
import io
import os
import re
import signal
import sys
import tempfile
import threading
import zipfile
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

__all__ = ["SHA256", "TREEBANK_FOLDER", "URL", "DownloadError", "add_arguments", "fetch_treebank", "main", "run"]

URL = "https://nlp.stanford.edu/~socherr/stanfordSentimentTreebank.zip"
SHA256 = "3f5209483b46bbf129cacbbbe6ae02fe780407034f61cf6342b7833257c3f1db"
COURSE_FOLDER = Path("utils/datasets/stanfordSentimentTreebank")
_ROOT = Path(__file__).resolve().parents[2]  # of a clone; of a wheel it is site-packages
_IS_CLONE = (_ROOT / "get_datasets.sh").is_file()
TREEBANK_FOLDER = (_ROOT if _IS_CLONE else Path()) / COURSE_FOLDER
# what to type, and the same on Windows; a wheel holds neither the script nor utils
SCRIPT, COMMAND = ("./get_datasets.sh", "python -m utils.download") if _IS_CLONE else ("word2vec download",) * 2
REQUIRED_FILES = ("datasetSentences.txt", "datasetSplit.txt", "dictionary.txt", "sentiment_labels.txt")
OTHER = f"this is not the treebank: fetch it from {URL}"
DESCRIPTION = "Fetch the Stanford Sentiment Treebank (6 MB), verify and unpack it, unless it is already there."

MAX_BYTES = 64 * 2**20  # ten times the archive: what is larger is something else
TIMEOUT_SECONDS = 30.0  # without any answer
LIMIT_SECONDS = 1800.0  # of a download: a server may send a byte now and then, or "100 Continue" without end
DEEPEST = 16  # folders within folders of an archive
_PRINT = partial(print, flush=True)  # a log shows the first line while the download runs
_SIGNALS = {signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}  # Windows has no SIGHUP


class DownloadError(RuntimeError):
    """The treebank could not be put in place; the message says why and what to do."""


def fetch_treebank(
    archive: str | os.PathLike[str] | None = None,
    *,
    to: str | os.PathLike[str] = TREEBANK_FOLDER,
    url: str = URL,
    sha256: str = SHA256,
    report: Callable[[str], object] = lambda _: None,
) -> Path:
    """Fetch the treebank into the folder `to`, unless it is already there, and return its absolute path.

    Every failure raises a DownloadError and leaves nothing behind.

    Parameters
    ----------
    archive : path of a zip on this machine; None downloads `url`
    to : the folder that will hold datasetSentences.txt and its siblings
    url : an https address (or http, for mirrors: the checksum protects the content)
    sha256 : the zip's digest in 64 hexadecimal digits
    report : receives one line at the start and one at the end
    """
    target, source = Path(os.path.abspath(to)), url if archive is None else os.fspath(archive)
    try:
        if target.exists() and not (target.is_dir() and not any(target.iterdir())):
            if missing := _missing_files(target):
                fix = "move it out of the way and run this again, or choose another folder with --to"
                raise DownloadError(f"{target} exists, but lacks {missing}; {fix}")
            report(f"{target} is already there: nothing to do")
            return target
        if archive is not None and not Path(archive).is_file():
            raise DownloadError(f"there is no file {source}; give the path of a downloaded zip, or none at all")
        report(f"{'downloading' if archive is None else 'unpacking'} {source}")
        data = _download(url) if archive is None else Path(archive).read_bytes()
        if (found := hashlib.sha256(data).hexdigest()) != sha256.lower():
            raise DownloadError(
                f"wrong checksum: {source} has the SHA-256 {found}, expected {sha256}; fetch it again, and only if "
                "you trust this other archive pass its own digest with --sha256"
            )
        _unpack(data, Path(os.path.realpath(target)))  # a link stays
    except OSError as error:
        fix = "check the free space and your rights there, or choose another folder with --to"
        raise DownloadError(f"cannot put the files into {os.fspath(to)}: {_said(error)}; {fix}") from error
    report(f"{target} is ready")
    return target


def _missing_files(folder: Path) -> str:
    return ", ".join(name for name in REQUIRED_FILES if not (folder / name).is_file())


def _download(url: str) -> bytes:
    if not url.startswith(("https://", "http://")):
        raise DownloadError(f"the address {url!r} cannot be used; expected https://HOST/PATH (or http://)")
    from http.client import HTTPException  # with SSL, a tenth of a command's start

    found: list[bytes | BaseException] = []
    thread = threading.Thread(target=lambda: found.append(_answer(url)), daemon=True)  # it may never end
    thread.start()
    thread.join(LIMIT_SECONDS)
    answer = found[0] if found else TimeoutError(f"it took more than {LIMIT_SECONDS:,g} seconds")
    if isinstance(answer, OSError | HTTPException | ValueError):
        raise DownloadError(
            f"{url} cannot be downloaded: {_said(answer)}; check the network and the address (--url), "
            "or fetch the archive in a browser and give the path of the zip instead"
        ) from answer.with_traceback(None)  # whose frames would keep the connection open
    if isinstance(answer, BaseException):
        raise answer
    return answer


def _said(error: Exception) -> str:
    """Return what an error says, without its number."""
    return re.sub(r"^<urlopen error |\[Errno -?\d+\] |>$", "", str(error)) or type(error).__name__


def _answer(url: str) -> bytes | BaseException:
    """Return what is at an address, or what went wrong."""
    try:
        from http.client import HTTPException
        from urllib.request import Request, urlopen

        request = Request(url, headers={"User-Agent": "word2vec-numpy"})  # noqa: S310 -- http(s) only, see above
        with urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
            data: bytes = response.read(MAX_BYTES + 1)
            if len(data) > MAX_BYTES:
                raise ValueError(f"it is larger than {MAX_BYTES:,} bytes, so not the treebank")
            if response.length:  # bytes that were announced and did not come
                raise HTTPException(f"the connection closed {response.length:,} bytes before the end")
            return data
    except BaseException as error:  # the other thread raises it
        return error


def _unpack(data: bytes, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(f".{target.name}.tmp", dir=target.parent, ignore_cleanup_errors=True) as room:
        folder = Path(room, "unpacked")
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                members = [name for name in archive.namelist() if name.split("/")[0] != "__MACOSX"]
                if any(name.count("/") > DEEPEST for name in members):
                    raise DownloadError(f"the archive holds more than {DEEPEST} folders in one another; {OTHER}")
                archive.extractall(folder, members)  # never writes outside the folder
        except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
            raise DownloadError(f"the archive is not an intact zip file: {error}; fetch it again") from error
        top = next((path.parent for path in folder.rglob(REQUIRED_FILES[0])), folder)
        if missing := _missing_files(top):
            raise DownloadError(f"the archive lacks {missing}; {OTHER}")
        with suppress(OSError):
            target.rmdir()  # Windows cannot replace even an empty folder; one with files stays
        try:
            os.replace(top, target)
        except OSError:
            if _missing_files(target):  # otherwise another run was faster, and its folder is as good
                raise


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the options of the download to a parser."""
    source = parser.add_mutually_exclusive_group()
    what, path = "a zip on this machine, instead of a download", os.path.expanduser  # a shell leaves --to=~/here
    source.add_argument("archive", type=path, nargs="?", metavar="ZIP", help=what)
    source.add_argument("--url", default=URL, help="download from here (default: %(default)s)")
    add = parser.add_argument
    what = "the folder to make (default: where run.py looks for it)"
    add("--to", type=path, metavar="FOLDER", default=TREEBANK_FOLDER, help=what)
    add("--sha256", metavar="HEX", default=SHA256, help="expected SHA-256 of the zip (default: %(default)s)")


def run(options: argparse.Namespace, report: Callable[[str], object] = _PRINT) -> int:
    """Fetch the treebank as the options of `add_arguments` say, and return the exit status 0.

    SIGTERM (`kill`) and SIGHUP (a closed terminal) become KeyboardInterrupt here, so that they clean up as well.
    """
    numbers = [number for number in _SIGNALS if signal.getsignal(number) is signal.SIG_DFL]
    try:
        for number in numbers:
            signal.signal(number, signal.default_int_handler)
        fetch_treebank(options.archive, to=options.to, url=options.url, sha256=options.sha256, report=report)
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line `arguments` (default: `sys.argv`) and return the exit status: 0, 1 or 130."""
    parser = argparse.ArgumentParser(prog="python -m utils.download", description=DESCRIPTION)
    add_arguments(parser)
    try:
        return run(parser.parse_args(arguments))
    except DownloadError as error:
        sys.stderr.write(f"{parser.prog}: {error}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write(f"{parser.prog}: interrupted; nothing was put in place\n")
        return 130


if __name__ == "__main__":
    sys.exit(main())
