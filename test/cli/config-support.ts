/** What the tests of the configuration share: a small valid file, and the problems of a changed one. */
import { configFrom } from '../../host/cli/config/load.ts';
import { ConfigError } from '../../host/cli/config/problem.ts';
import type { ConfigProblem } from '../../host/cli/config/problem.ts';

export const MINIMAL = `
[[venue]]
name = "binance-usdm"
websocket_url = "wss://venue.example"
rest_url = "https://venue.example"
[[instrument]]
venue = "binance-usdm"
symbol = "BTCUSDT"
base = "BTC"
quote = "USDT"
settle = "USDT"
tick_size = 0.1
lot_size = 0.001
maker_fee_bps = 2
taker_fee_bps = 5
[strategy]
module = "glft"
instruments = ["BTCUSDT"]
[risk]
[[risk.instrument]]
symbol = "BTCUSDT"
max_order_lots = 10
max_position_lots = 100
`;

/** The file without one line, and with others instead of it. */
export function changed(line: string, ...replacement: string[]): string {
  const lines = MINIMAL.split('\n');
  const at = lines.indexOf(line);
  if (at < 0) throw new Error(`the minimal configuration has no line ${line}`);
  lines.splice(at, 1, ...replacement);
  return lines.join('\n');
}

export function errorOf(toml: string, file = '/somewhere/host.toml'): ConfigError {
  try {
    configFrom(file, toml);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

export function problemsOf(toml: string): readonly ConfigProblem[] {
  return errorOf(toml).problems;
}
