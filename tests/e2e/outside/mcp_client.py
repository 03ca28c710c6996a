"""The journey of Python's `mcp`: `mcp_client.py URL '[["tool", {…}], …]'`. Prints a JSON object a line."""

import asyncio
import json
import sys
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata


def tell(**members):
    print(json.dumps(members), flush=True)


class Memory:
    tokens = None
    client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


async def listen():
    """A loopback address for the code, and the query that it was called with."""
    called = asyncio.get_running_loop().create_future()

    async def answer(reader, writer):
        path = (await reader.readline()).decode().split(" ")[1]
        body = b"You can close this tab."
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (len(body), body))
        await writer.drain()
        writer.close()
        if path.startswith("/callback"):
            called.set_result({name: values[0] for name, values in parse_qs(urlsplit(path).query).items()})

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/callback", called


async def main(url, calls):
    redirect, called = await listen()

    async def open_browser(authorization_url):
        tell(authorize=authorization_url)

    async def wait_for_code():
        return AuthorizationCodeResult(**await called)

    metadata = OAuthClientMetadata(
        client_name="Python mcp", redirect_uris=[redirect], token_endpoint_auth_method="none"
    )
    auth = OAuthClientProvider(url, metadata, Memory(), open_browser, wait_for_code)
    async with httpx2.AsyncClient(auth=auth, follow_redirects=True, timeout=60) as http:
        async with Client(streamable_http_client(url, http_client=http)) as client:
            tell(tools=[tool.name for tool in (await client.list_tools()).tools])
            for name, arguments in calls:
                tell(answer=(await client.call_tool(name, arguments)).structured_content)


asyncio.run(main(sys.argv[1], json.loads(sys.argv[2])))
