/**
 * The page in front of a made-up market, built and served by the host's own server, so that the content security policy
 * holds for it as for the real one. Built once per run into the system's temporary folder.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { startServer } from '../../host/server/server.ts';
import { FakeSource } from '../server/fake-source.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface DevPage {
  /** Address of the page; a query such as `?moving` may follow. */
  readonly url: string;
  close(): Promise<void>;
}

export async function serveDevPage(): Promise<DevPage> {
  const folder = mkdtempSync(join(tmpdir(), 'tidebook-page-'));
  await build({
    configFile: join(ROOT, 'web/vite.config.ts'),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true, rollupOptions: { input: join(ROOT, 'web/dev.html') } },
  });
  const server = await startServer({ source: new FakeSource(), port: 0, webFolder: folder });
  return {
    url: `${server.url}dev.html`,
    close: async () => {
      await server.close();
      rmSync(folder, { recursive: true });
    },
  };
}
