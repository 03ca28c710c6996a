"""fastmcp's journey: `fastmcp_client.py URL '[["tool", {…}], …]'`. Prints a JSON object a line."""

import asyncio
import json
import sys

from fastmcp import Client
from fastmcp.client.auth import OAuth


def tell(**members):
    print(json.dumps(members), flush=True)


class TellingOAuth(OAuth):
    async def redirect_handler(self, authorization_url):
        tell(authorize=authorization_url)


async def main(url, calls):
    async with Client(url, auth=TellingOAuth(url)) as client:
        tell(tools=[tool.name for tool in await client.list_tools()])
        for name, arguments in calls:
            tell(answer=(await client.call_tool(name, arguments)).structured_content)


asyncio.run(main(sys.argv[1], json.loads(sys.argv[2])))
