/** The table of symbols that frames may name: at most MAX_SYMBOLS, looked through from the front. */
import { ERROR_NOT_READY, MAX_SYMBOLS, MAX_SYMBOL_BYTES, SYMBOL_ENTRY_BYTES, state } from './state';
import { textEquals } from './text';

const LENGTH: usize = 32;
const INSTRUMENT: usize = 36;

/** Adds the symbol of `length` bytes at `from`; returns 0 or an error. */
export function addSymbolEntry(from: usize, length: i32, instrument: i32): i32 {
  const st = state();
  if (!st.sealed || st.symbols >= MAX_SYMBOLS || length < 1 || length > MAX_SYMBOL_BYTES) return ERROR_NOT_READY;
  if (instrument < 0 || instrument > 0xfffe || from < st.input || from + length > st.input + st.maxFrameBytes)
    return ERROR_NOT_READY;
  const entry = st.symbolTable + st.symbols * SYMBOL_ENTRY_BYTES;
  memory.copy(entry, from, length);
  store<i32>(entry, length, LENGTH);
  store<i32>(entry, instrument, INSTRUMENT);
  ++st.symbols;
  return 0;
}

/** The instrument whose symbol is the last text read, or -1. */
export function instrumentOfText(): i32 {
  const st = state();
  const end = st.symbolTable + st.symbols * SYMBOL_ENTRY_BYTES;
  for (let entry = st.symbolTable; entry < end; entry += SYMBOL_ENTRY_BYTES) {
    if (textEquals(entry, load<i32>(entry, LENGTH))) return load<i32>(entry, INSTRUMENT);
  }
  return -1;
}
