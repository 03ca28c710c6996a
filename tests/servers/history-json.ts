import { createRequire } from 'node:module';
import { join } from 'node:path';
import proto from '@temporalio/proto';
import { patchProtobufRoot } from '@temporalio/proto/lib/patch-protobuf-root.js';

type History = proto.temporal.api.history.v1.IHistory;

interface ProtoJson {
  toJson(type: unknown, message: unknown): unknown;
  fromJson(type: unknown, json: unknown): History;
}

// The SDK's own historyToJSON refuses @temporalio/proto's types where npm installs protobufjs more than once.
const { toJson, fromJson } = createRequire(createRequire(import.meta.url).resolve('@temporalio/proto'))(
  'protobufjs/ext/protojson.js',
) as ProtoJson;

const { History: HistoryMessage } = proto.temporal.api.history.v1;
// Its types lack what patching adds.
const root = patchProtobufRoot(proto) as unknown as { lookupType(name: string): unknown };
const historyType = root.lookupType('temporal.api.history.v1.History');

const projectFolder = join(import.meta.dirname, '../..');

/** Takes out what tells of the machine that recorded: its name, and its paths in the stacks of failures. */
function withoutMachine(name: string, value: unknown): unknown {
  if (name === 'identity') return 'recorder';
  if (typeof value !== 'string') return value;
  if (name !== 'data') return value.replaceAll(`${projectFolder}/`, '');
  const content = Buffer.from(value, 'base64').toString('utf8').replaceAll(`${projectFolder}/`, '');
  return Buffer.from(content).toString('base64');
}

/** A history in protobuf's JSON, as `temporal workflow show --output json` gives it. Its payloads must be JSON. */
export function writeHistory(history: History): string {
  return `${JSON.stringify(toJson(historyType, HistoryMessage.fromObject(history)), withoutMachine, 2)}\n`;
}

export function readHistory(text: string): History {
  return fromJson(historyType, JSON.parse(text));
}
