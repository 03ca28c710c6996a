import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import { parse } from 'yaml';
import { loadConfig } from '../../../core/config.ts';

interface Service {
  image?: string;
  environment?: Record<string, unknown>;
  volumes?: string[];
  healthcheck?: { test: string[] };
}

const root = join(import.meta.dirname, '../../..');
const text = readFileSync(join(root, 'docker-compose.yml'), 'utf8');
const compose = parse(text, { merge: true }) as { services: Record<string, Service>; volumes: Record<string, null> };
const known = parseEnv(readFileSync(join(root, '.env.example'), 'utf8'));

describe('docker-compose.yml', () => {
  test('is valid by the compose specification', () => {
    const { $schema, ...schema } = JSON.parse(readFileSync(join(import.meta.dirname, 'compose-spec.json'), 'utf8'));
    const validate = new Ajv({ strict: false, validateFormats: false }).compile(schema);
    validate(compose);
    expect(validate.errors).toBeNull();
  });

  test('uses no setting that .env.example does not tell of', () => {
    const interpolated = [...text.matchAll(/(?<!\$)\$\{(\w+)/g)].map(([, name]) => name ?? '');
    const ours = Object.values(compose.services).filter(({ image }) => image === 'agentgateway');
    const given = ours.flatMap(({ environment = {} }) => Object.keys(environment));
    expect(given).toContain('DATABASE_URL_JOBS');
    expect([...interpolated, ...given].filter((name) => !(name in known))).toEqual([]);
  });

  test('gives the owner of the database to the migrations only', () => {
    const owners = Object.entries(compose.services).filter(([, { environment = {} }]) => 'DATABASE_URL' in environment);
    expect(owners.map(([name]) => name)).toEqual(['migrate']);
  });

  test('keeps what waits on disk, and the exported heads, when containers are made anew', () => {
    for (const name of ['relay', 'workers']) {
      expect(compose.services[name]?.volumes).toEqual([`${name}:/data`]);
      expect(compose.volumes).toHaveProperty(name);
    }
  });

  test('lets the migrations begin when Temporal has its namespace, not as soon as it answers', () => {
    expect(compose.services.temporal?.healthcheck?.test.slice(1)).toEqual(
      expect.arrayContaining(['search-attribute', 'list', '--namespace']),
    );
  });
});

describe('.env.example', () => {
  test('shows the defaults', () => {
    expect(loadConfig(known)).toEqual(loadConfig({}));
  });
});
