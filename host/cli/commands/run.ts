/** `tidebook run`: the host with its dashboard, on real markets or on recordings that it serves to itself. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { pino } from 'pino';
import { listNumbers } from '../../capture/journal-files.ts';
import { startServer } from '../../server/server.ts';
import type { RunningServer } from '../../server/server.ts';
import { serveRecording } from '../../venues/binance-usdm/replay-server.ts';
import type { ReplayServer } from '../../venues/binance-usdm/replay-server.ts';
import { loadConfig } from '../config/load.ts';
import { applyOverrides } from '../config/overrides.ts';
import { resolveSession } from '../config/resolve.ts';
import type { HostConfig } from '../config/resolve.ts';
import { Host } from '../host.ts';
import type { HostVenue } from '../host.ts';
import { hostSource, hostSummary } from '../host-source.ts';
import { outcome, outcomeText } from '../outcome.ts';
import { configuredStrategy } from '../configured-strategy.ts';
import { packageFolder } from '../programs.ts';
import { CommandFailed, ExitCode } from './failure.ts';

export interface RunOptions {
  readonly config: string;
  readonly port?: number;
  readonly address?: string;
  readonly token?: string;
  readonly speed?: number | 'full';
  readonly fastForward?: number;
  readonly journal?: string;
  /** End the process with the recording instead of leaving the dashboard open. */
  readonly once: boolean;
  readonly json: boolean;
  readonly logLevel: string;
}

/** Journal directories of recordings get the time of their start, since every run begins anew. */
function journalDirectory(config: HostConfig, given: string | undefined): string {
  if (given !== undefined) return given;
  const { directory } = config.journal;
  return config.recording === null
    ? directory
    : join(directory, new Date().toISOString().slice(0, 19).replaceAll(':', '-'));
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function venuesOf(config: HostConfig, recording: ReplayServer | undefined): HostVenue[] {
  return config.venues.map((venue) => {
    const websocketUrl = recording?.websocketUrl ?? venue.websocketUrl;
    const restUrl = recording?.restUrl ?? venue.restUrl;
    if (websocketUrl === null || restUrl === null)
      throw new CommandFailed(`venue ${venue.id} has no addresses`, ExitCode.usage);
    return {
      name: venue.name,
      websocketUrl,
      restUrl,
      ...(venue.channels === null ? {} : { channels: venue.channels }),
    };
  });
}

export async function run(options: RunOptions): Promise<void> {
  const config = applyOverrides(loadConfig(options.config), {
    port: options.port,
    address: options.address,
    token: options.token,
    speed: options.speed,
    fastForwardSeconds: options.fastForward,
    journalDirectory: options.journal,
  });
  const strategy = await configuredStrategy(config);
  const log = pino({ level: options.logLevel, base: null }, pino.destination({ fd: 2, sync: true }));
  const { recording } = config;
  const speed = recording?.speed ?? 1;
  refusePaperWithoutClock(config, speed);
  const directory = journalDirectory(config, options.journal);
  refuseSecondRecording(config, directory);
  let venueServer: ReplayServer | undefined;
  let server: RunningServer | undefined;
  try {
    if (recording !== null) {
      const { fastForwardSeconds } = recording;
      venueServer = await serveRecording({
        files: recording.files,
        port: 0,
        speed,
        fastForwardSeconds,
        onNotice: (text) => log.info(text),
      });
    }
    const replica = join(packageFolder(), 'build/host/replica.js');
    const host = new Host({
      clock: config.clock,
      journal: {
        directory,
        flushMs: config.journal.flushMs,
        segmentBytes: config.journal.segmentBytes,
        ...(config.journal.segmentNs === null ? {} : { segmentNs: config.journal.segmentNs }),
        ...(config.journal.retainSegments === null ? {} : { retainSegments: config.journal.retainSegments }),
      },
      venues: venuesOf(config, venueServer),
      strategy,
      session: (epochNs) => resolveSession(config, epochNs),
      log,
      ...(existsSync(replica) ? { replica } : {}),
    });
    const description = {
      mode: recording === null ? config.host.mode : ('recording' as const),
      recording: {
        isRecording: recording !== null,
        description:
          recording === null
            ? ''
            : `Recorded market data, ${speed === 'full' ? 'as fast as it goes' : `${speed}x`}; orders are simulated`,
      },
    };
    server = await startServer({
      address: config.host.address,
      port: config.host.port,
      ...(config.host.token === null ? {} : { token: config.host.token }),
      webFolder: join(packageFolder(), 'build/web'),
      statusMs: config.host.statusMs,
      source: hostSource(host, description),
    });
    say(`dashboard  ${server.url}`);
    say(`journal    ${directory}`);
    if (recording !== null) say(`recording  ${description.recording.description} (Ctrl-C ends it)`);
    const recordingDamage: Error[] = [];
    venueServer?.done.catch((error: Error) => {
      recordingDamage.push(error);
      void host.stop('the recording cannot be read on');
    });
    await untilOver(host, options, () => recordingDamage.length > 0);
    for (const { message } of recordingDamage) throw new CommandFailed(message);
    if (host.failure !== undefined) throw new CommandFailed(host.failure.message);
  } finally {
    // Open ports would keep the process alive.
    await server?.close();
    await venueServer?.close();
  }
}

/** Runs the session, reports it, and waits for whoever still looks at the dashboard. */
async function untilOver(host: Host, options: RunOptions, isDamaged: () => boolean): Promise<void> {
  let isSignalled = false;
  const ended = new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      process.once(signal, () => {
        isSignalled = true;
        if (host.state !== 'ended') say(`${signal}: cancelling orders and closing the journal`);
        void host.stop(`the operator sent ${signal}`).then(resolve);
      });
    }
    void host.done.then(() => {
      if (options.once || host.failure !== undefined || isDamaged()) resolve();
      else if (!isSignalled) say('the session is over; the dashboard stays open until Ctrl-C');
    });
  });
  host.start();
  await host.done;
  report(host, options.json);
  await ended;
}

function report(host: Host, json: boolean): void {
  const { session } = host;
  const summary = hostSummary(host);
  if (session === undefined) {
    say(`no record arrived: ${summary.reason}`);
    if (json) process.stdout.write(`${JSON.stringify({ ...summary, journal: host.settings.journal.directory })}\n`);
    return;
  }
  const result = outcome(session, 0, host.kernels.sha256, summary.durationSeconds);
  if (json)
    process.stdout.write(
      `${JSON.stringify({ ...result, journal: host.settings.journal.directory, reason: summary.reason })}\n`,
    );
  else say(`\nsession ended: ${summary.reason}\n${outcomeText(result)}`);
}

/** A recording's times begin anew, and a journal's times never go back. */
function refuseSecondRecording(config: HostConfig, directory: string): void {
  if (config.clock.source === 'venue' && existsSync(directory) && listNumbers(directory, 'segment').length > 0) {
    throw new CommandFailed(
      `${directory} holds a journal already, and a recording with its own times cannot be added to it; give a new --journal directory`,
      ExitCode.usage,
    );
  }
}

/** At full speed the wall clock says nothing about when a quote would have stood. */
function refusePaperWithoutClock(config: HostConfig, speed: number | 'full'): void {
  if (config.recording !== null && speed === 'full' && config.clock.source === 'wall') {
    throw new CommandFailed(
      `${config.file}: a recording at full speed has no time of its own for paper orders; set [clock] source = "venue"`,
      ExitCode.usage,
    );
  }
}
