import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { operations } from '../../core/operations/index.ts';
import { inputSchemaFor } from '../../core/operations/invoke.ts';
import { createToolCatalog } from '../../mcp/tool-catalog.ts';

const entries = [...createToolCatalog(operations).values()];
const RECORDED = new URL('./tools/', import.meta.url);

describe.each(entries.map((entry) => [entry.operation.name, entry] as const))('%s', (name, { operation, tool }) => {
  test('is as recorded: a change of the contract shows in review (record anew: node tools/record-tools.ts)', () => {
    const recorded: unknown = JSON.parse(readFileSync(new URL(`${name}.json`, RECORDED), 'utf8'));
    expect(JSON.parse(JSON.stringify(tool))).toEqual(recorded);
  });

  test('has a title, exact annotations, schemas and an example that parses', () => {
    expect(tool.name).toMatch(/^[a-z_]{1,64}$/);
    expect(tool.title).toBeTruthy();
    expect(tool.description?.length).toBeLessThanOrEqual(2048);
    const { kind } = operation;
    expect(tool.annotations).toMatchObject(
      kind === 'R'
        ? { readOnlyHint: true, openWorldHint: false }
        : { readOnlyHint: false, destructiveHint: kind === 'D', openWorldHint: false },
    );
    expect(tool.inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
    // What its person is asked to confirm is what a dry run tells.
    if (kind === 'D') expect(tool.inputSchema.properties).toHaveProperty('dry_run');
    expect(Object.keys(tool.outputSchema.properties ?? {}).length).toBeGreaterThan(0);
    expect(operation.examples.length).toBeGreaterThan(0);
    for (const example of operation.examples) inputSchemaFor(operation, { kind: 'app' }).parse(example);
  });

  test('takes no secret from an app (invariant 1)', () => {
    for (const member of Object.keys(operation.inputOfPeople?.shape ?? {})) {
      if (!(member in operation.input.shape)) expect(tool.inputSchema.properties).not.toHaveProperty(member);
    }
  });
});

test('nothing is recorded of tools that are gone', () => {
  const recorded = readdirSync(RECORDED).map((file) => file.replace(/\.json$/, ''));
  expect(recorded.sort()).toEqual(entries.map(({ tool }) => tool.name).sort());
});

test('tools/list stays under 48 KB without output schemas and 96 KB with them', () => {
  const tools = entries.map(({ tool }) => tool);
  const without = tools.map(({ outputSchema: _left, ...rest }) => rest);
  expect(Buffer.byteLength(JSON.stringify(without))).toBeLessThan(48 * 1024);
  expect(Buffer.byteLength(JSON.stringify(tools))).toBeLessThan(96 * 1024);
});
