import { setTimeout as wait } from 'node:timers/promises';
import {
  type CallToolResult,
  type McpServer,
  ResourceTemplate,
  type ServerContext,
  type ServerNotifier,
} from '@modelcontextprotocol/server';
import { z } from 'zod';

/** A PNG image of one pixel. */
const IMAGE = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';
/** A WAV file without samples. */
const SOUND = 'UklGRiYAAABXQVZFZm10IBAAAAABAAEAQB8AAAB9AAACABAAZGF0YQIAAAA=';

const text = { type: 'text', text: 'A text' } as const;
const image = { type: 'image', data: IMAGE, mimeType: 'image/png' } as const;
const audio = { type: 'audio', data: SOUND, mimeType: 'audio/wav' } as const;
const resource = (uri: string) =>
  ({ type: 'resource', resource: { uri, mimeType: 'text/plain', text: 'An embedded text' } }) as const;

async function log(context: ServerContext): Promise<CallToolResult> {
  for (const data of ['started', 'under way', 'done']) {
    await context.mcpReq.notify({ method: 'notifications/message', params: { level: 'info', data } });
    await wait(50);
  }
  return { content: [text] };
}

async function progress(context: ServerContext): Promise<CallToolResult> {
  const progressToken = context.mcpReq._meta?.progressToken;
  for (const reached of progressToken === undefined ? [] : [0, 50, 100]) {
    const params = { progressToken: progressToken ?? 0, progress: reached, total: 100 };
    await context.mcpReq.notify({ method: 'notifications/progress', params });
    await wait(50);
  }
  return { content: [text] };
}

/** Tools whose answers hold each kind of content, by name. */
export function contentTools(
  notify: ServerNotifier,
): Record<string, (context: ServerContext) => CallToolResult | Promise<CallToolResult>> {
  return {
    test_simple_text: () => ({ content: [text] }),
    test_image_content: () => ({ content: [image] }),
    test_audio_content: () => ({ content: [audio] }),
    test_embedded_resource: () => ({ content: [resource('test://embedded-resource')] }),
    test_multiple_content_types: () => ({ content: [text, image, resource('test://mixed-content-resource')] }),
    test_streaming_elicitation: () => ({ content: [text] }),
    test_tool_with_logging: log,
    test_tool_with_progress: progress,
    test_error_handling() {
      throw new Error('An error that is asked for');
    },
    async test_logging_tool(context) {
      await context.mcpReq.log('info', 'for who asked for a log level');
      return { content: [text] };
    },
    async test_reconnection(context) {
      context.http?.closeSSE?.();
      await wait(100);
      return { content: [text] };
    },
    test_trigger_tool_change() {
      notify.toolsChanged();
      return { content: [text] };
    },
    test_trigger_prompt_change() {
      notify.promptsChanged();
      return { content: [text] };
    },
  };
}

export function registerResources(server: McpServer): void {
  const texts = { 'static-text': 'A text at rest', 'watched-resource': 'A text that is watched' };
  for (const [name, content] of Object.entries(texts)) {
    const uri = `test://${name}`;
    server.registerResource(name, uri, { mimeType: 'text/plain' }, () => ({
      contents: [{ uri, mimeType: 'text/plain', text: content }],
    }));
  }
  const binary = 'test://static-binary';
  server.registerResource('static-binary', binary, { mimeType: 'image/png' }, () => ({
    contents: [{ uri: binary, mimeType: 'image/png', blob: IMAGE }],
  }));
  const template = new ResourceTemplate('test://template/{id}/data', { list: undefined });
  server.registerResource('template', template, { mimeType: 'application/json' }, ({ href }, { id }) => ({
    contents: [{ uri: href, mimeType: 'application/json', text: JSON.stringify({ id }) }],
  }));
}

type Content = typeof text | typeof image | ReturnType<typeof resource>;

const said = (...contents: Content[]) => ({
  messages: contents.map((content) => ({ role: 'user' as const, content })),
});

const description = 'For the conformance suites';

export function registerPrompts(server: McpServer): void {
  server.registerPrompt('test_simple_prompt', { description }, () => said(text));
  server.registerPrompt('test_prompt_with_image', { description }, () => said(image, text));
  server.registerPrompt(
    'test_prompt_with_arguments',
    { description, argsSchema: z.object({ arg1: z.string(), arg2: z.string() }) },
    ({ arg1, arg2 }) => ({
      messages: [{ role: 'user', content: { type: 'text', text: `arg1='${arg1}', arg2='${arg2}'` } }],
    }),
  );
  server.registerPrompt(
    'test_prompt_with_embedded_resource',
    { description, argsSchema: z.object({ resourceUri: z.string() }) },
    ({ resourceUri }) => said(resource(resourceUri), text),
  );
}
