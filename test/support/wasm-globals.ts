/** Reads a WebAssembly module's global section: how many of its globals can change. */

const GLOBAL_SECTION = 6;

/** Throws where the bytes are no module, or a global begins with an expression that is no constant. */
export function mutableGlobals(wasm: Uint8Array): number {
  if (wasm[0] !== 0 || wasm[1] !== 0x61 || wasm[2] !== 0x73 || wasm[3] !== 0x6d)
    throw new Error('this is no WebAssembly module');
  let at = 8;
  const number = (): number => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = wasm[at++]!;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < wasm.length) {
    const section = wasm[at++]!;
    const length = number();
    if (section !== GLOBAL_SECTION) {
      at += length;
      continue;
    }
    let mutable = 0;
    for (let left = number(); left > 0; left--) {
      at += 1;
      mutable += wasm[at++]!;
      skipConstant();
    }
    return mutable;
  }
  return 0;

  /** A constant expression: one instruction and its end. */
  function skipConstant(): void {
    const opcode = wasm[at++]!;
    if (opcode === 0x41 || opcode === 0x42 || opcode === 0x23) number();
    else if (opcode === 0x43) at += 4;
    else if (opcode === 0x44) at += 8;
    else if (opcode === 0xfd && wasm[at] === 0x0c) at += 17;
    else throw new Error(`global with opcode ${opcode} at byte ${at}`);
    if (wasm[at++] !== 0x0b) throw new Error(`the expression of a global does not end at byte ${at}`);
  }
}
