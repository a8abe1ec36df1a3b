"""The guides' examples write files: each page of them runs in an empty folder."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def empty_folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change into an empty folder while a page of docs/guides runs."""
    if request.path.parent.name == "guides":
        monkeypatch.chdir(tmp_path)
