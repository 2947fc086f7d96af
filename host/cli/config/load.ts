/**
 * Reads a configuration file and gives what the host works with, or says everything that is wrong with it.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { crossCheck } from './cross-check.ts';
import { parseConfig } from './parse.ts';
import { ConfigError } from './problem.ts';
import { resolveConfig } from './resolve.ts';
import type { HostConfig } from './resolve.ts';

/** @throws ConfigError that names file, key, value and remedy of every problem. */
export function loadConfig(path: string): HostConfig {
  return configFrom(path, readText(path));
}

/** The same from a text; `path` is where its relative paths start and what errors name. */
export function configFrom(path: string, toml: string): HostConfig {
  const sections = parseConfig(path, toml);
  const problems = crossCheck(sections, dirname(resolve(path)));
  if (problems.length > 0) throw new ConfigError(path, problems);
  return resolveConfig(path, sections);
}

const REMEDIES: Readonly<Record<string, string>> = {
  ENOENT: 'check the path, or start from config/demo.toml',
  EISDIR: 'name the file in it',
  EACCES: 'make it readable for this user',
};

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const { code = '', message } = error as NodeJS.ErrnoException;
    const found =
      code === 'ENOENT'
        ? 'does not exist'
        : code === 'EISDIR'
          ? 'is a directory, not a configuration file'
          : `cannot be read (${code || message})`;
    throw new ConfigError(path, [{ key: '', found, valid: '', remedy: REMEDIES[code] ?? 'check the disk' }]);
  }
}
