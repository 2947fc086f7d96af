/** `tidebook import --from binance-log --to DIR FILE...`: recordings of other programs become a journal. */
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { JournalWriter } from '../../capture/journal-writer.ts';
import { readBinanceLog, recordingEpochNs } from '../../formats/binance-log.ts';
import type { BinanceLogCounts } from '../../formats/binance-log.ts';
import type { SessionConfig } from '../../session/config.ts';
import { inputHasher } from '../input-hasher.ts';
import { decodersProgram, kernelsProgram, packageVersion, sha256Text } from '../programs.ts';
import type { LoadedStrategy } from '../programs.ts';
import { CommandFailed, ExitCode } from './failure.ts';

export const FORMATS = ['binance-log'] as const;

export interface ImportOptions {
  readonly to: string;
  readonly files: readonly string[];
  readonly feedLatencyNs: number;
  readonly segmentBytes: number;
  readonly strategy: LoadedStrategy;
  readonly session: (epochNs: bigint) => SessionConfig;
  readonly warn: (text: string) => void;
}

export interface ImportReport extends BinanceLogCounts {
  readonly directory: string;
  readonly inputHash: string;
  readonly seconds: number;
}

/** Records between two looks at the size of the segment. */
const TICK_EVERY = 4096;

export async function importBinanceLog(options: ImportOptions): Promise<ImportReport> {
  const { to, files } = options;
  if (existsSync(to) && readdirSync(to).length > 0) {
    throw new CommandFailed(`${to} is not empty; import into a new directory`, ExitCode.usage);
  }
  const started = performance.now();
  const epochNs = await recordingEpochNs(files);
  const config = options.session(epochNs);
  const text = JSON.stringify(config);
  const kernels = kernelsProgram();
  const writer = JournalWriter.open(to, {
    header: {
      tidebookVersion: packageVersion(),
      kernelsSha256: kernels.sha256,
      strategySha256: options.strategy.sha256,
      configSha256: sha256Text(text),
      session: { importedFrom: 'binance-log', feedLatencyNs: options.feedLatencyNs },
      epochNs,
    },
    config: text,
    definitions: JSON.stringify(config.instruments),
    strategy: options.strategy.bytes,
    hasher: inputHasher(new WebAssembly.Module(kernels.bytes)),
    segmentBytes: options.segmentBytes,
  });
  let sinceTick = 0;
  try {
    const counts = await readBinanceLog({
      files,
      decoders: new WebAssembly.Module(decodersProgram().bytes),
      epochNs,
      feedLatencyNs: options.feedLatencyNs,
      instruments: config.instruments,
      deliver: (records, count) => {
        writer.inputs(records.bytes.subarray(0, count * 64));
        sinceTick += count;
        if (sinceTick >= TICK_EVERY) {
          sinceTick = 0;
          writer.tick(performance.now());
        }
      },
      refused: (frame) =>
        options.warn(`a frame of ${frame.byteLength} bytes could not be read at byte ${frame.byteOffset}`),
    });
    for (const symbol of counts.withoutSnapshot) {
      options.warn(`${symbol}: the recording holds no depth snapshot, so its book never becomes live`);
    }
    const inputHash = writer.inputHash.toString(16).padStart(16, '0');
    writer.close();
    return {
      ...counts,
      records: writer.records,
      directory: to,
      inputHash,
      seconds: (performance.now() - started) / 1000,
    };
  } catch (error) {
    // Half an import would pass for a whole one. The directory was empty before.
    writer.close();
    rmSync(to, { recursive: true });
    throw error;
  }
}
