/** One event of a stream (HTML Living Standard, 9.2). */
export interface ServerEvent {
  id: string | undefined;
  event: string;
  data: string;
}

function parse(block: string): ServerEvent | null {
  const fields: Record<string, string> = {};
  for (const line of block.split('\n')) {
    const [, name, value = ''] = /^(\w+): ?(.*)$/.exec(line) ?? [];
    if (name !== undefined) fields[name] = name === 'data' && fields.data ? `${fields.data}\n${value}` : value;
  }
  return fields.data === undefined ? null : { id: fields.id, event: fields.event ?? 'message', data: fields.data };
}

/**
 * The events of a stream as they come; comments only show that it lives.
 * @param onSign called whenever anything comes
 */
export async function* readEvents(
  body: ReadableStream<Uint8Array<ArrayBuffer>>,
  onSign: () => void,
): AsyncGenerator<ServerEvent> {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let unread = '';
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    onSign();
    const blocks = (unread + value).split('\n\n');
    unread = blocks.pop() ?? '';
    for (const block of blocks) {
      const event = parse(block);
      if (event !== null) yield event;
    }
  }
}
