/**
 * How far an order has advanced in its queue: the plain twin of assembly/sim/queue.ts, model by model as hftbacktest's
 * documentation ("Order Fill") states them. Sizes in lots; our own order is not part of the displayed size.
 */
export type PlainQueueModel = 'riskAverse' | 'power' | 'power2' | 'power3' | 'log' | 'log2';

/** The two functions whose last bit differs between engines; tests hand in the kernels' own. */
export interface QueueMath {
  pow(x: number, y: number): number;
  log(x: number): number;
}

/** Probability that a decrease happened behind us. */
export function probabilityBehind(
  model: PlainQueueModel,
  n: number,
  front: number,
  back: number,
  math: QueueMath,
): number {
  const share = (): number => {
    switch (model) {
      case 'power':
        return math.pow(back, n) / (math.pow(back, n) + math.pow(front, n));
      case 'power2':
        return math.pow(back, n) / math.pow(back + front, n);
      case 'power3':
        return 1 - math.pow(front / (front + back), n);
      case 'log':
        return math.log(1 + back) / (math.log(1 + back) + math.log(1 + front));
      case 'log2':
        return math.log(1 + back) / math.log(1 + back + front);
      case 'riskAverse':
        throw new Error('riskAverse knows no probability');
    }
  };
  const p = share();
  return Number.isFinite(p) ? p : 1;
}

/** Lots ahead after the displayed size went from `before` to `after`, of which `traded` were prints that we saw. */
export function frontAfterChange(
  model: PlainQueueModel,
  n: number,
  front: number,
  traded: number,
  before: number,
  after: number,
  math: QueueMath,
): number {
  if (model === 'riskAverse') return Math.min(front, after);
  const unexplained = before - after - traded;
  if (unexplained < 0) return Math.min(front, after);
  const back = before - front;
  const p = probabilityBehind(model, n, front, back, math);
  return Math.min(front - (1 - p) * unexplained + Math.min(back - p * unexplained, 0), after);
}
