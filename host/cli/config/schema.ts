/**
 * The configuration file: its sections, their keys, defaults and bounds. What one key means for another stands in
 * cross-check.ts; docs/configuration.md is printed from here by document.ts.
 */
import * as v from 'valibot';
import { QUEUE_MODELS } from '../../session/config.ts';
import { amounts, choice, flag, parameters, powerOfTwo, real, realOr, text, texts, url, whole } from './keys.ts';

/** Milliseconds in a day: the largest wait that makes sense. */
const DAY_MS = 86_400_000;
/** Levels, ticks and records of a book's memory at most; keeps the core below 4 GiB. */
const MAX_BOOK = 1_048_576;

function section<const E extends v.ObjectEntries>(doc: string, entries: E) {
  return v.pipe(v.object(entries), v.metadata({ type: 'table', unit: '', valid: 'a table', doc }));
}

function sections<const S extends v.GenericSchema>(doc: string, item: S) {
  return v.pipe(v.array(item), v.metadata({ type: 'list of tables', unit: '', valid: 'a list of tables', doc }));
}

const host = section('The host as a whole and its server.', {
  mode: v.optional(choice(['paper'], 'paper: real market data, orders go to the simulated venue'), 'paper'),
  address: v.optional(text('address that the server listens on; another than 127.0.0.1 needs a token'), '127.0.0.1'),
  port: v.optional(whole({ unit: '', doc: 'port of page and API; 0: any free one', minimum: 0, maximum: 65535 }), 8787),
  token: v.optional(
    v.pipe(
      v.string(),
      v.minLength(16),
      v.metadata({
        type: 'text',
        unit: '',
        valid: 'a text of at least 16 characters',
        doc: 'secret that every request must carry; left out: none is needed',
      }),
    ),
  ),
  status_ms: v.optional(
    whole({ unit: 'ms', doc: 'time between two status messages to a page', minimum: 20, maximum: 60_000 }),
    250,
  ),
});

const clock = section('Where the time comes from.', {
  source: v.optional(
    choice(
      ['wall', 'venue'],
      "wall: this machine's clock; venue: a frame's venue time plus feed_latency_ms, so that every run of a recording gives the same times",
    ),
    'wall',
  ),
  feed_latency_ms: v.optional(
    real({ unit: 'ms', doc: "from a frame's venue time to its arrival here", minimum: 0, maximum: 60_000 }),
    2,
  ),
});

const journal = section('The journal: everything that happened, from which everything replays.', {
  directory: v.optional(text('where its files are written; relative to the configuration file'), 'journal'),
  flush_ms: v.optional(
    whole({ unit: 'ms', doc: 'longest time that a record waits in memory', minimum: 1, maximum: 50 }),
    20,
  ),
  segment_megabytes: v.optional(
    real({
      unit: 'MiB',
      doc: 'size at which the next segment starts, each with a snapshot of the state: smaller ones open faster',
      minimum: 1,
      maximum: 65_536,
    }),
    16,
  ),
  segment_minutes: v.optional(
    real({ unit: 'min', doc: 'time after which the next segment starts; left out: only size counts', above: 0 }),
  ),
  retain_segments: v.optional(
    whole({
      unit: 'segments',
      doc: 'newest segments kept, older ones are deleted; left out: all are kept',
      minimum: 2,
    }),
  ),
  checkpoint_records: v.optional(
    whole({
      unit: 'records',
      doc: 'the hashes are saved every so many input records; 0: never',
      minimum: 0,
      maximum: 2 ** 31 - 1,
    }),
    262_144,
  ),
});

const recording = section(
  "Recordings instead of the venue: the host serves them to itself in the venue's own protocol. Left out: the venue's own addresses are used.",
  {
    files: texts('recordings made by one host, merged by time; relative to the configuration file'),
    speed: v.optional(
      realOr('full', { unit: 's/s', doc: 'recorded seconds per second; full: as fast as the host reads', above: 0 }),
      1,
    ),
    fast_forward_seconds: v.optional(
      real({ unit: 's', doc: 'so much of the beginning goes by at full speed, as history', minimum: 0 }),
      0,
    ),
  },
);

const venue = section('A place to trade.', {
  name: text('which venue', 'the name of a venue: "binance-usdm"'),
  id: v.optional(text('how [[instrument]] refers to it; left out: its name')),
  websocket_url: v.optional(url(['ws', 'wss'], 'base address of the streams; not needed with [recording]')),
  rest_url: v.optional(url(['http', 'https'], 'base address of the REST interface; not needed with [recording]')),
  channels: v.optional(texts('channels that are subscribed to; left out: all that the host makes use of')),
});

const book = section("Bounds of the instrument's book.", {
  window_ticks: v.optional(
    powerOfTwo({
      unit: 'ticks',
      doc: 'ticks around the best price, per side, that are kept in the fast window',
      minimum: 128,
      maximum: MAX_BOOK,
    }),
    16_384,
  ),
  far_levels: v.optional(
    whole({
      unit: 'levels',
      doc: 'levels outside the window, per side; one more and the book is stale until the next snapshot',
      minimum: 1,
      maximum: MAX_BOOK,
    }),
    65_536,
  ),
  recentre_ticks: v.optional(
    whole({ unit: 'ticks', doc: 'the window moves by at most so many ticks a frame', minimum: 1, maximum: MAX_BOOK }),
    256,
  ),
  pending_records: v.optional(
    whole({
      unit: 'records',
      doc: 'changes kept while a snapshot is awaited; one more and they are dropped and the snapshot is asked for again',
      minimum: 64,
      maximum: MAX_BOOK,
    }),
    16_384,
  ),
  stale_after_ms: v.optional(
    whole({ unit: 'ms', doc: 'silence after which the book is stale; 0: never', minimum: 0, maximum: DAY_MS }),
    5000,
  ),
  retry_ms: v.optional(
    whole({ unit: 'ms', doc: 'wait before a failed snapshot request is repeated', minimum: 10, maximum: DAY_MS }),
    1000,
  ),
});

const instrument = section('Something that is traded. The first one has index 0, and so on.', {
  venue: text('id of its [[venue]]', 'the id (or, where it has none, the name) of a [[venue]]'),
  symbol: text('its name at the venue'),
  kind: v.optional(
    choice(
      ['spot', 'linear', 'inverse', 'outcome'],
      'linear: a contract settled in the quote currency; inverse: one settled in the base currency',
    ),
    'linear',
  ),
  base: text('base currency'),
  quote: text('quote currency'),
  settle: text('currency of profit and loss'),
  tick_size: real({ unit: 'quote currency', doc: 'smallest step of the price', above: 0 }),
  lot_size: real({ unit: 'base currency or contracts', doc: 'smallest step of the size', above: 0 }),
  multiplier: v.optional(
    real({
      unit: '',
      doc: 'value of a contract: 1 for spot and linear, quote currency per contract for inverse',
      above: 0,
    }),
    1,
  ),
  maker_fee_bps: real({
    unit: 'bps',
    doc: 'fee of an order that rested; negative: a rebate',
    minimum: -100,
    maximum: 1000,
  }),
  taker_fee_bps: real({ unit: 'bps', doc: 'fee of an order that took', minimum: -100, maximum: 1000 }),
  bridged_ids: v.optional(
    flag("whether a change of the book names the id before it; left out: as the venue's changes do"),
  ),
  book: v.optional(book, {}),
});

const feature = section(
  'A feature that strategies can read. None given: every built-in one, with its defaults, for every instrument.',
  {
    kind: text('which feature', 'the name of a feature, see below'),
    name: v.optional(text('name under which strategies find it; left out: its kind')),
    instrument: v.optional(text('symbol of one instrument; left out: every instrument')),
    parameters: v.optional(parameters("the feature's own parameters, see below"), {}),
  },
);

const strategy = section('What decides.', {
  module: text(
    'a built-in strategy, or the file of one of your own, relative to the configuration file',
    '"glft", "grid", or a path that starts with ./, ../ or /',
  ),
  instruments: texts('symbols of the instruments that it trades, the first one first'),
  step_ms: v.optional(
    whole({ unit: 'ms', doc: 'it decides every so many milliseconds; 0: only on events', minimum: 0, maximum: DAY_MS }),
    100,
  ),
  touch_move_ticks: v.optional(
    whole({ unit: 'ticks', doc: 'it decides when bid or ask moved by so much; 0: never', minimum: 0 }),
    0,
  ),
  min_wake_ms: v.optional(
    whole({ unit: 'ms', doc: 'least time between two decisions by touch_move_ticks', minimum: 0, maximum: DAY_MS }),
    0,
  ),
  order_capacity: v.optional(
    whole({ unit: 'orders', doc: 'own orders that may be open; one more is denied', minimum: 1, maximum: 4096 }),
    16,
  ),
  parameters: v.optional(parameters("the strategy's own parameters, see below"), {}),
});

const riskInstrument = section('Limits of one instrument; every traded instrument needs them.', {
  symbol: text('which instrument', 'the symbol of an [[instrument]]'),
  max_order_lots: whole({ unit: 'lots', doc: 'largest single order', minimum: 1 }),
  max_position_lots: whole({
    unit: 'lots',
    doc: 'largest position, long or short, if everything open on one side were executed',
    minimum: 1,
  }),
  collar_bps: v.optional(
    real({ unit: 'bps', doc: 'furthest that an order may be from the mid', above: 0, maximum: 10_000 }),
    50,
  ),
  max_open_orders: v.optional(
    whole({ unit: 'orders', doc: 'own orders that may still be executed', minimum: 1, maximum: 4096 }),
    4,
  ),
});

const risk = section('What stands between strategy and venue.', {
  messages_per_second: v.optional(real({ unit: '1/s', doc: 'refill of the message budget', above: 0 }), 50),
  message_burst: v.optional(
    real({ unit: 'messages', doc: 'size of the message budget: an order and its cancel at least', minimum: 2 }),
    100,
  ),
  cancel_share: v.optional(
    real({ unit: '', doc: 'part of the budget that is kept for cancels', minimum: 0, below: 1 }),
    0.3,
  ),
  max_open_orders: v.optional(
    whole({ unit: 'orders', doc: 'own orders at all instruments that may still be executed', minimum: 1 }),
    8,
  ),
  loss_limit: v.optional(
    amounts('settlement currency', 'by currency: the loss at which everything is cancelled and trading stops'),
    {},
  ),
  instrument: v.optional(sections('Limits by instrument.', riskInstrument), []),
});

const simulation = section('The simulated venue.', {
  schedule: v.optional(choice(['asReceived'], 'asReceived: a record acts when it was received'), 'asReceived'),
  order_latency_in_ms: v.optional(
    real({ unit: 'ms', doc: "from us to the venue's matching", minimum: 0, maximum: 60_000 }),
    5,
  ),
  order_latency_out_ms: v.optional(
    real({ unit: 'ms', doc: "from the venue's matching to us", minimum: 0, maximum: 60_000 }),
    5,
  ),
  queue_model: v.optional(
    choice(QUEUE_MODELS, 'how the size ahead of an order shrinks when others cancel; riskAverse: not at all'),
    'power',
  ),
  queue_power: v.optional(real({ unit: '', doc: 'exponent of the power models', above: 0, maximum: 100 }), 3),
  partial_fills: v.optional(
    flag('whether a print executes as much of an order as it holds; false: all of the order or nothing'),
    true,
  ),
  answer_capacity: v.optional(
    whole({
      unit: 'answers',
      doc: 'answers that may be on their way; one more ends the session with an error',
      minimum: 16,
      maximum: MAX_BOOK,
    }),
    1024,
  ),
});

/** The same keys, none of them required and none with a default. */
function overrides<const E extends v.ObjectEntries>(table: {
  readonly entries: E;
  readonly pipe: readonly [unknown, { readonly metadata: { readonly doc: string } }];
}) {
  return section(table.pipe[1].metadata.doc, v.partial(v.object(table.entries)).entries);
}

const account = section(
  'An account of its own over the same market. None given: one account called main. Keys that it leaves out are those of the sections above; [account.strategy.parameters] are laid over the ones above unless the module is another one, loss limits and instrument limits are replaced one by one. A session runs one strategy module, so all accounts name the same.',
  {
    name: text('its name'),
    strategy: v.optional(overrides(strategy)),
    risk: v.optional(overrides(risk)),
    simulation: v.optional(overrides(simulation)),
  },
);

export const configSchema = section('The file.', {
  host: v.optional(host, {}),
  clock: v.optional(clock, {}),
  journal: v.optional(journal, {}),
  recording: v.optional(recording),
  venue: sections('The venues.', venue),
  instrument: sections('The instruments.', instrument),
  feature: v.optional(sections('The features.', feature), []),
  strategy: strategy,
  risk: risk,
  simulation: v.optional(simulation, {}),
  account: v.optional(sections('The accounts.', account), []),
});

/** The file as it was written, checked key by key, with its defaults. */
export type ConfigFile = v.InferOutput<typeof configSchema>;
