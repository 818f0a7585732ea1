"""Media of the web are fetched once, whole or not at all, and only over HTTP."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from otio_idolsync.cut.locate import Locator
from otio_idolsync.errors import MediaError
from otio_idolsync.media.remote import Remote


class _Site(http.server.BaseHTTPRequestHandler):
    content = b"one"
    asked: list[str | None] = []  # noqa: RUF012

    def do_GET(self) -> None:
        tag = f'"{hash(self.content)}"'
        given = self.headers["If-None-Match"]
        self.asked.append(given)
        if self.path == "/gone.mp4":
            self.send_error(404)
        elif self.path == "/away.mp4":
            self.send_response(302)
            self.send_header("Location", "file:///etc/hostname")
            self.end_headers()
        elif given == tag:
            self.send_response(304)
            self.end_headers()
        else:
            short = self.path == "/short.mp4"
            self.send_response(200)
            self.send_header("ETag", tag)
            self.send_header("Content-Length", str(len(self.content) + 5 * short))
            self.end_headers()
            self.wfile.write(self.content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def site(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    monkeypatch.setattr(_Site, "asked", [])
    monkeypatch.setattr(_Site, "content", b"one")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Site)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_is_there_is_asked_for_but_not_fetched_again(site: str, tmp_path: Path) -> None:
    url = f"{site}/take 1.mp4".replace(" ", "%20")
    remote = Remote(tmp_path)
    path = remote.fetch(url)
    assert (path.read_bytes(), path.suffix) == (b"one", ".mp4")
    assert remote.fetch(url) == path
    assert len(_Site.asked) == 1
    before = path.stat()
    assert Remote(tmp_path).fetch(url) == path
    assert _Site.asked[1]
    assert path.stat().st_mtime_ns == before.st_mtime_ns
    _Site.content = b"another"
    assert Remote(tmp_path).fetch(url).read_bytes() == b"another"


@pytest.mark.parametrize("name", ["gone.mp4", "short.mp4", "away.mp4"])
def test_what_cannot_be_had_is_named_and_leaves_nothing(
    site: str, tmp_path: Path, name: str
) -> None:
    with pytest.raises(MediaError, match=f"/{name}"):
        Remote(tmp_path).fetch(f"{site}/{name}")
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_addresses_are_fetched_only_where_that_is_allowed(site: str, tmp_path: Path) -> None:
    url = f"{site}/a.mp4"
    with pytest.raises(MediaError, match="--allow-remote fetches it"):
        Locator(tmp_path).find(url)
    allowed = Locator(tmp_path, fetch=Remote(tmp_path).fetch)
    assert allowed.find(url).read_bytes() == b"one"
    with pytest.raises(MediaError, match=r"only local files are used$"):
        allowed.find("ftp://127.0.0.1/a.mp4")
