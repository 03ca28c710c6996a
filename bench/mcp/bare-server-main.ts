import { readFileSync } from 'node:fs';
import { toNodeHandler } from '@modelcontextprotocol/node';
import { type CallToolResult, createMcpHandler, McpServer } from '@modelcontextprotocol/server';
import express from 'express';
import { z } from 'zod';

/** `node bench/mcp/bare-server-main.ts PORT FILE`: one tool that answers what stands in the file. */
const [port, file = ''] = process.argv.slice(2);
const answer = JSON.parse(readFileSync(file, 'utf8')) as CallToolResult;

const handler = createMcpHandler(() => {
  const server = new McpServer({ name: 'bare', version: '1.0.0' });
  server.registerTool('list_agents', { inputSchema: z.object({}) }, () => answer);
  return server;
});
const answerHttp = toNodeHandler(handler);
const app = express();
app.post('/api/mcp', express.json(), (request, response) => answerHttp(request, response, request.body));
app.listen(Number(port), '127.0.0.1');
