/** The inexact functions as this engine has them; good enough where a test compares with a tolerance. */
import type { ExactMath } from '../../host/engine/strategy.ts';

export const plainMath: ExactMath = {
  exp: Math.exp,
  log: Math.log,
  log1p: Math.log1p,
  expm1: Math.expm1,
  pow: Math.pow,
  tanh: Math.tanh,
};
