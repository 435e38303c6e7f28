import type { StatusPeer } from '../status/status-events.ts';

type PeerListener = (type: 'connected' | 'lost', peer: StatusPeer) => void;

/** The servers to which a client instance is connected, and who wants to know when that changes. */
export class Peers {
  readonly #connected = new Map<string, StatusPeer>();
  readonly #listeners = new Set<PeerListener>();
  /** The broker at an address; undefined when none is known there. */
  readonly #brokerAt: (address: string) => string | undefined;
  readonly #isNameServer: (address: string) => boolean;

  constructor(brokerAt: (address: string) => string | undefined, isNameServer: (address: string) => boolean) {
    this.#brokerAt = brokerAt;
    this.#isNameServer = isNameServer;
  }

  get connected(): readonly StatusPeer[] {
    return [...this.#connected.values()];
  }

  /** Returns a function that ends it. */
  watch(listener: PeerListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** An address that is connected already has a new connection in place of one that its server wants closed. */
  opened(address: string): void {
    this.closed(address);
    const brokerName = this.#brokerAt(address);
    const isNameServer = brokerName === undefined && this.#isNameServer(address);
    const peer: StatusPeer = { peer: isNameServer ? 'NAME_SERVER' : 'BROKER', address, brokerName };
    this.#connected.set(address, peer);
    for (const listener of [...this.#listeners]) listener('connected', peer);
  }

  closed(address: string): void {
    const peer = this.#connected.get(address);
    if (peer === undefined) return;
    this.#connected.delete(address);
    for (const listener of [...this.#listeners]) listener('lost', peer);
  }
}
