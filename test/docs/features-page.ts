/** docs/features.md from the descriptors of the features (build/generated/host/features.ts). */
import type { FeatureKind } from '#generated/features.ts';

const HEAD = `# Features

A feature is a number that strategies can read, computed once per record inside \`kernels.wasm\`. Each is one file in
\`assembly/features/\` that opens with a descriptor, and one line in \`assembly/features/registry.txt\`. This page is made
from the descriptors; a test keeps it so (\`UPDATE_DOCS=1 npx vitest run test/docs\` writes it).

A strategy asks for an output by name, \`context.feature('ofi.value')\` or \`context.feature('BTCUSDT:ofi.value')\`, and reads
it with \`view.feature(index)\`, but only where \`view.featureIsValid(index)\` says that it means something. The same feature
can be configured several times, under names of its own (\`[[feature]]\` in docs/configuration.md).

All are reset when a book becomes live or stops being live. Touch: the newer of the book and the venue's best bid and ask.
`;

/** A cell of a table: a bar would end it. */
const cell = (text: string | number): string => String(text).replaceAll('|', '\\|');

function table(heads: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const lines = [heads, heads.map(() => '---'), ...rows.map((row) => row.map(cell))];
  return lines.map((line) => `| ${line.join(' | ')} |\n`).join('');
}

/** `windowMs` as a configuration file has it. */
const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function section(kind: FeatureKind): string {
  const outputs = table(
    ['output', 'unit', 'valid when', 'window', 'from'],
    kind.output.map((o) => [`\`${kind.name}.${o.name}\``, o.unit, o.validity, o.window, o.source]),
  );
  const parameters =
    kind.parameter.length === 0
      ? 'It takes no parameters.\n'
      : table(
          ['parameter', 'unit', 'default', 'from', 'to', 'what'],
          kind.parameter.map((p) => [`\`${snakeCase(p.name)}\``, p.unit, p.default, p.minimum, p.maximum, p.doc]),
        );
  const hooks = kind.hooks.map((hook) => `\`${hook}\``).join(', ');
  return `\n## ${kind.name}\n\n${kind.doc}\n\n${outputs}\n${parameters}\nCalled at: ${hooks}. Source: \`assembly/features/${kind.name}.ts\`.\n`;
}

export function featuresPage(kinds: readonly FeatureKind[]): string {
  return HEAD + kinds.map(section).join('');
}
