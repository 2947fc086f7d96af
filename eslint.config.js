import js from '@eslint/js';
import reactHooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/** Rooms on the decision path: no clock, no chance, no locale, no inexact function, no unordered iteration. */
const DECISION_ROOMS = ['events', 'kernels', 'portfolio', 'engine', 'risk', 'session'].map((r) => `host/${r}/**/*.ts`);
const INEXACT =
  'acos acosh asin asinh atan atan2 atanh cbrt cos cosh exp expm1 hypot log log10 log1p log2 pow sin sinh tan tanh'.split(
    ' ',
  );

export default tseslint.config(
  { ignores: ['build/', 'node_modules/', 'assembly/', 'test/fixtures/features/', 'test/lts/node_modules/'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        projectService: {
          allowDefaultProject: ['*.js', '*.cjs'],
        },
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      eqeqeq: 'error',
    },
  },
  {
    files: DECISION_ROOMS,
    rules: {
      'no-restricted-properties': [
        'error',
        ...INEXACT.map((property) => ({
          object: 'Math',
          property,
          message: "differs between engines by an ulp; use the kernels' function (ctx.math)",
        })),
        {
          object: 'Math',
          property: 'random',
          message: "decisions are pure; take randomness from the configuration's seed",
        },
      ],
      'no-restricted-globals': [
        'error',
        { name: 'Date', message: 'use the time of the wake' },
        { name: 'performance', message: 'use the time of the wake' },
        { name: 'setTimeout', message: 'ask for a step or a timer' },
        { name: 'setInterval', message: 'ask for a step or a timer' },
        { name: 'process', message: 'pure rooms know no process' },
        { name: 'Intl', message: 'locales differ between machines' },
      ],
      'no-restricted-syntax': [
        'error',
        { selector: "BinaryExpression[operator='**']", message: '** differs between Node 20 and 24; use ctx.math.pow' },
        {
          selector: "AssignmentExpression[operator='**=']",
          message: '** differs between Node 20 and 24; use ctx.math.pow',
        },
        { selector: 'ForInStatement', message: 'order is not guaranteed; iterate over an array' },
        { selector: 'CallExpression[callee.property.name=/^toLocale/]', message: 'locales differ between machines' },
      ],
    },
  },
  { files: ['web/**/*.{ts,tsx}'], plugins: { 'react-hooks': reactHooks }, rules: reactHooks.configs.recommended.rules },
  {
    files: ['**/*.js', '**/*.cjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: {
        process: 'readonly',
        performance: 'readonly',
        console: 'readonly',
        module: 'writable',
        URL: 'readonly',
      },
    },
  },
);
