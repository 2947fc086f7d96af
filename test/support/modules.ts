/** The built WebAssembly modules, compiled once per test process. */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../../', import.meta.url));

const loaded = new Map<string, WebAssembly.Module>();

/** A module under build/, e.g. `kernels.wasm` or `checked/kernels.wasm`. Throws with the remedy where it is not built. */
export function builtModule(name: string): WebAssembly.Module {
  let module = loaded.get(name);
  if (module === undefined) {
    const path = `${ROOT}build/${name}`;
    if (!existsSync(path)) throw new Error(`${path} is missing; run: node tools/build.js --with-checked`);
    module = new WebAssembly.Module(readFileSync(path));
    loaded.set(name, module);
  }
  return module;
}

export const kernels = (): WebAssembly.Module => builtModule('kernels.wasm');
export const checkedKernels = (): WebAssembly.Module => builtModule('checked/kernels.wasm');
export const decoders = (): WebAssembly.Module => builtModule('decoders.wasm');
