import type { RemotingConnection } from '@rocketmq-ts/remoting';

/** One client of a group, on the connection its last heartbeat came over. */
export interface GroupMember {
  readonly clientId: string;
  readonly connection: RemotingConnection;
  readonly language: string;
  readonly version: number;
  lastHeartbeatMs: number;
}

/** What a heartbeat was: of a client that was not there; of one that is known; of one that is known over another connection. */
export type Arrival = 'JOINED' | 'KNOWN' | 'MOVED';

/**
 * The members of a group by client id, in the order in which they joined. Where two connections that are both open give one client
 * id, they are most likely two processes: the one with the last heartbeat is the member, and the other one is kept aside
 * until that one leaves, so that the end of one process does not remove the other one from its group.
 */
export class GroupMembers {
  readonly #current = new Map<string, GroupMember>();
  readonly #aside = new Map<string, GroupMember[]>();

  get byId(): Map<string, GroupMember> {
    return this.#current;
  }

  /** `rival` is the member of the same client id over another connection that is open. */
  register(member: GroupMember): { readonly arrival: Arrival; readonly rival: GroupMember | undefined } {
    const { clientId, connection } = member;
    const before = this.#current.get(clientId);
    this.#current.set(clientId, member);
    if (before === undefined) return { arrival: 'JOINED', rival: undefined };
    if (before.connection === connection) return { arrival: 'KNOWN', rival: undefined };
    const aside = (this.#aside.get(clientId) ?? []).filter(
      (other) => other.connection !== connection && other.connection !== before.connection && !other.connection.closed,
    );
    if (!before.connection.closed) aside.push(before);
    this.#setAside(clientId, aside);
    return { arrival: 'MOVED', rival: before.connection.closed ? undefined : before };
  }

  /** The connection that a leaving client means: the one of its request, or the member's when that one gave no heartbeat. */
  connectionOf(clientId: string, spokenOver: RemotingConnection): RemotingConnection {
    const aside = this.#aside.get(clientId) ?? [];
    const isKnown = aside.some(({ connection }) => connection === spokenOver);
    return isKnown ? spokenOver : (this.#current.get(clientId)?.connection ?? spokenOver);
  }

  /** A client left, or its connection closed. True when no other connection has its id. */
  leave(clientId: string, connection: RemotingConnection): boolean {
    const current = this.#current.get(clientId);
    if (current === undefined) return false;
    const aside = this.#aside.get(clientId) ?? [];
    const others = aside.filter((other) => other.connection !== connection && !other.connection.closed);
    const next = current.connection === connection ? others.pop() : current;
    this.#setAside(clientId, others);
    if (next === undefined) return this.#current.delete(clientId);
    this.#current.set(clientId, next);
    return false;
  }

  /** Members, and those aside, whose last heartbeat is older. */
  silentSince(monotonicMs: number): GroupMember[] {
    const all = [...this.#current.values(), ...[...this.#aside.values()].flat()];
    return all.filter(({ lastHeartbeatMs }) => lastHeartbeatMs < monotonicMs);
  }

  #setAside(clientId: string, members: GroupMember[]): void {
    if (members.length === 0) this.#aside.delete(clientId);
    else this.#aside.set(clientId, members);
  }
}
