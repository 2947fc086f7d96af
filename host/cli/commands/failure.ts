/** Exit codes of the command line, and the error that carries one. */
export const ExitCode = {
  done: 0,
  /** Something went wrong while it ran; the message says what and how to mend it. */
  failed: 1,
  /** The command line or the configuration is not valid. */
  usage: 2,
  /** A replay that is not equal, where equality was demanded; a doctor that found something unfit. */
  notEqual: 3,
} as const;

/** An error whose message is meant for the user as it stands. */
export class CommandFailed extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode: number = ExitCode.failed) {
    super(message);
    this.exitCode = exitCode;
  }
}
