"""word2vec/course/download.py and get_datasets.sh, against a web server on the loopback address."""

import contextlib
import errno
import hashlib
import io
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import zipfile
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from word2vec.__main__ import main as command_line
from word2vec.course import download
from word2vec.course.download import REQUIRED_FILES, DownloadError, fetch_treebank, main

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "get_datasets.sh"
TOP = "stanfordSentimentTreebank"
FILES = {f"{TOP}/{name}": f"the text of {name}\n" * 40 for name in REQUIRED_FILES}


def zip_bytes(members=FILES, compression=zipfile.ZIP_STORED):
    """Return a zip of `members`: name or ZipInfo to content."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as zipped:
        for name, content in members.items():
            # A ZipInfo made here has no clock in it: equal members give equal bytes.
            member = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name)
            zipped.writestr(member, content, compression)
    return buffer.getvalue()


def sha(data):
    return hashlib.sha256(data).hexdigest()


GOOD = zip_bytes()
GOOD_SHA = sha(GOOD)


def named(name, mode=stat.S_IFREG | 0o644):
    """Return a member whose stored name is `name` on every system, Windows included."""
    member = zipfile.ZipInfo("placeholder")
    member.filename = name
    member.external_attr = mode << 16
    member.create_system = 3
    return member


@dataclass
class Site:
    """What the server serves, how it misbehaves, and how often it was asked."""

    payload: bytes = GOOD
    cut: int | None = None  # bytes of the body before the connection is cut
    status: int = 200
    announced: bool = True  # whether Content-Length is sent
    location: str = ""
    meeting: threading.Barrier | None = None  # requests wait for each other
    stalled: threading.Event | None = None  # after a cut: hold the line instead of closing it
    requests: int = 0
    bodies: list = field(default_factory=list)  # bytes of the body served, per request
    url: str = ""
    port: int = 0


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        site = self.server.site
        site.requests += 1
        if site.meeting:
            site.meeting.wait(5)
        if site.status != 200:
            status, site.status = site.status, 200
            self.send_response(status)
            if site.location:
                self.send_header("Location", site.location)
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(200)
        if site.announced:
            self.send_header("Content-Length", str(len(site.payload)))
        self.end_headers()
        body = site.payload[: site.cut]
        site.bodies.append(len(body))
        self.wfile.write(body)
        if site.stalled:
            self.wfile.flush()
            site.stalled.wait(5)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")


@pytest.fixture
def site():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *args: None  # a client that hangs up is part of the tests
    server.site = Site(port=server.server_address[1])
    server.site.url = f"http://127.0.0.1:{server.site.port}/treebank.zip"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.site
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def target(tmp_path):
    return tmp_path / "data" / TOP


@pytest.fixture
def local(tmp_path):
    """Write a zip of the members given and return its path and digest."""

    def write(members=FILES, data=None):
        data = zip_bytes(members) if data is None else data
        path = tmp_path / "local.zip"
        path.write_bytes(data)
        return path, sha(data)

    return write


def assert_complete(target):
    assert sorted(path.name for path in target.iterdir()) == sorted(REQUIRED_FILES)
    for name in REQUIRED_FILES:
        assert (target / name).read_text() == FILES[f"{TOP}/{name}"]
    assert [path.name for path in target.parent.iterdir()] == [target.name]


def left_behind(target):
    return sorted(path.name for path in target.parent.iterdir()) if target.parent.exists() else []


def fetch(site, target, **options):
    return fetch_treebank(**{"to": target, "url": site.url, "sha256": GOOD_SHA} | options)


# The good ways


def test_the_defaults_are_the_course_archive_and_its_place_in_the_repository():
    assert download.URL == "https://nlp.stanford.edu/~socherr/stanfordSentimentTreebank.zip"
    assert download.SHA256 == "3f5209483b46bbf129cacbbbe6ae02fe780407034f61cf6342b7833257c3f1db"
    assert ROOT / "utils" / "datasets" / "stanfordSentimentTreebank" == download.TREEBANK_FOLDER


def test_a_good_download_lands_complete_in_one_request_and_nothing_is_printed(site, target, capfd):
    lines = []
    assert fetch(site, target, report=lines.append) == target
    assert_complete(target)
    assert site.requests == 1
    assert lines == [f"downloading {site.url}", f"{target} is ready"]
    assert capfd.readouterr() == ("", "")


def test_the_digest_may_be_written_in_capitals(site, target):
    fetch(site, target, sha256=GOOD_SHA.upper())
    assert_complete(target)


def test_a_relative_folder_is_seen_from_where_the_user_stands(site, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert fetch(site, "data/x/../sst") == tmp_path / "data" / "sst"
    assert_complete(tmp_path / "data" / "sst")


def test_an_answer_without_length_is_read_to_its_end(site, target):
    site.announced = False
    fetch(site, target)
    assert_complete(target)


def test_an_empty_folder_is_filled(site, target):
    target.mkdir(parents=True)
    fetch(site, target)
    assert_complete(target)


def test_a_complete_folder_ends_the_run_before_any_request(site, target):
    target.mkdir(parents=True)
    for name in REQUIRED_FILES:
        (target / name).write_text("mine")
    lines = []
    assert fetch(site, target, report=lines.append) == target
    assert site.requests == 0
    assert lines == [f"{target} is already there: nothing to do"]
    assert (target / REQUIRED_FILES[0]).read_text() == "mine"


def test_two_runs_at_the_same_time_do_not_damage_each_other(site, target):
    site.meeting = threading.Barrier(2)
    results = []
    threads = [threading.Thread(target=lambda: results.append(fetch(site, target))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [target, target]
    assert site.requests == 2
    assert_complete(target)


# Broken connections


def test_a_cut_off_download_is_a_sentence_and_leaves_nothing(site, target):
    site.cut = 1700
    missing = f"{len(GOOD) - 1700:,}"
    with pytest.raises(
        DownloadError,
        match=f"cannot be downloaded: the connection closed {missing} bytes before the end; check the network and "
        r"the address \(--url\), or fetch the archive in a browser",
    ):
        fetch(site, target)
    assert left_behind(target) == []
    site.cut = None
    fetch(site, target)
    assert_complete(target)


def test_a_silent_server_times_out(site, target, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT_SECONDS", 0.05)
    site.cut, site.stalled = 0, threading.Event()
    with pytest.raises(DownloadError, match=r"cannot be downloaded: .*timed out; check the network"):
        fetch(site, target)
    site.stalled.set()
    assert left_behind(target) == []


def test_nobody_listening_is_a_sentence(site, target):
    with pytest.raises(DownloadError, match=r"cannot be downloaded: Connection refused; check the network"):
        fetch(site, target, url="http://127.0.0.1:1/treebank.zip")
    assert left_behind(target) == []


# Refusals before and during the download


@pytest.mark.parametrize(("status", "words"), [(404, "404: Not Found"), (503, "503: Service Unavailable")])
def test_a_refusal_of_the_server_is_a_sentence(site, target, status, words):
    site.status = status
    with pytest.raises(DownloadError, match=rf"cannot be downloaded: HTTP Error {words}; check the network and the"):
        fetch(site, target)
    assert site.requests == 1
    assert left_behind(target) == []


def test_a_wrong_checksum_names_both_digests_and_leaves_nothing(site, target):
    with pytest.raises(
        DownloadError,
        match=f"^wrong checksum: {site.url} has the SHA-256 {GOOD_SHA}, expected {'0' * 64}; fetch it again, "
        "and only if you trust this other archive pass its own digest with --sha256$",
    ):
        fetch(site, target, sha256="0" * 64)
    assert site.requests == 1
    assert left_behind(target) == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://127.0.0.1/a.zip", "data:,x", "a.zip", ""])
def test_other_kinds_of_addresses_are_refused(target, url):
    with pytest.raises(DownloadError, match="cannot be used; expected https://HOST/PATH"):
        fetch_treebank(to=target, url=url)
    assert not target.parent.exists()


@pytest.mark.parametrize(
    "url",
    ["https:///a.zip", "http://[::1/a", "http://127.0.0.1:x/a", "http://127.0.0.1/a b", "http://127.0.0.1/\n",
     "http://127.0.0.1/ä"],
)  # fmt: skip
def test_an_impossible_address_is_a_sentence(target, url):
    with pytest.raises(DownloadError, match="cannot be downloaded: "):
        fetch_treebank(to=target, url=url)
    assert not target.parent.exists()


def test_a_redirection_is_followed(site, target):
    site.status, site.location = 302, "/elsewhere.zip"
    fetch(site, target)
    assert_complete(target)


@pytest.mark.parametrize("announced", [True, False])
def test_an_endless_download_stops_at_the_limit(site, target, monkeypatch, announced):
    monkeypatch.setattr(download, "MAX_BYTES", 2000)
    site.announced = announced
    with pytest.raises(DownloadError, match="cannot be downloaded: it is larger than 2,000 bytes, so not"):
        fetch(site, target)
    assert left_behind(target) == []


# A zip on this machine


def test_a_local_zip_needs_no_request_and_stays(site, target, local):
    path, digest = local()
    lines = []
    fetch(site, target, archive=path, sha256=digest, report=lines.append)
    assert_complete(target)
    assert site.requests == 0
    assert path.read_bytes() == GOOD
    assert lines == [f"unpacking {path}", f"{target} is ready"]


def test_a_local_zip_is_checked_too_and_stays(target, local):
    path, digest = local()
    with pytest.raises(DownloadError, match=f"the SHA-256 {digest}, expected {download.SHA256}; fetch it again"):
        fetch_treebank(path, to=target)
    assert path.exists()
    assert left_behind(target) == []


def test_a_missing_local_zip_is_a_sentence(target, tmp_path):
    with pytest.raises(DownloadError, match=r"there is no file .*none\.zip; give the path of a down"):
        fetch_treebank(tmp_path / "none.zip", to=target)


# What the archive may hold


def test_macosx_is_left_out_and_other_files_are_kept(target, local):
    extra = {f"{TOP}/docs/README.txt": "read me", "__MACOSX/": "", f"__MACOSX/{TOP}/._dictionary.txt": "fork"}
    path, digest = local(FILES | extra)
    fetch_treebank(path, to=target, sha256=digest)
    assert (target / "docs" / "README.txt").read_text() == "read me"
    assert sorted(path.name for path in target.iterdir()) == sorted([*REQUIRED_FILES, "docs"])


def test_an_archive_without_a_top_folder_is_unpacked_too(target, local):
    path, digest = local({Path(name).name: text for name, text in FILES.items()})
    fetch_treebank(path, to=target, sha256=digest)
    assert_complete(target)


@pytest.mark.parametrize("name", ["../evil", f"{TOP}/../../evil", "/evil", "//host/evil"])
def test_members_never_land_elsewhere(target, local, name, tmp_path):
    path, digest = local(FILES | {named(name): "evil"})
    with contextlib.suppress(DownloadError):  # beside another folder, the four files are not found
        fetch_treebank(path, to=target, sha256=digest)
    assert all(target in found.parents for found in tmp_path.rglob("*evil*"))
    assert not Path("/evil").exists()


def test_a_link_is_unpacked_as_a_file(target, local):
    path, digest = local(FILES | {named(f"{TOP}/link", stat.S_IFLNK | 0o777): "/etc/passwd"})
    fetch_treebank(path, to=target, sha256=digest)
    assert not (target / "link").is_symlink()
    assert (target / "link").read_text() == "/etc/passwd"


def encrypted():
    """The good archive with the encryption bit set in the directory entry of its last member."""
    data = bytearray(GOOD)
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def damaged():
    """The good archive with one byte of a text changed: its CRC is wrong."""
    return GOOD.replace(b"the text of dictionary", b"the test of dictionary", 1)


@pytest.mark.parametrize("data", [b"", b"<html>log in first</html>", GOOD[:-30], damaged(), encrypted()])
def test_what_is_no_intact_zip_is_a_sentence(target, local, data):
    path, digest = local(data=data)
    with pytest.raises(DownloadError, match=r"the archive is not an intact zip file: .*; fetch it again"):
        fetch_treebank(path, to=target, sha256=digest)
    assert left_behind(target) == []


@pytest.mark.parametrize(
    ("members", "missing"),
    [({}, ", ".join(REQUIRED_FILES)), (dict(list(FILES.items())[:2]), "dictionary.txt, sentiment_labels.txt")],
)
def test_files_missing_in_the_archive_are_named(target, local, members, missing):
    path, digest = local(members)
    with pytest.raises(DownloadError, match=f"the archive lacks {missing}; this is not the treebank: fetch"):
        fetch_treebank(path, to=target, sha256=digest)
    assert left_behind(target) == []


# The folder


def test_an_incomplete_folder_is_an_error_and_stays(site, target):
    target.mkdir(parents=True)
    (target / "dictionary.txt").write_text("mine")
    with pytest.raises(
        DownloadError,
        match=f"{TOP} exists, but lacks datasetSentences.txt, datasetSplit.txt, sentiment_labels.txt; "
        "move it out of the way and run this again, or choose another folder with --to",
    ):
        fetch(site, target)
    assert site.requests == 0
    assert (target / "dictionary.txt").read_text() == "mine"


def test_a_file_in_the_folders_place_is_an_error_and_stays(site, target):
    target.parent.mkdir(parents=True)
    target.write_text("mine")
    with pytest.raises(DownloadError, match="exists, but lacks"):
        fetch(site, target)
    assert target.read_text() == "mine"


def test_a_folder_that_appears_meanwhile_stays(target, local, monkeypatch):
    path, digest = local()
    extractall = zipfile.ZipFile.extractall

    def slowly(*arguments):
        target.mkdir()
        (target / "notes.txt").write_text("mine")
        extractall(*arguments)

    monkeypatch.setattr(zipfile.ZipFile, "extractall", slowly)
    with pytest.raises(DownloadError, match=f"cannot put the files into .*{TOP}: "):
        fetch_treebank(path, to=target, sha256=digest)
    assert left_behind(target) == [target.name]
    assert (target / "notes.txt").read_text() == "mine"


def test_a_path_too_long_for_the_disk_is_a_sentence(site, tmp_path):
    with pytest.raises(DownloadError, match=r"cannot put the files into .*xxx: .*; check the free space"):
        fetch(site, tmp_path / ("x" * 5000))


def test_a_place_that_cannot_be_written_is_a_sentence(site, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(DownloadError, match=r"cannot put the files into .*file.*check the free space"):
        fetch(site, tmp_path / "file" / TOP)


def test_a_disk_that_fills_up_while_unpacking_leaves_nothing(target, local, monkeypatch):
    path, digest = local()

    def half(zipped, folder, members):
        zipped.extract(members[0], folder)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(zipfile.ZipFile, "extractall", half)
    with pytest.raises(DownloadError, match="No space left on device; check the free space"):
        fetch_treebank(path, to=target, sha256=digest)
    assert left_behind(target) == []


# The command line


def test_main_says_one_line_at_the_start_and_one_at_the_end(site, target, capsys):
    assert main(["--url", site.url, "--to", str(target), "--sha256", GOOD_SHA]) == 0
    assert capsys.readouterr() == (f"downloading {site.url}\n{target} is ready\n", "")
    assert_complete(target)


@pytest.mark.skipif(os.name == "nt", reason="the home folder has another name there")
def test_the_home_folder_may_be_written_as_a_tilde(local, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert main(["~/local.zip", "--to=~/data/sst", "--sha256", local()[1]]) == 0
    assert_complete(tmp_path / "data" / "sst")


def test_main_turns_an_error_into_one_sentence_and_exit_code_1(target, tmp_path, capsys):
    assert main([str(tmp_path / "none.zip"), "--to", str(target)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"python -m utils\.download: there is no file .*none\.zip; give the path .* at all\n", err)


def test_main_refuses_a_zip_and_an_address_together(site, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["local.zip", "--url", site.url])
    assert "not allowed with argument" in capsys.readouterr().err


def test_the_help_names_every_option(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    out = capsys.readouterr().out
    assert all(word in out for word in ("[ZIP]", "--to FOLDER", "--url URL", "--sha256 HEX"))
    assert "the folder to make (default: where run.py looks for it)" in " ".join(out.split())


def test_ctrl_c_in_the_download_leaves_nothing_and_ends_with_130(site, target, monkeypatch, capsys):
    arguments = ["--url", site.url, "--to", str(target), "--sha256", GOOD_SHA]

    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("urllib.request.urlopen", interrupted)
        assert main(arguments) == 130
    assert capsys.readouterr().err == "python -m utils.download: interrupted; nothing was put in place\n"
    assert left_behind(target) == []
    assert main(arguments) == 0
    assert_complete(target)


def test_main_leaves_the_handlers_of_signals_as_they_were(target, tmp_path):
    before = signal.getsignal(signal.SIGTERM)
    main([str(tmp_path / "none.zip"), "--to", str(target)])
    assert signal.getsignal(signal.SIGTERM) is before


def test_errors_of_the_subcommand_are_as_those_of_others(capsys):
    assert command_line(["download", "none.zip"]) == 1
    assert capsys.readouterr().err.startswith("word2vec download: there is no file none.zip; give the path of")


SLOW = """
import sys, time, zipfile
from word2vec.__main__ import main as command_line
from word2vec.course import download

def slowly(zipped, folder, members):
    zipped.extract(members[0], folder)
    print("unpacking")
    sys.stdout.flush()
    for _ in range(400):
        time.sleep(0.05)  # a signal right before a sleep is handled after it

zipfile.ZipFile.extractall = slowly
sys.exit(download.main())
"""


@pytest.mark.skipif(os.name != "posix", reason="Windows ends a process without a signal")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
@pytest.mark.parametrize("unpacking", [False, True])
def test_a_terminated_process_cleans_up_too(site, target, local, number, unpacking):
    path, _ = local()
    if unpacking:
        command = [sys.executable, "-c", SLOW, path, "--to", target, "--sha256", GOOD_SHA]
    else:
        site.cut, site.stalled = 1000, threading.Event()
        command = [sys.executable, "-m", "utils.download", "--url", site.url, "--to", target, "--sha256", GOOD_SHA]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == (f"unpacking {path}\n" if unpacking else f"downloading {site.url}\n")
        if unpacking:
            assert process.stdout.readline() == "unpacking\n"
            assert len(left_behind(target)) == 1
        deadline = time.monotonic() + 5
        while not unpacking and not site.bodies and time.monotonic() < deadline:
            time.sleep(0.01)
        process.send_signal(number)
        _, err = process.communicate(timeout=5)
    if site.stalled:
        site.stalled.set()
    assert process.returncode == 130, err
    assert err == "python -m utils.download: interrupted; nothing was put in place\n"
    assert left_behind(target) == []


# The shell script


def run_script(*arguments, script=SCRIPT, **options):
    if not shutil.which("sh"):
        pytest.skip("no sh on this system")
    command = ["sh", str(script), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False, **options)


def test_the_script_works_from_another_folder_with_a_relative_zip(tmp_path, local):
    _, digest = local()
    (tmp_path / "utils").mkdir()  # a package of that name where the user stands must not get in the way
    (tmp_path / "utils" / "__init__.py").write_text("raise SystemExit('the wrong utils')")
    done = run_script("local.zip", "--to", "data/sst", "--sha256", digest, cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"unpacking local.zip\n{tmp_path / 'data' / 'sst'} is ready\n"
    assert_complete(tmp_path / "data" / "sst")


def test_the_script_passes_the_exit_code_on(tmp_path):
    done = run_script("none.zip", "--to", "data", cwd=tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("python -m utils.download: there is no file none.zip; ")


@pytest.mark.skipif(os.name != "posix", reason="symbolic links need rights on Windows")
def test_the_script_works_through_links(tmp_path):
    (tmp_path / "a folder").mkdir()
    (tmp_path / "a folder" / "absolute").symlink_to(SCRIPT)
    (tmp_path / "relative").symlink_to("a folder/absolute")
    done = run_script("--help", script=tmp_path / "relative", cwd=tmp_path / "a folder")
    assert (done.returncode, done.stderr) == (0, "")
    assert "--sha256 HEX" in done.stdout


@pytest.mark.skipif(os.name != "posix", reason="needs a PATH without Python")
def test_the_script_says_when_there_is_no_python(tmp_path):
    for tool in ("dirname", "readlink"):
        (tmp_path / tool).symlink_to(shutil.which(tool))
    (tmp_path / "python3").write_text("#!/bin/sh\nexit 1\n")  # an older Python, or a placeholder
    (tmp_path / "python3").chmod(0o755)
    sh = shutil.which("sh")
    done = subprocess.run([sh, SCRIPT], capture_output=True, text=True, env={"PATH": str(tmp_path)}, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("error: no Python 3.11 or newer found as python3 or python; install")


@pytest.mark.skipif(os.name != "posix", reason="Windows has no executable bit")
def test_the_script_is_executable():
    assert os.access(SCRIPT, os.X_OK)


def test_the_script_is_clean_under_shellcheck():
    beside_python = str(Path(sys.executable).parent)
    shellcheck = shutil.which("shellcheck", path=os.pathsep.join([beside_python, os.environ.get("PATH", "")]))
    if not shellcheck:
        pytest.skip("shellcheck is not installed")
    done = subprocess.run([shellcheck, str(SCRIPT)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


def test_the_downloader_needs_the_standard_library_only():
    """Whoever fetches the data before installing anything has no NumPy yet."""
    code = "import sys; sys.path.insert(0, 'word2vec/course'); import download; print(*sys.modules)"
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert not {"numpy", "tqdm", "word2vec"} & set(done.stdout.split())


@pytest.mark.skipif(os.name == "nt", reason="Windows makes links for administrators only")
@pytest.mark.parametrize("there", [True, False])
def test_a_link_to_an_empty_or_missing_folder_stays(site, target, tmp_path, there):
    if there:
        (tmp_path / "elsewhere").mkdir()
    target.parent.mkdir(parents=True, exist_ok=True)
    target.symlink_to(tmp_path / "elsewhere")
    assert fetch(site, target) == target
    assert target.is_symlink()
    assert (tmp_path / "elsewhere" / "datasetSentences.txt").is_file()


def test_a_download_that_takes_too_long_ends(site, target, monkeypatch):
    monkeypatch.setattr(download, "LIMIT_SECONDS", 0.05)
    site.cut, site.stalled = 0, threading.Event()
    with pytest.raises(
        DownloadError, match=r"cannot be downloaded: it took more than 0\.05 seconds; check the network"
    ):
        fetch(site, target)
    site.stalled.set()
    assert left_behind(target) == []


def test_an_answer_that_never_begins_ends(target, monkeypatch):
    monkeypatch.setattr(download, "LIMIT_SECONDS", 0.1)
    over = threading.Event()

    def serve():
        connection, _ = server.accept()
        with connection, suppress(OSError):
            while not over.wait(0.001):
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        with pytest.raises(DownloadError, match="cannot be downloaded: it took more than"):
            fetch_treebank(to=target, url=f"http://127.0.0.1:{server.getsockname()[1]}/")
        over.set()
        thread.join()
    assert left_behind(target) == []


def test_deep_folders_in_a_zip_are_a_sentence(target, local):
    path, digest = local({**FILES, "a/" * 3000 + "b": ""})
    with pytest.raises(
        DownloadError, match="the archive holds more than 16 folders in one another; this is not the tr"
    ):
        fetch_treebank(path, to=target, sha256=digest)
    assert left_behind(target) == []
