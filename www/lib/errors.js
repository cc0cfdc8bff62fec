/** @typedef {import('./index.js').ErrorCode} ErrorCode */

/** The one error of this package: `code` from a closed list (see index.d.ts), what was found, and what to do. */
export class DermError extends Error {
  /**
   * @param {ErrorCode} code
   * @param {string} message
   * @param {string} [hint]
   */
  constructor(code, message, hint = '') {
    super(message);
    this.name = 'DermError';
    this.code = code;
    this.hint = hint;
  }
}

/** @param {AbortSignal | undefined} [signal] whose reason is named in the message */
export function aborted(signal) {
  const reason = signal?.reason;
  const timedOut = reason instanceof Error && reason.name === 'TimeoutError';
  return new DermError('aborted', timedOut ? 'the time that the caller allowed is over' : 'the caller stopped this call');
}

export const closed = () => new DermError('closed', 'this classifier is closed', 'Create another one.');
