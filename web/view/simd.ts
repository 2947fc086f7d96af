/** Whether this browser has WebAssembly SIMD, without which the kernels cannot be loaded. */

/** A module with one function that makes a vector out of a number and returns it. */
const MODULE = Uint8Array.of(
  ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
  ...[1, 5, 1, 0x60, 0, 1, 0x7b],
  ...[3, 2, 1, 0],
  ...[10, 8, 1, 6, 0, 0x41, 0, 0xfd, 0x0f, 0x0b],
);

export function hasSimd(): boolean {
  return typeof WebAssembly === 'object' && WebAssembly.validate(MODULE);
}
