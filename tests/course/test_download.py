"""utils/download.py and get_datasets.sh, against a web server on the loopback address."""

import errno
import hashlib
import io
import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import threading
import time
import zipfile
from dataclasses import dataclass, field
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.request import Request

import pytest

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
    """What the server serves, how it misbehaves, and what it was asked for."""

    payload: bytes = GOOD
    cuts: list = field(default_factory=list)  # bytes of the body before the connection is cut, per request
    statuses: list = field(default_factory=list)  # instead of an answer, per request
    ranges: bool = True
    announced: bool = True  # whether Content-Length is sent
    shift: int = 0  # the server answers another range than the one asked for
    location: str = ""
    meeting: threading.Barrier | None = None  # requests wait for each other
    stalled: threading.Event | None = None  # after a cut: hold the line instead of closing it
    ranges_seen: list = field(default_factory=list)
    bodies: list = field(default_factory=list)  # bytes of the body served, per request
    url: str = ""
    port: int = 0


class Handler(BaseHTTPRequestHandler):
    def log_message(self, *args):
        pass

    def do_GET(self):
        site = self.server.site
        site.ranges_seen.append(self.headers.get("Range"))
        if site.meeting and len(site.ranges_seen) <= site.meeting.parties:
            site.meeting.wait(5)
        status = site.statuses.pop(0) if site.statuses else None
        if status:
            self.refuse(status)
        else:
            self.serve(site)

    def refuse(self, status):
        self.send_response(status)
        if self.server.site.location:
            self.send_header("Location", self.server.site.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def serve(self, site):
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range") or "")
        start = int(asked[1]) if asked and site.ranges else 0
        if start and start >= len(site.payload):
            self.refuse(416)
            return
        start += site.shift if start else 0
        self.send_response(206 if start else 200)
        if start:
            last = len(site.payload) - 1
            self.send_header("Content-Range", f"bytes {start}-{last}/{len(site.payload)}")
        if site.announced:
            self.send_header("Content-Length", str(len(site.payload) - start))
        self.end_headers()
        cut = site.cuts.pop(0) if site.cuts else None
        body = site.payload[start:][:cut]
        site.bodies.append(len(body))
        self.wfile.write(body)
        if site.stalled and cut is not None:
            self.wfile.flush()
            site.stalled.wait(5)


@pytest.fixture(autouse=True)
def _direct_and_quick(monkeypatch):
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1")
    monkeypatch.setattr(download, "PAUSE_SECONDS", 0.0)
    monkeypatch.setattr(download, "CHUNK_BYTES", 1000)


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


def part_of(target, digest=GOOD_SHA):
    return target.with_name(f"{target.name}.{digest[:8]}.zip.part")


def leave_part(target, data):
    target.parent.mkdir(parents=True)
    part_of(target).write_bytes(data)


def fetch(site, target, **options):
    return fetch_treebank(**{"to": target, "url": site.url, "sha256": GOOD_SHA} | options)


# The good ways


def test_the_defaults_are_the_course_archive_and_its_place_in_the_repository():
    assert download.URL == "https://nlp.stanford.edu/~socherr/stanfordSentimentTreebank.zip"
    assert download.SHA256 == "3f5209483b46bbf129cacbbbe6ae02fe780407034f61cf6342b7833257c3f1db"
    assert ROOT / "utils" / "datasets" / "stanfordSentimentTreebank" == download.TREEBANK_FOLDER


def test_a_good_download_lands_complete_in_one_request(site, target):
    lines = []
    assert fetch(site, target, report=lines.append) == target
    assert_complete(target)
    assert site.ranges_seen == [None]
    assert lines == [f"downloading {site.url}", f"{target} is ready"]


def test_the_digest_may_be_written_in_capitals(site, target):
    fetch(site, target, sha256=GOOD_SHA.upper())
    assert_complete(target)


def test_the_digest_of_the_course_is_the_default(site, target):
    with pytest.raises(DownloadError, match=f"expected {download.SHA256}"):
        fetch_treebank(to=target, url=site.url)


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
    assert site.ranges_seen == []
    assert lines == [f"{target} is already there: nothing to do"]
    assert (target / REQUIRED_FILES[0]).read_text() == "mine"


def test_two_runs_at_the_same_time_do_not_damage_each_other(site, target):
    leave_part(target, GOOD[:500])
    site.meeting = threading.Barrier(2)
    results = []
    threads = [threading.Thread(target=lambda: results.append(fetch(site, target))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [target, target]
    assert sorted(site.ranges_seen, key=str) == [None, "bytes=500-"]  # only one of them got the part
    assert_complete(target)


def test_the_bar_shows_only_on_a_terminal(site, target, capfd):
    fetch(site, target)
    assert capfd.readouterr() == ("", "")


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_the_bar_is_not_even_made_elsewhere(site, target, monkeypatch):
    tqdm = pytest.importorskip("tqdm")
    monkeypatch.setattr(tqdm, "tqdm", None)  # making one would be a TypeError
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    fetch(site, target)
    assert_complete(target)


def test_the_download_works_without_tqdm(site, target, monkeypatch):
    monkeypatch.setattr(sys, "stderr", Terminal())
    monkeypatch.setitem(sys.modules, "tqdm", None)
    fetch(site, target)
    assert_complete(target)


def test_the_bar_counts_every_byte_and_starts_at_the_resumed_one(site, target, monkeypatch):
    tqdm = pytest.importorskip("tqdm")
    bars = []

    class Bar(tqdm.tqdm):
        def __init__(self, **options):
            super().__init__(**options)
            bars.append(self)

    monkeypatch.setattr(tqdm, "tqdm", Bar)
    monkeypatch.setattr(sys, "stderr", Terminal())
    leave_part(target, GOOD[:1500])
    fetch(site, target)
    assert [(bar.initial, bar.total, bar.n) for bar in bars] == [(1500, len(GOOD), len(GOOD))]


# Broken connections


def test_a_cut_off_download_is_resumed_within_the_run(site, target):
    site.cuts = [1700, 900]
    fetch(site, target)
    assert_complete(target)
    assert site.ranges_seen == [None, "bytes=1700-", "bytes=2600-"]
    assert site.bodies == [1700, 900, len(GOOD) - 2600]


def test_a_cut_off_download_is_resumed_by_the_next_run(site, target):
    site.cuts = [1700, 0, 0, 0]
    with pytest.raises(
        DownloadError,
        match=r"the connection closed after 1,700 of [\d,]+ bytes; the 1,700 bytes received are kept and "
        "will be continued: check the network and run this again, or fetch the archive in a browser",
    ):
        fetch(site, target)
    assert left_behind(target) == [part_of(target).name]
    fetch(site, target)
    assert_complete(target)
    assert site.ranges_seen == [None] + ["bytes=1700-"] * 4
    assert sum(site.bodies) == len(GOOD)


def test_attempts_that_bring_bytes_are_not_counted_as_futile(site, target):
    site.cuts = [300] * 8
    fetch(site, target)
    assert_complete(target)
    assert len(site.bodies) == 9
    assert sum(site.bodies) == len(GOOD)


def test_a_server_without_ranges_starts_over_from_zero(site, target):
    site.cuts, site.ranges = [1700], False
    fetch(site, target)
    assert_complete(target)
    assert site.ranges_seen == [None, "bytes=1700-"]
    assert site.bodies == [1700, len(GOOD)]


def test_a_server_without_ranges_that_always_breaks_off_is_given_up(site, target):
    site.cuts, site.ranges = [1700, 900] * 9, False
    with pytest.raises(DownloadError, match="the connection closed after 900"):
        fetch(site, target)
    assert len(site.bodies) == 1 + download.FUTILE_ATTEMPTS


def test_a_piece_nobody_asked_for_is_not_joined(site, target):
    site.cuts, site.shift = [1700], 7
    fetch(site, target)
    assert_complete(target)
    assert site.ranges_seen == [None, "bytes=1700-", None]


def test_a_complete_part_needs_no_request(site, target):
    leave_part(target, GOOD)
    fetch(site, target)
    assert site.ranges_seen == []
    assert_complete(target)


def test_a_stale_part_that_is_too_long_starts_over(site, target):
    leave_part(target, b"x" * len(GOOD) + b"x")
    fetch(site, target)
    assert_complete(target)
    assert site.ranges_seen == [f"bytes={len(GOOD) + 1}-", None]


def test_a_stale_part_that_spoils_the_checksum_starts_over_once(site, target):
    leave_part(target, b"x" * 1000)
    fetch(site, target)
    assert_complete(target)
    assert site.ranges_seen == ["bytes=1000-", None]


def test_a_stale_part_and_a_wrong_archive_end_after_the_second_round(site, target):
    leave_part(target, b"x" * 1000)
    site.payload = GOOD[::-1]
    with pytest.raises(DownloadError, match=sha(GOOD[::-1])):
        fetch(site, target)
    assert site.ranges_seen == ["bytes=1000-", None]
    assert left_behind(target) == []


def test_the_part_of_another_archive_is_left_alone(site, target):
    other = part_of(target, "0" * 64)
    other.parent.mkdir(parents=True)
    other.write_bytes(b"other")
    fetch(site, target)
    assert site.ranges_seen == [None]
    assert other.read_bytes() == b"other"


def test_a_server_error_is_tried_again(site, target):
    site.statuses = [503, 500]
    fetch(site, target)
    assert_complete(target)


def test_a_lasting_server_error_is_a_sentence(site, target):
    site.statuses = [503] * 3
    with pytest.raises(DownloadError, match="answered 503 Service Unavailable; nothing was received"):
        fetch(site, target)
    assert left_behind(target) == []


def test_a_silent_server_times_out(site, target, monkeypatch):
    monkeypatch.setattr(download, "TIMEOUT_SECONDS", 0.05)
    site.cuts, site.stalled = [0] * 3, threading.Event()
    with pytest.raises(DownloadError, match="timed out; nothing was received"):
        fetch(site, target)
    site.stalled.set()
    assert left_behind(target) == []


def test_nobody_listening_is_a_sentence(site, target):
    with pytest.raises(DownloadError, match=r"cannot be downloaded: \[.*refused.*check the network"):
        fetch(site, target, url="http://127.0.0.1:1/treebank.zip")
    assert left_behind(target) == []


# Refusals before and during the download


def test_a_missing_page_is_a_sentence_and_is_not_tried_again(site, target):
    site.statuses = [404]
    with pytest.raises(DownloadError, match=r"answered 404 Not Found; check the address \(--url\), or"):
        fetch(site, target)
    assert site.ranges_seen == [None]
    assert left_behind(target) == []


def test_a_missing_page_does_not_cost_the_part(site, target):
    leave_part(target, GOOD[:1000])
    site.statuses = [404]
    with pytest.raises(DownloadError, match="404"):
        fetch(site, target)
    assert part_of(target).read_bytes() == GOOD[:1000]
    assert left_behind(target) == [part_of(target).name]


def test_a_wrong_checksum_names_both_digests_and_leaves_nothing(site, target):
    with pytest.raises(
        DownloadError,
        match=f"wrong checksum: {site.url} has the SHA-256 {GOOD_SHA}, expected {'0' * 64}; fetch it again, "
        "and only if you trust this other archive pass its own digest with --sha256; the download was",
    ):
        fetch(site, target, sha256="0" * 64)
    assert site.ranges_seen == [None]
    assert left_behind(target) == []


@pytest.mark.parametrize("digest", ["", "3f52", GOOD_SHA + "0", "g" * 64])
def test_a_malformed_digest_is_refused(site, target, digest):
    with pytest.raises(DownloadError, match="is not 64 hexadecimal digits; `sha256sum FILE` prints"):
        fetch(site, target, sha256=digest)


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "ftp://127.0.0.1/a.zip", "data:,x", "a.zip", "https:///a.zip", "", "http://[::1/a",
     "http://127.0.0.1:x/a", "http://127.0.0.1/a b", "http://127.0.0.1/\n", "http://127.0.0.1/ä"],
)  # fmt: skip
def test_other_addresses_are_refused(target, url):
    with pytest.raises(DownloadError, match="cannot be used; expected https://HOST/PATH"):
        fetch_treebank(to=target, url=url)
    assert not target.parent.exists()


def test_a_redirection_is_followed(site, target):
    site.statuses, site.location = [302], "/elsewhere.zip"
    fetch(site, target)
    assert_complete(target)


def test_a_redirection_to_another_kind_of_address_is_refused(site, target):
    site.statuses, site.location = [302], "ftp://127.0.0.1/a.zip"
    with pytest.raises(DownloadError, match=r"redirects to ftp://127\.0\.0\.1/a\.zip, which is not https; check"):
        fetch(site, target)


def test_a_redirection_from_https_to_http_is_refused():
    body = io.BytesIO()
    with pytest.raises(DownloadError, match="https://a/b redirects to http://a/b, which is not https"):
        download._Redirects().redirect_request(
            Request("https://a/b"), body, 302, "Found", HTTPMessage(), "http://a/b"
        )
    assert body.closed


@pytest.mark.parametrize("announced", [True, False])
def test_an_endless_download_stops_at_the_limit(site, target, monkeypatch, announced):
    monkeypatch.setattr(download, "MAX_BYTES", 2000)
    site.announced = announced
    with pytest.raises(DownloadError, match=r"download of .* takes [\d,]+ bytes or more, and the limit is 2,000"):
        fetch(site, target)
    assert left_behind(target) == []


def test_a_full_disk_is_noticed_before_the_download(site, target, monkeypatch):
    usage = shutil._ntuple_diskusage(9000, 8000, 1000)
    monkeypatch.setattr(download.shutil, "disk_usage", lambda folder: usage)
    with pytest.raises(DownloadError, match=r"needs [\d,]+ more bytes, and .*data has 1,000 free; make room"):
        fetch(site, target)
    assert left_behind(target) == []


def test_only_the_missing_bytes_must_fit_on_the_disk(site, target, monkeypatch):
    need = len(GOOD) - 2000
    leave_part(target, GOOD[:2000])
    monkeypatch.setattr(download, "_unpack", lambda archive, folder: folder)
    monkeypatch.setattr(download, "_put_in_place", lambda unpacked, target: None)
    for free, fits in ((need - 1, False), (need, True)):
        usage = shutil._ntuple_diskusage(9000, 0, free)
        monkeypatch.setattr(download.shutil, "disk_usage", lambda folder, usage=usage: usage)
        if fits:
            fetch(site, target)
        else:
            with pytest.raises(DownloadError, match=f"needs {need:,} more bytes"):
                fetch(site, target)


# A zip on this machine


def test_a_local_zip_needs_no_request_and_stays(site, target, local):
    path, digest = local()
    lines = []
    fetch(site, target, archive=path, sha256=digest, report=lines.append)
    assert_complete(target)
    assert site.ranges_seen == []
    assert path.read_bytes() == GOOD
    assert lines == [f"unpacking {path}", f"{target} is ready"]


def test_a_local_zip_makes_the_part_superfluous(target, local):
    leave_part(target, GOOD[:500])
    path, digest = local()
    fetch_treebank(path, to=target, sha256=digest)
    assert_complete(target)


def test_a_local_zip_is_checked_too_and_stays(target, local):
    path, digest = local()
    with pytest.raises(DownloadError, match=f"the SHA-256 {digest}, expected .* the file was left as it is"):
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


@pytest.mark.parametrize(
    "name",
    ["../evil", f"{TOP}/../../evil", "..", "/evil", "//host/evil", "C:/evil", "C:evil", "..\\evil", "\\evil",
     f"{TOP}/evil\n"],
)  # fmt: skip
def test_members_that_would_land_elsewhere_are_refused(target, local, name):
    path, digest = local(FILES | {named(name): "evil"})
    expected = re.escape(f"local.zip is refused: its member {name!r} would land outside the folder")
    with pytest.raises(DownloadError, match=expected + ".*nothing was unpacked"):
        fetch_treebank(path, to=target, sha256=digest)
    assert left_behind(target) == []
    assert not list(target.parents[1].rglob("*evil*"))


def test_a_name_that_hides_behind_a_nul_is_refused(target, local):
    data = zip_bytes(FILES | {f"{TOP}/ab": "evil"}).replace(b"/ab", b"/\x00b")
    path, digest = local(data=data)
    with pytest.raises(DownloadError, match=r"member '.*/\\x00b' would land outside"):
        fetch_treebank(path, to=target, sha256=digest)


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_refused(target, local, kind):
    path, digest = local(FILES | {named(f"{TOP}/link", kind | 0o777): "/etc/passwd"})
    with pytest.raises(DownloadError, match=f"member '{TOP}/link' is a link or a device"):
        fetch_treebank(path, to=target, sha256=digest)
    assert left_behind(target) == []


def encrypted():
    """The good archive with the encryption bit set in the directory entry of its last member."""
    data = bytearray(GOOD)
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


@pytest.mark.parametrize("data", [encrypted(), zip_bytes(compression=zipfile.ZIP_BZIP2)], ids=["locked", "bzip2"])
def test_encrypted_and_unusual_members_are_refused(target, local, data):
    path, digest = local(data=data)
    with pytest.raises(DownloadError, match="is encrypted or packed in an unusual way"):
        fetch_treebank(path, to=target, sha256=digest)


def test_a_zip_bomb_is_refused_before_unpacking(target, local, monkeypatch):
    members = FILES | {f"{TOP}/zeros": bytes(100_000)}
    path, digest = local(data=zip_bytes(members, zipfile.ZIP_DEFLATED))
    monkeypatch.setattr(download, "MAX_BYTES", 100_000)
    monkeypatch.setattr(zipfile.ZipFile, "extractall", None)
    total = sum(len(content) for content in members.values())
    with pytest.raises(
        DownloadError,
        match=f"unpacking local.zip takes {total:,} bytes or more, and the limit is 100,000; this cannot be",
    ):
        fetch_treebank(path, to=target, sha256=digest)
    assert left_behind(target) == []


def test_the_limit_of_the_treebank_is_half_a_gibibyte():
    assert download.MAX_BYTES == 512 * 1024 * 1024


def damaged():
    """The good archive with one byte of a text changed: its CRC is wrong."""
    return GOOD.replace(b"the text of dictionary", b"the test of dictionary", 1)


@pytest.mark.parametrize("data", [b"", b"<html>log in first</html>", GOOD[:-30], damaged()])
def test_what_is_no_intact_zip_is_a_sentence(target, local, data):
    path, digest = local(data=data)
    with pytest.raises(DownloadError, match=r"local\.zip is no intact zip archive: .*; fetch it again"):
        fetch_treebank(path, to=target, sha256=digest)
    assert left_behind(target) == []


@pytest.mark.parametrize(
    ("members", "missing"),
    [
        ({}, ", ".join(REQUIRED_FILES)),
        (dict(list(FILES.items())[:2]), "dictionary.txt, sentiment_labels.txt"),
    ],
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
    assert site.ranges_seen == []
    assert (target / "dictionary.txt").read_text() == "mine"


def test_a_file_in_the_folders_place_is_an_error_and_stays(site, target):
    target.parent.mkdir(parents=True)
    target.write_text("mine")
    with pytest.raises(DownloadError, match="exists, but lacks"):
        fetch(site, target)
    assert target.read_text() == "mine"


def test_a_folder_that_appears_meanwhile_stays(target, local, monkeypatch):
    path, digest = local()
    unpack = download._unpack

    def slowly(archive, folder):
        target.mkdir()
        (target / "notes.txt").write_text("mine")
        return unpack(archive, folder)

    monkeypatch.setattr(download, "_unpack", slowly)
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


def test_a_folder_that_cannot_be_renamed_leaves_nothing(target, local, monkeypatch):
    path, digest = local()

    def replace(old, new):
        if Path(new) == target:
            raise PermissionError(errno.EACCES, "Permission denied")
        raise FileNotFoundError

    monkeypatch.setattr(download.os, "replace", replace)
    with pytest.raises(DownloadError, match="Permission denied; check the free space and your rights"):
        fetch_treebank(path, to=target, sha256=digest)
    assert left_behind(target) == []


# The command line


def test_main_says_one_line_at_the_start_and_one_at_the_end(site, target, capsys):
    assert main(["--url", site.url, "--to", str(target), "--sha256", GOOD_SHA]) == 0
    assert capsys.readouterr() == (f"downloading {site.url}\n{target} is ready\n", "")
    assert_complete(target)


def test_main_turns_an_error_into_one_sentence_and_exit_code_1(target, tmp_path, capsys):
    assert main([str(tmp_path / "none.zip"), "--to", str(target)]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert re.fullmatch(r"error: there is no file .*none\.zip; .*\.\n", err)


def test_main_refuses_a_zip_and_an_address_together(site, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["local.zip", "--url", site.url])
    assert "not allowed with argument" in capsys.readouterr().err


def test_the_help_names_every_option(capsys):
    with pytest.raises(SystemExit, match="0"):
        main(["--help"])
    out = capsys.readouterr().out
    assert all(word in out for word in ("archive", "--to FOLDER", "--url URL", "--sha256 HEX"))


def test_ctrl_c_in_the_download_keeps_the_part_and_ends_with_130(site, target, monkeypatch, capsys):
    chunks = iter([GOOD[:1000]])

    def read(response):
        for chunk in chunks:
            return chunk
        raise KeyboardInterrupt

    arguments = ["--url", site.url, "--to", str(target), "--sha256", GOOD_SHA]
    with monkeypatch.context() as patch:
        patch.setattr(download, "_read", read)
        assert main(arguments) == 130
    assert capsys.readouterr().err == "interrupted: nothing was put in place; run this again to continue.\n"
    assert left_behind(target) == [part_of(target).name]
    assert main(arguments) == 0
    assert site.ranges_seen == [None, "bytes=1000-"]
    assert_complete(target)


def test_ctrl_c_while_unpacking_leaves_nothing(target, local, monkeypatch):
    path, digest = local()

    def interrupted(zipped, folder, members):
        zipped.extract(members[0], folder)
        raise KeyboardInterrupt

    monkeypatch.setattr(zipfile.ZipFile, "extractall", interrupted)
    assert main([str(path), "--to", str(target), "--sha256", digest]) == 130
    assert left_behind(target) == []


@pytest.mark.skipif(os.name != "posix", reason="Windows ends a process without a signal")
def test_a_terminated_process_cleans_up_too(site, target):
    site.cuts, site.stalled = [1000], threading.Event()
    command = [
        sys.executable,
        "-m",
        "utils.download",
        "--url",
        site.url,
        "--to",
        target,
        "--sha256",
        GOOD_SHA,
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == f"downloading {site.url}\n"
        deadline = time.monotonic() + 5
        while not site.bodies and time.monotonic() < deadline:
            time.sleep(0.01)
        assert any(name.endswith(".tmp") for name in left_behind(target))
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=5)
    site.stalled.set()
    assert process.returncode == 130, err
    assert err == "interrupted: nothing was put in place; run this again to continue.\n"
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
    assert done.stderr.startswith("error: there is no file none.zip; ")


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
