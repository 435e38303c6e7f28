import { type ClientConnection, versionDescription } from '@rocketmq-ts/admin';

/** A connected client as commands show it. */
export interface ClientRow {
  readonly clientId: string;
  readonly address: string;
  readonly language: string;
  /** `V5_4_0`. */
  readonly version: string;
}

/** The row of a client. */
export function clientRow({ clientId, clientAddr, language, version }: ClientConnection): ClientRow {
  return { clientId, address: clientAddr, language, version: versionDescription(version) };
}
