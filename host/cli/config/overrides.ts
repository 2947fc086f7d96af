/**
 * What the command line says over the configuration file, checked by the same rules.
 */
import { resolve } from 'node:path';
import * as v from 'valibot';
import { isLoopback } from './cross-check.ts';
import { ConfigError, shown } from './problem.ts';
import type { ConfigProblem } from './problem.ts';
import type { HostConfig } from './resolve.ts';
import { configSchema } from './schema.ts';
import { describe, schemaAt } from './schema-walk.ts';

/** Undefined: as the file says. Paths are relative to the working directory. */
export interface ConfigOverrides {
  readonly port?: number | undefined;
  readonly address?: string | undefined;
  readonly token?: string | undefined;
  readonly journalDirectory?: string | undefined;
  /** Of the recording. */
  readonly speed?: number | 'full' | undefined;
  readonly fastForwardSeconds?: number | undefined;
  readonly recordingFiles?: readonly string[] | undefined;
}

/** Where each override stands in the file, and the option that gives it. */
const PLACES: Readonly<Record<keyof ConfigOverrides, { readonly option: string; readonly path: readonly string[] }>> = {
  port: { option: '--port', path: ['host', 'port'] },
  address: { option: '--address', path: ['host', 'address'] },
  token: { option: '--token', path: ['host', 'token'] },
  journalDirectory: { option: '--journal', path: ['journal', 'directory'] },
  speed: { option: '--speed', path: ['recording', 'speed'] },
  fastForwardSeconds: { option: '--fast-forward', path: ['recording', 'fast_forward_seconds'] },
  recordingFiles: { option: '--recording', path: ['recording', 'files'] },
};

/** A new configuration. @throws ConfigError that names the option, its value and what would be valid. */
export function applyOverrides(config: HostConfig, overrides: ConfigOverrides): HostConfig {
  const problems: ConfigProblem[] = [];
  const report = (key: string, found: string, valid: string, remedy = ''): number =>
    problems.push({ key, found, valid, remedy });
  for (const [name, place] of Object.entries(PLACES)) {
    const value = overrides[name as keyof ConfigOverrides];
    if (value === undefined) continue;
    const schema = schemaAt(configSchema, place.path)!;
    const isValid = v.safeParse(schema as unknown as v.GenericSchema, value).success;
    if (!isValid) report(place.option, `is ${shown(value)}`, describe(schema)?.valid ?? '');
    else if (place.path[0] === 'recording' && name !== 'recordingFiles' && config.recording === null) {
      if (overrides.recordingFiles === undefined) {
        report(
          place.option,
          'is given, but there is no recording',
          '',
          'the configuration needs a section [recording]',
        );
      }
    }
  }
  const { port, address, token, journalDirectory, speed, fastForwardSeconds, recordingFiles } = overrides;
  const host = {
    ...config.host,
    port: port ?? config.host.port,
    address: address ?? config.host.address,
    token: token ?? config.host.token,
  };
  if (!isLoopback(host.address) && host.token === null) {
    report(
      '--address',
      `is ${shown(host.address)} without a token`,
      '',
      'others can reach it: set host.token or --token',
    );
  }
  const former = config.recording ?? { files: [], speed: 1, fastForwardSeconds: 0 };
  const hasRecording = config.recording !== null || recordingFiles !== undefined;
  const recording = {
    files: recordingFiles?.map((path) => resolve(path)) ?? former.files,
    speed: speed ?? former.speed,
    fastForwardSeconds: fastForwardSeconds ?? former.fastForwardSeconds,
  };
  const isShifted = recording.speed !== 1 || recording.fastForwardSeconds > 0;
  if (hasRecording && config.clock.source === 'wall' && isShifted) {
    const key = recording.speed === 1 ? 'fastForwardSeconds' : 'speed';
    report(
      PLACES[key].option,
      `is ${shown(recording[key])} while clock.source is "wall"`,
      key === 'speed' ? '1' : '0',
      'set clock.source = "venue": then time runs with the recording',
    );
  }
  if (problems.length > 0) throw new ConfigError('command line', problems);
  return {
    ...config,
    host,
    journal: {
      ...config.journal,
      directory: journalDirectory === undefined ? config.journal.directory : resolve(journalDirectory),
    },
    recording: hasRecording ? recording : null,
    venues: hasRecording ? config.venues.map((x) => ({ ...x, websocketUrl: null, restUrl: null })) : config.venues,
  };
}
