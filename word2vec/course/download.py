"""Fetch the Stanford Sentiment Treebank: `python -m utils.download`, or `./get_datasets.sh`.

Standard library only (the progress bar appears if tqdm is installed). The way of an archive onto the disk:

1. A complete folder in place ends the run before any request; an incomplete one is an error.
2. All work happens in a temporary folder next to the target, removed however the run ends. Each run has its
   own, so two runs at the same time cannot damage each other.
3. The download continues the `.part` file of an earlier run. A run claims that file by renaming it into its
   temporary folder, and puts it back if the download breaks off.
4. The SHA-256 is compared before the archive is opened. A file joined from pieces that does not match is
   fetched once more from its first byte.
5. Every member is examined before the first is written; `__MACOSX` is left out.
6. One rename puts the unpacked folder in place: it is there as a whole or not at all.
"""

import argparse
import hashlib
import os
import re
import shutil
import signal
import stat
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from http.client import HTTPException, HTTPMessage, HTTPResponse
from pathlib import Path
from typing import IO, Any, cast
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

__all__ = ["REQUIRED_FILES", "SHA256", "TREEBANK_FOLDER", "URL", "DownloadError", "fetch_treebank", "main"]

URL = "https://nlp.stanford.edu/~socherr/stanfordSentimentTreebank.zip"
SHA256 = "3f5209483b46bbf129cacbbbe6ae02fe780407034f61cf6342b7833257c3f1db"
COURSE_FOLDER = Path("utils/datasets/stanfordSentimentTreebank")
_ROOT = Path(__file__).resolve().parents[2]  # of a clone; of a wheel it is site-packages
TREEBANK_FOLDER = (_ROOT if (_ROOT / "get_datasets.sh").is_file() else Path()) / COURSE_FOLDER
REQUIRED_FILES = ("datasetSentences.txt", "datasetSplit.txt", "dictionary.txt", "sentiment_labels.txt")

MAX_BYTES = 512 * 2**20  # many times the unpacked treebank: what is larger is a mistake or a zip bomb
CHUNK_BYTES = 2**16
TIMEOUT_SECONDS = 30.0
PAUSE_SECONDS = 1.0
FUTILE_ATTEMPTS = 3  # attempts in a row that bring not one new byte

_BY_HAND = "or fetch the archive in a browser and give the path of the zip instead"


class DownloadError(RuntimeError):
    """The treebank could not be put in place; the message is a sentence saying what to do."""


class _BrokenOffError(Exception):
    """The connection failed in a way that another attempt may mend."""


Report = Callable[[str], object]


def _ignore(_: object) -> None:
    pass


def fetch_treebank(
    archive: str | os.PathLike[str] | None = None,
    *,
    to: str | os.PathLike[str] = TREEBANK_FOLDER,
    url: str = URL,
    sha256: str = SHA256,
    report: Report = _ignore,
) -> Path:
    """Put the treebank's files into the folder `to`, unless they are already there.

    `archive` is the path of a zip on this machine; None downloads `url`, an https address (or http, for
    mirrors: the checksum protects the content). `to` is the folder that will hold `datasetSentences.txt`
    and its siblings, `sha256` the zip's digest in 64 hexadecimal digits. `report` receives one line at the
    start and one at the end. Returns the absolute path of the complete folder.

    Raises DownloadError on every failure. Nothing is then left behind but the `.part` file of a download
    that broke off; the next call continues it.
    """
    with _disk_errors_as_sentences(to):
        target = Path(os.path.abspath(to))
        if _is_in_place(target):
            report(f"{target} is already there: nothing to do")
        else:
            _fetch(archive, target, url, _checked_digest(sha256), report)
            report(f"{target} is ready")
        return target


@contextmanager
def _disk_errors_as_sentences(to: str | os.PathLike[str]) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DownloadError(
            f"cannot put the files into {os.fspath(to)}: {error}; "
            "check the free space and your rights there, or choose another folder with --to"
        ) from error


def _checked_digest(sha256: str) -> str:
    if not re.fullmatch("[0-9a-fA-F]{64}", sha256):
        raise DownloadError(
            f"the SHA-256 {sha256!r} is not 64 hexadecimal digits; `sha256sum FILE` prints the right form"
        )
    return sha256.lower()


def _is_in_place(target: Path) -> bool:
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return False
    if missing := _missing_files(target):
        raise DownloadError(
            f"{target} exists, but lacks {', '.join(missing)}; "
            "move it out of the way and run this again, or choose another folder with --to"
        )
    return True


def _missing_files(folder: Path) -> list[str]:
    return [name for name in REQUIRED_FILES if not (folder / name).is_file()]


def _fetch(local: str | os.PathLike[str] | None, target: Path, url: str, digest: str, report: Report) -> None:
    if local is None:
        _check_url(url)
    else:
        _check_local(Path(local), digest)
    # Named after the digest: the part of another archive is never continued.
    part = target.with_name(f"{target.name}.{digest[:8]}.zip.part")
    report(f"downloading {url}" if local is None else f"unpacking {os.fspath(local)}")
    with _workroom(target) as room:
        archive = _download(url, digest, part, room) if local is None else Path(local)
        _put_in_place(_unpack(archive, Path(room, "unpacked")), target)
    part.unlink(missing_ok=True)


def _check_url(url: str) -> None:
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        valid = False
    if not valid or not re.fullmatch("[!-~]+", url):
        raise DownloadError(
            f"the address {url!r} cannot be used; expected https://HOST/PATH (or http://) in plain ASCII"
        )


def _check_local(archive: Path, digest: str) -> None:
    if not archive.is_file():
        raise DownloadError(f"there is no file {archive}; give the path of a downloaded zip, or none at all")
    if (found := _digest(archive)) != digest:
        raise DownloadError(_mismatch(str(archive), found, digest) + "; the file was left as it is")


def _digest(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _mismatch(source: str, found: str, expected: str) -> str:
    return (
        f"wrong checksum: {source} has the SHA-256 {found}, expected {expected}; "
        "fetch it again, and only if you trust this other archive pass its own digest with --sha256"
    )


def _workroom(target: Path) -> tempfile.TemporaryDirectory[str]:
    target.parent.mkdir(parents=True, exist_ok=True)
    return tempfile.TemporaryDirectory(
        prefix=f"{target.name}.", suffix=".tmp", dir=target.parent, ignore_cleanup_errors=True
    )


def _download(url: str, digest: str, part: Path, room: str) -> Path:
    with _claimed(part, Path(room, "archive.zip")) as file:
        if not (file.exists() and _digest(file) == digest):
            _download_verified(url, file, digest)
    return file


@contextmanager
def _claimed(part: Path, file: Path) -> Iterator[Path]:
    """Move `part` to `file` while the download runs, and back if it breaks off."""
    try:
        with suppress(FileNotFoundError):
            os.replace(part, file)
        yield file
    except BaseException:
        if 0 < _size(file) <= MAX_BYTES:
            os.replace(file, part)
        raise


def _size(file: Path) -> int:
    return file.stat().st_size if file.exists() else 0


def _download_verified(url: str, file: Path, digest: str) -> None:
    for last in (False, True):
        joined = _download_in_pieces(url, file)
        if (found := _digest(file)) == digest:
            return
        file.unlink()
        if last or not joined:
            raise DownloadError(_mismatch(url, found, digest) + "; the download was removed")


def _download_in_pieces(url: str, file: Path) -> bool:
    """Continue `file` until it is complete; return whether it was joined from more than one answer."""
    best, futile = _size(file), 0
    while True:
        try:
            _download_piece(url, file)
            return best > 0
        except _BrokenOffError as error:
            futile = 0 if _size(file) > best else futile + 1
            # Not the last size but the best: a server without ranges that breaks off now here, now there
            # would otherwise seem to advance for ever.
            best = max(best, _size(file))
            if futile == FUTILE_ATTEMPTS:
                raise DownloadError(_gave_up(url, error, _size(file))) from error
            time.sleep(PAUSE_SECONDS)


def _gave_up(url: str, error: Exception, kept: int) -> str:
    state = f"the {kept:,} bytes received are kept and will be continued" if kept else "nothing was received"
    return f"{url} cannot be downloaded: {error}; {state}: check the network and run this again, {_BY_HAND}"


def _download_piece(url: str, file: Path) -> None:
    with _answer(url, file) as response:
        start, total = _extent(response, file)
        _check_space(f"the download of {url}", total or 0, start, file.parent)
        with file.open("ab" if start else "wb") as out, _progress(start, total) as advance:
            while chunk := _read(response):
                out.write(chunk)
                advance(len(chunk))
                _check_space(f"the download of {url}", out.tell(), out.tell(), file.parent)
    if _size(file) < (total or 0):
        raise _BrokenOffError(f"the connection closed after {_size(file):,} of {total:,} bytes")


def _answer(url: str, file: Path) -> HTTPResponse:
    request = Request(url, headers={"User-Agent": "word2vec-numpy"})  # noqa: S310 -- _check_url: http(s) only
    # No If-Range: the checksum decides whether the pieces belong together, whichever mirror they come from.
    if offset := _size(file):
        request.add_header("Range", f"bytes={offset}-")
    try:
        return cast(HTTPResponse, build_opener(_Redirects()).open(request, timeout=TIMEOUT_SECONDS))
    except HTTPError as error:
        with error:
            raise _refused(error, url, file) from error
    except (OSError, HTTPException, UnicodeError) as error:
        raise _BrokenOffError(_reason(error)) from error


def _reason(error: Exception) -> str:
    return str(error.reason if isinstance(error, URLError) else error) or type(error).__name__


def _refused(error: HTTPError, url: str, file: Path) -> Exception:
    answer = f"the server answered {error.code} {error.reason}"
    if error.code == 416 and file.exists():
        # A complete part would have matched the checksum before the request: this one is stale.
        file.unlink()
        return _BrokenOffError(answer)
    if error.code >= 500:
        return _BrokenOffError(answer)
    return DownloadError(f"{url} cannot be downloaded: {answer}; check the address (--url), {_BY_HAND}")


class _Redirects(HTTPRedirectHandler):
    """Follow redirections to https, and to http only from http."""

    def redirect_request(
        self, req: Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> Request | None:
        """Follow a redirect, unless it leads away from https or to another kind of address."""
        if urlsplit(newurl).scheme not in {"https", req.type}:
            fp.close()
            raise DownloadError(
                f"{req.full_url} redirects to {newurl}, which is not https; check the address, {_BY_HAND}"
            )
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _extent(response: HTTPResponse, file: Path) -> tuple[int, int | None]:
    """Return the offset of the answer's first byte and the size of the whole archive, if it is announced."""
    if response.status != 206:
        return 0, response.length
    content_range = response.headers.get("Content-Range", "")
    match = re.fullmatch(r"bytes (\d+)-\d+/(\d+|\*)", content_range)
    if match is None or int(match[1]) != _size(file):
        file.unlink(missing_ok=True)
        raise _BrokenOffError(f"the server sent a piece nobody asked for, {content_range!r}")
    return int(match[1]), None if match[2] == "*" else int(match[2])


def _check_space(what: str, size: int, present: int, folder: Path) -> None:
    """Refuse `size` bytes beyond the limit, or more than fit on the disk that holds `present` of them."""
    if size > MAX_BYTES:
        raise DownloadError(
            f"{what} takes {size:,} bytes or more, and the limit is {MAX_BYTES:,}; "
            "this cannot be the treebank: check where the archive comes from"
        )
    free = shutil.disk_usage(folder).free
    if size - present > free:
        raise DownloadError(
            f"{what} needs {size - present:,} more bytes, and {folder.parent} has {free:,} free; "
            "make room, or choose a folder on another disk with --to"
        )


def _progress(start: int, total: int | None) -> AbstractContextManager[Callable[[int], object]]:
    if not sys.stderr.isatty():  # nobody watches; and a bar cut short while it is made complains about itself
        return nullcontext(_ignore)
    try:
        from tqdm import tqdm
    except ImportError:  # a bare Python can fetch the data before anything is installed
        return nullcontext(_ignore)
    return _advancing(tqdm(total=total, initial=start, unit="B", unit_scale=True))


@contextmanager
def _advancing(bar: Any) -> Iterator[Callable[[int], object]]:
    with bar:
        yield bar.update


def _read(response: HTTPResponse) -> bytes:
    try:
        return response.read(CHUNK_BYTES)
    except (OSError, HTTPException) as error:
        raise _BrokenOffError(_reason(error)) from error


def _unpack(archive: Path, folder: Path) -> Path:
    """Unpack `archive` into `folder` and return the folder that holds its files."""
    try:
        with zipfile.ZipFile(archive) as zipped:
            members = _wanted_members(zipped, archive)
            size = sum(member.file_size for member in members)
            _check_space(f"unpacking {archive.name}", size, 0, folder.parent)
            zipped.extractall(folder, members)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError) as error:
        raise DownloadError(f"{archive.name} is no intact zip archive: {error}; fetch it again") from error
    return _top_folder(folder)


def _wanted_members(zipped: zipfile.ZipFile, archive: Path) -> list[zipfile.ZipInfo]:
    wanted = [member for member in zipped.infolist() if member.filename.split("/")[0] != "__MACOSX"]
    for member in wanted:
        if flaw := _flaw(member):
            raise DownloadError(
                f"{archive.name} is refused: its member {member.orig_filename!r} {flaw}; "
                "nothing was unpacked, fetch the archive from a source you trust"
            )
    return wanted


def _flaw(member: zipfile.ZipInfo) -> str | None:
    # zipfile rewrites `filename` (NUL bytes, on Windows backslashes); `orig_filename` is what was stored.
    name = member.orig_filename
    if name.startswith("/") or ".." in name.split("/") or re.search(r"[\\:\x00-\x1f]", name):
        return "would land outside the folder or has a character no treebank file has"
    if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "is a link or a device, not a file or a folder"
    if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "is encrypted or packed in an unusual way"
    return None


def _top_folder(folder: Path) -> Path:
    entries = list(folder.iterdir()) if folder.exists() else []
    return entries[0] if len(entries) == 1 and entries[0].is_dir() else folder


def _put_in_place(unpacked: Path, target: Path) -> None:
    if missing := _missing_files(unpacked):
        raise DownloadError(f"the archive lacks {', '.join(missing)}; this is not the treebank: fetch it from {URL}")
    with suppress(OSError):
        target.rmdir()  # Windows cannot replace even an empty folder; a filled one stays
    try:
        os.replace(unpacked, target)
    except OSError:
        # Another run may have been faster; its folder is as good as ours.
        if _missing_files(target):
            raise


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m utils.download",
        description="Fetch the Stanford Sentiment Treebank (6 MB), verify it and unpack it. "
        "Does nothing if it is already there; continues a download that broke off.",
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("archive", nargs="?", help="a zip already on this machine, instead of a download")
    source.add_argument("--url", default=URL, help="download from here (default: %(default)s)")
    parser.add_argument(
        "--to", metavar="FOLDER", default=TREEBANK_FOLDER, help="the folder to create (default: %(default)s)"
    )
    parser.add_argument(
        "--sha256", metavar="HEX", default=SHA256, help="expected SHA-256 of the zip (default: %(default)s)"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line `arguments` (default: `sys.argv`) and return the exit code: 0, 1 or 130."""
    options = _parser().parse_args(arguments)
    try:
        fetch_treebank(options.archive, to=options.to, url=options.url, sha256=options.sha256, report=_say)
    except DownloadError as error:
        sys.stderr.write(f"error: {error}.\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("interrupted: nothing was put in place; run this again to continue.\n")
        return 130
    return 0


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()  # a log shows the first line while the download runs


def _unwind_on_signals() -> None:
    """Let `kill` and a closed terminal clean up as Ctrl-C does."""
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP
        if number is not None and signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, signal.default_int_handler)


if __name__ == "__main__":
    _unwind_on_signals()
    sys.exit(main())
