#!/usr/bin/env node
/** The command line: `tidebook COMMAND`. Results go to stdout, everything else to stderr; exit codes as in ExitCode. */
import { join } from 'node:path';
import { Command, InvalidArgumentError, Option } from 'commander';
import { serveRecording } from '../venues/binance-usdm/replay-server.ts';
import { backtest } from './commands/backtest.ts';
import { CommandFailed, ExitCode } from './commands/failure.ts';
import { FORMATS, importBinanceLog } from './commands/import.ts';
import { replay, replayText } from './commands/replay.ts';
import { run } from './commands/run.ts';
import type { RunOptions } from './commands/run.ts';
import { writeConfigurationDocs } from './config/document.ts';
import { loadConfig } from './config/load.ts';
import { ConfigError } from './config/problem.ts';
import { resolveSession } from './config/resolve.ts';
import { configuredStrategy } from './configured-strategy.ts';
import { doctorText, runDoctor } from './doctor.ts';
import { outcomeText } from './outcome.ts';
import { packageFolder, packageVersion } from './programs.ts';

const DEMO = `${packageFolder()}/config/demo.toml`;

const print = (value: unknown) =>
  process.stdout.write(`${typeof value === 'string' ? value : JSON.stringify(value)}\n`);

function port(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 0 && value <= 65535) return value;
  throw new InvalidArgumentError('give a whole number from 0 (any free port) to 65535');
}

function speed(text: string): number | 'full' {
  const value = text === 'full' ? text : Number(text);
  if (value === 'full' || value > 0) return value;
  throw new InvalidArgumentError('give a number above 0 (recorded seconds per second) or "full"');
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() !== '' && Number.isFinite(value) && value >= 0) return value;
  throw new InvalidArgumentError('give a number of seconds from 0');
}

/** The settings of a configuration file with its strategy, for a given journal. */
async function settingsFrom(path: string) {
  const config = loadConfig(path);
  const strategy = await configuredStrategy(config);
  return { config, strategy, session: (epochNs: bigint) => resolveSession(config, epochNs) };
}

const program = new Command('tidebook')
  .description('A market-making host for crypto perpetuals in which everything is a replay of a journal.')
  .version(packageVersion())
  // Commands inherit it from here: an error of the command line gets an exit code of ours.
  .exitOverride()
  .showHelpAfterError('(tidebook COMMAND --help explains it)')
  .addHelpText(
    'after',
    `\nExit codes: ${ExitCode.done} done, ${ExitCode.failed} failed (stderr says why), ${ExitCode.usage} command line or configuration not valid, ${ExitCode.notEqual} not equal or not fit.`,
  );

program
  .command('run')
  .description('run the host and its dashboard')
  .option('--config <file>', 'configuration (TOML)', DEMO)
  .option('--port <n>', 'port of the dashboard; 0: any free one', port)
  .option('--address <address>', 'address of the dashboard; another than 127.0.0.1 needs --token')
  .option('--token <text>', 'secret that the dashboard and the API ask for')
  .option('--speed <x>', 'recorded seconds per second, or "full"', speed)
  .option('--fast-forward <seconds>', 'so much of the recording at full speed, as history', Number)
  .option('--journal <dir>', 'write the journal here')
  .option('--once', 'end with the recording instead of leaving the dashboard open', false)
  .addOption(
    new Option('--log-level <level>', 'what goes to stderr')
      .choices(['debug', 'info', 'warn', 'error'])
      .default('warn'),
  )
  .option('--json', 'one JSON object on stdout at the end', false)
  .action((options: RunOptions) => run(options));

program
  .command('serve-recording')
  .description("serve recordings in the venue's own protocol on 127.0.0.1")
  .argument('<file...>', 'recordings (raw Binance USD-M logs, gzip or plain)')
  .requiredOption('--port <n>', 'port; 0: any free one', port)
  .option('--speed <x>', 'recorded seconds per second, or "full"', speed, 1)
  .option('--fast-forward <seconds>', 'so much of the beginning at full speed', seconds, 0)
  .option('--json', 'one JSON object on stdout at the end', false)
  .action(
    async (files: string[], options: { port: number; speed: number | 'full'; fastForward: number; json: boolean }) => {
      const notice = (text: string) => process.stderr.write(`${text}\n`);
      const server = await serveRecording({
        files,
        port: options.port,
        speed: options.speed,
        fastForwardSeconds: options.fastForward,
        onNotice: notice,
      });
      notice(
        `websocket_url = "${server.websocketUrl}"\nrest_url = "${server.restUrl}"\nsymbols ${server.symbols.join(', ')} (Ctrl-C ends it)`,
      );
      for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close());
      // An open port would keep the process alive where the recording cannot be read on.
      const summary = await server.done.finally(() => server.close());
      if (options.json) print(summary);
      else
        notice(
          `${summary.isComplete ? 'the recording is over' : 'ended early'}: ${summary.sentFrames} frames in ${summary.seconds.toFixed(1)} s`,
        );
    },
  );

program
  .command('import')
  .description("make a journal from another program's recordings")
  .addOption(new Option('--from <format>', 'what the files are').choices([...FORMATS]).makeOptionMandatory())
  .requiredOption('--to <dir>', 'new journal directory')
  .option('--config <file>', 'instruments, strategy and limits that the journal carries', DEMO)
  .option('--json', 'one JSON object on stdout', false)
  .argument('<file...>', 'recordings, merged by time')
  .action(async (files: string[], options: { to: string; config: string; json: boolean }) => {
    const { config, strategy, session } = await settingsFrom(options.config);
    const report = await importBinanceLog({
      to: options.to,
      files,
      feedLatencyNs: config.clock.feedLatencyMs * 1e6,
      segmentBytes: config.journal.segmentBytes,
      strategy,
      session,
      warn: (text) => process.stderr.write(`${text}\n`),
    });
    if (options.json) print(report);
    else
      print(
        `${report.records} records of ${report.frames} frames in ${report.seconds.toFixed(1)} s -> ${report.directory}\ninputHash ${report.inputHash}`,
      );
  });

program
  .command('replay')
  .description('recompute everything that a journal derives from its inputs, and report the first difference')
  .argument('<dir>', 'journal')
  .option('--verify', 'fail unless everything is equal and was recorded by these very programs', false)
  .option('--skip-damaged', 'go on behind damaged blocks and report the holes', false)
  .option('--json', 'one JSON object on stdout', false)
  .action(async (dir: string, options: { verify: boolean; skipDamaged: boolean; json: boolean }) => {
    const report = await replay(dir, options);
    print(options.json ? report : replayText(report));
    if (options.verify && !report.equal) process.exitCode = ExitCode.notEqual;
  });

program
  .command('backtest')
  .description("run a journal's market data with simulated orders, as fast as the machine goes")
  .argument('<dir>', 'journal')
  .option('--config <file>', "other settings than the journal's")
  .option('--json', 'one JSON object on stdout', false)
  .action(async (dir: string, options: { config?: string; json: boolean }) => {
    const file = options.config;
    const report = await backtest(
      dir,
      file === undefined
        ? {}
        : {
            replacement: async (epochNs) => {
              const { session, strategy } = await settingsFrom(file);
              return { config: session(epochNs), strategy };
            },
          },
    );
    if (options.json) print(report);
    else for (const account of report.accounts) print(`account ${account.name}\n${outcomeText(account)}`);
    // A strategy that failed has not been tested, whatever its profit says.
    if (report.accounts.some((account) => account.failure !== null)) process.exitCode = ExitCode.failed;
  });

program
  .command('doctor')
  .description('say what of the machine and the installation is fit, and what to do where it is not')
  .option('--config <file>', 'whose port and journal directory are tried', DEMO)
  .addOption(new Option('--write-docs', 'write docs/configuration.md anew').hideHelp())
  .option('--json', 'one JSON object on stdout', false)
  .action(async (options: { config: string; json: boolean; writeDocs?: boolean }) => {
    if (options.writeDocs) return writeConfigurationDocs(join(packageFolder(), 'docs/configuration.md'));
    const { host, journal } = loadConfig(options.config);
    const report = await runDoctor({
      buildDirectory: join(packageFolder(), 'build'),
      packageFile: join(packageFolder(), 'package.json'),
      journalDirectory: journal.directory,
      address: host.address,
      port: host.port,
    });
    if (options.json) print(report);
    else process.stdout.write(doctorText(report));
    if (!report.ok) process.exitCode = ExitCode.notEqual;
  });

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

/** Says what went wrong, once, and gives the exit code. */
function exitCodeOf(error: unknown): number {
  const failure = error as { code?: string; exitCode?: number; message?: string; stack?: string };
  if (typeof failure.code === 'string' && failure.code.startsWith('commander.')) {
    return failure.exitCode === 0 ? ExitCode.done : ExitCode.usage;
  }
  if (process.env['TIDEBOOK_TRACE'] !== undefined) process.stderr.write(`${failure.stack ?? ''}\n`);
  process.stderr.write(`tidebook: ${failure.message ?? String(error)}\n`);
  if (error instanceof CommandFailed) return error.exitCode;
  return error instanceof ConfigError ? ExitCode.usage : ExitCode.failed;
}
