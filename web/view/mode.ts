/** What kind of session the page shows; its colour frames the page, so that a picture of it cannot be misread. */
import type { StatusJson } from '../../host/session/status.ts';

export interface Mode {
  readonly label: string;
  readonly className: 'recording' | 'paper' | 'live' | 'unknown';
}

export function modeOf(host: StatusJson | null): Mode {
  if (host === null) return { label: 'CONNECTING', className: 'unknown' };
  if (host.recording.isRecording || host.mode === 'recording') return { label: 'RECORDING', className: 'recording' };
  return host.mode === 'live' ? { label: 'LIVE', className: 'live' } : { label: 'PAPER', className: 'paper' };
}
