"""Static files, named by their content so that browsers may keep them for good."""

import gzip
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Final

from limen.kernel.errors import NotFound
from limen.kernel.routes import PUBLIC, Route
from limen.platform.http.messages import Request, Response
from limen.platform.i18n.texts import folders_named

_PACKAGE = Path(__file__).parents[2]
_TYPES: Final = {
    ".css": b"text/css; charset=utf-8",
    ".js": b"text/javascript; charset=utf-8",
    ".svg": b"image/svg+xml",
    ".png": b"image/png",
    ".woff2": b"font/woff2",
}
_COMPRESSED: Final = frozenset({".css", ".js", ".svg"})

STATIC_ROUTE = Route(
    method="GET",
    path="/static/{owner}/{file}",
    operation="static.get",
    summary="Serve a style sheet, script or picture of the pages.",
    access=PUBLIC,
    answer="protocol",
    rate="none",
    csrf="none",
    cache="static",
)


@dataclass(frozen=True)
class Asset:
    """A file that ships with us: read, hashed and compressed when first asked for."""

    owner: str
    path: Path

    @cached_property
    def content(self) -> bytes:
        return self.path.read_bytes()

    @cached_property
    def packed(self) -> bytes | None:
        if self.path.suffix not in _COMPRESSED:
            return None
        return gzip.compress(self.content, 9, mtime=0)

    @cached_property
    def mark(self) -> str:
        return sha256(self.content).hexdigest()[:10]

    @cached_property
    def address(self) -> str:
        return f"/static/{self.owner}/{self.path.stem}.{self.mark}{self.path.suffix}"


class Assets:
    """The files in every context's `static/`: `portal/limen.css` names one."""

    def __init__(self, package: Path = _PACKAGE) -> None:
        self._assets: dict[str, Asset] = {}
        self._served: dict[str, Asset] = {}
        for folder in folders_named("static", package):
            owner = ".".join(folder.parent.relative_to(package).parts)
            for file in sorted(folder.iterdir()):
                if file.suffix in _TYPES:
                    self._assets[f"{owner}/{file.name}"] = Asset(owner, file)

    def address(self, name: str) -> str:
        """Return the path of an asset under the tenant's own.  Raises KeyError."""
        asset = self._assets[name]
        self._served[asset.address] = asset
        return asset.address

    async def serve(self, request: Request) -> Response:
        """Answer with a file.  Raises NotFound for every address but today's."""
        asset = self._find(request.path)
        headers = [(b"vary", b"accept-encoding")]
        body = asset.content
        if asset.packed is not None and "gzip" in (request.header(b"accept-encoding") or ""):
            headers.append((b"content-encoding", b"gzip"))
            body = asset.packed
        return Response(200, body, _TYPES[asset.path.suffix], headers)

    def _find(self, path: str) -> Asset:
        asset = self._served.get(path)
        if asset is not None:
            return asset
        for name in self._assets:
            if self.address(name) == path:
                return self._assets[name]
        raise NotFound("no such static file")
