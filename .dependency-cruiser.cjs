/**
 * The rooms of host/, lowest first. A room imports only rooms below it; venues and capture, and formats and measure, do
 * not import each other; pure rooms import nothing of Node's or the browser's.
 */
const ROOMS = [
  'events',
  'kernels',
  'portfolio',
  'engine',
  'risk',
  'session',
  'venues',
  'capture',
  'formats',
  'measure',
  'research',
  'server',
  'cli',
];
const PURE = ['events', 'kernels', 'portfolio', 'engine', 'risk', 'session'];

const upward = ROOMS.slice(0, -1).map((room, i) => ({
  name: `${room}-imports-only-below`,
  comment: `host/${room} imports only the rooms below it`,
  severity: 'error',
  from: { path: `^host/${room}/` },
  to: { path: `^host/(${ROOMS.slice(i + 1).join('|')})/` },
}));

module.exports = {
  forbidden: [
    ...upward,
    { name: 'venues-capture', severity: 'error', from: { path: '^host/capture/' }, to: { path: '^host/venues/' } },
    { name: 'formats-measure', severity: 'error', from: { path: '^host/measure/' }, to: { path: '^host/formats/' } },
    {
      name: 'pure-rooms-know-no-node',
      severity: 'error',
      from: { path: `^host/(${PURE.join('|')})/` },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'web-imports-session-and-below',
      severity: 'error',
      from: { path: '^web/' },
      to: { path: '^host/(venues|capture|formats|measure|research|server|cli|reference)/' },
    },
    {
      name: 'reference-is-for-tests',
      severity: 'error',
      from: { path: '^host/(?!reference)' },
      to: { path: '^host/reference/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^build/(?!generated)' },
    tsPreCompilationDeps: true,
  },
};
