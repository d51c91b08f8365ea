"""A sample MCP client: it is given the address of an MCP server, and nothing else.

    python client.py http://localhost:9000/mcp "Buy milk"

The SDK finds the authorization server by itself, introduces itself there (by its metadata
document where there is one, else by dynamic registration), sends the person to sign in, and
calls the tool with the token.
"""

import argparse
import asyncio
import webbrowser
from collections.abc import Awaitable, Callable
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth import AuthorizationCodeResult, OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import OAuthClientInformationFull, OAuthClientMetadata, OAuthToken

Show = Callable[[str], Awaitable[None]]


class Memory:
    """Where tokens are kept: here only until the program ends."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


class Loopback:
    """Listens on this machine for the browser to come back (RFC 8252 §7.3)."""

    def __init__(self) -> None:
        self.port = 0
        self._came: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}/callback"

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line = (await reader.readline()).decode("latin-1")
        body = b"You can close this page."
        head = f"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: {len(body)}\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()
        if "/callback?" in line and not self._came.done():
            self._came.set_result(line.split(" ")[1])

    async def result(self) -> AuthorizationCodeResult:
        query = parse_qs(urlsplit(await self._came).query)
        found = {name: values[0] for name, values in query.items()}
        if "code" not in found:
            raise PermissionError(found.get("error", "no code"))
        return AuthorizationCodeResult(
            code=found["code"], state=found.get("state"), iss=found.get("iss")
        )


async def call(
    server: str, tool: str, arguments: dict[str, Any], *, show: Show, document: str | None = None
) -> tuple[Any, Memory]:
    """Call a tool and return what it says; `document` is the URL of the client's metadata."""
    memory = Memory()
    async with Loopback() as loopback:
        metadata = OAuthClientMetadata.model_validate(
            {"client_name": "Sample assistant", "redirect_uris": [loopback.uri]}
        )
        provider = OAuthClientProvider(
            server, metadata, memory, show, loopback.result, client_metadata_url=document
        )
        async with httpx2.AsyncClient(auth=provider, timeout=60) as http:
            transport = streamable_http_client(server, http_client=http)
            async with Client(transport) as client:
                return await client.call_tool(tool, arguments), memory


async def open_browser(url: str) -> None:
    print(f"Sign in at {url}")
    webbrowser.open(url)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("server")
    parser.add_argument("note")
    parser.add_argument("--document", help="the https URL of this client's metadata document")
    chosen = parser.parse_args()
    told, _ = asyncio.run(
        call(chosen.server, "add_note", {"text": chosen.note}, show=open_browser,
             document=chosen.document)
    )  # fmt: skip
    print(told.structured_content or told.content)


if __name__ == "__main__":
    main()
