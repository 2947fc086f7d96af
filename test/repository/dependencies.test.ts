/** What is installed: exact versions, allowed licences, nothing that runs at installation. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT } from '../support/modules.ts';

interface Manifest {
  readonly name: string;
  readonly license?: string | { readonly type: string };
  readonly licenses?: readonly { readonly type: string }[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
  readonly allowScripts?: Readonly<Record<string, boolean>>;
  readonly scripts?: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly version?: string; readonly integrity?: string; readonly hasInstallScript?: boolean }>
  >;
}

const ALLOWED = new Set([
  ...['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '0BSD', 'Python-2.0', 'BlueOak-1.0.0'],
  ...['CC0-1.0', 'CC-BY-4.0', 'MPL-2.0'],
]);

const read = <T>(path: string): T => JSON.parse(readFileSync(join(ROOT, path), 'utf8')) as T;

/** True where one side of an `OR`, or all sides of an `AND`, are allowed. */
function isAllowed(expression: string): boolean {
  const bare = expression.replace(/[()]/g, '').trim();
  if (bare.includes(' OR ')) return bare.split(' OR ').some(isAllowed);
  return bare.split(' AND ').every((name) => ALLOWED.has(name.trim()));
}

function licenceOf(manifest: Manifest): string {
  const { license, licenses } = manifest;
  if (typeof license === 'string') return license;
  return license?.type ?? licenses?.map((entry) => entry.type).join(' OR ') ?? 'none given';
}

/** Folders of all packages below a node_modules, nested ones included. */
function packagesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (!entry.isDirectory() || entry.name.startsWith('.')) return [];
    const path = join(folder, entry.name);
    if (entry.name.startsWith('@')) return packagesIn(path);
    return existsSync(join(path, 'package.json')) ? [path, ...packagesIn(join(path, 'node_modules'))] : [];
  });
}

describe.each(['package.json', 'test/lts/package.json'])('%s', (path) => {
  const manifest = read<Manifest>(path);

  it('names exact versions only', () => {
    const all = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });
    expect(all.length).toBeGreaterThan(0);
    for (const [name, version] of all) expect(version, name).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it('is under Apache-2.0', () => {
    expect(manifest.license).toBe('Apache-2.0');
  });

  it('has a lock that fits it, with a checksum for every package', () => {
    const lock = read<Lock>(path.replace('package.json', 'package-lock.json'));
    for (const [name, version] of Object.entries({ ...manifest.dependencies, ...manifest.devDependencies })) {
      expect(lock.packages[`node_modules/${name}`]?.version, name).toBe(version);
    }
    for (const [place, entry] of Object.entries(lock.packages)) {
      if (place !== '') expect(entry.integrity, place).toMatch(/^sha512-/);
    }
  });

  it('needs no install scripts', () => {
    const lock = read<Lock>(path.replace('package.json', 'package-lock.json'));
    const withScript = Object.entries(lock.packages).filter(([, entry]) => entry.hasInstallScript === true);
    const names = withScript.map(([place]) => place.slice(place.lastIndexOf('node_modules/') + 13));
    // A package may have one (esbuild's checks the binary that npm has put there already); it is switched off by name.
    for (const name of names) expect(manifest.allowScripts?.[name] ?? 'not named in allowScripts', name).toBe(false);
    for (const name of ['preinstall', 'install', 'postinstall', 'prepare'])
      expect(manifest.scripts?.[name]).toBeUndefined();
  });
});

describe('installed packages', () => {
  const folders = packagesIn(join(ROOT, 'node_modules'));

  it('are there', () => {
    expect(folders.length).toBeGreaterThan(100);
  });

  it('have licences that are on the list', () => {
    const others = folders
      .map((folder) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Manifest)
      .filter((manifest) => !isAllowed(licenceOf(manifest)))
      .map((manifest) => `${manifest.name}: ${licenceOf(manifest)}`);
    expect(others).toEqual([]);
  });

  it('would be noticed under another licence', () => {
    expect(isAllowed('GPL-3.0-only')).toBe(false);
    expect(isAllowed('(MIT OR GPL-3.0-only)')).toBe(true);
    expect(isAllowed('MIT AND GPL-3.0-only')).toBe(false);
    expect(isAllowed(licenceOf({ name: 'x' }))).toBe(false);
  });
});
