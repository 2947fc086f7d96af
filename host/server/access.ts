/**
 * Who may talk to the server. It listens on the loopback address unless a token is set; the Host header must name the
 * server itself, so that a foreign page whose name was pointed at 127.0.0.1 is refused; the Origin of a WebSocket or of a
 * request that changes something must be the server's own.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { Problem } from './problem.ts';

const LOOPBACK_NAMES = ['127.0.0.1', 'localhost', '::1'];
/** A short secret could be tried out over the network. */
const MINIMUM_TOKEN_CHARACTERS = 16;

export interface AccessOptions {
  /** The address that the server listens on. */
  readonly address: string;
  readonly token: string | undefined;
  /** Further names in the Host header, for instance that of a reverse proxy. */
  readonly allowedHosts: readonly string[];
}

/** @throws where the address is reachable from outside and no fit token is set */
export function checkAccessOptions(options: AccessOptions): void {
  const { address, token } = options;
  if (token !== undefined && token.length < MINIMUM_TOKEN_CHARACTERS) {
    throw new Error(
      `the dashboard's token has ${token.length} characters; use at least ${MINIMUM_TOKEN_CHARACTERS}, e.g. from "openssl rand -hex 16"`,
    );
  }
  if (!isLoopback(address) && token === undefined) {
    throw new Error(
      `the dashboard would listen on ${address}, where other machines reach it, without a token; set a token, or listen on 127.0.0.1`,
    );
  }
}

export function isLoopback(address: string): boolean {
  return LOOPBACK_NAMES.includes(address) || (isIP(address) === 4 && address.startsWith('127.'));
}

/** Throws a Problem where the Host header is not one of ours. */
export function checkHost(request: IncomingMessage, options: AccessOptions): void {
  const name = hostName(request.headers.host);
  const isOurs =
    name !== null &&
    (LOOPBACK_NAMES.includes(name) ||
      name === options.address ||
      options.allowedHosts.includes(name) ||
      // Rebinding needs a name; an address in the Host header is the one that was connected to.
      (!isLoopback(options.address) && isIP(name) !== 0));
  if (!isOurs) {
    throw new Problem(
      421,
      `Host "${request.headers.host ?? ''}" is not this server's`,
      'open the address that the host printed when it started',
    );
  }
}

/** Throws a Problem where a browser says that another site's page made the request. Programs send no Origin. */
export function checkOrigin(request: IncomingMessage): void {
  const origin = request.headers.origin;
  if (origin === undefined) return;
  const host = request.headers.host ?? '';
  if (origin !== `http://${host}` && origin !== `https://${host}`) {
    throw new Problem(403, `requests from ${origin} are refused`, `open the page from http://${host} itself`);
  }
}

/** Throws a Problem where a token is set and the request carries none or another one. */
export function checkToken(request: IncomingMessage, query: URLSearchParams, options: AccessOptions): void {
  if (options.token === undefined) return;
  const header = request.headers.authorization ?? '';
  const given = /^bearer /i.test(header) ? header.slice(7).trim() : query.get('token');
  if (given === null || !isSame(given, options.token)) {
    throw new Problem(
      401,
      'the token is missing or wrong',
      'send "Authorization: Bearer TOKEN", or open the page with ?token=TOKEN',
    );
  }
}

/** In constant time, whatever the lengths. */
function isSame(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

/** The name in a Host header, without port and brackets; null where it has no valid form. */
function hostName(header: string | undefined): string | null {
  const match = /^(?:\[([0-9a-f:.]+)\]|([a-z0-9._-]+))(?::\d{1,5})?$/i.exec(header ?? '');
  return match === null ? null : (match[1] ?? match[2] ?? '').toLowerCase();
}
