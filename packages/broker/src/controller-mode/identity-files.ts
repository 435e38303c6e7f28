import { type Disk, replaceFile } from '@rocketmq-ts/kernel';
import { BrokerError } from '../errors.ts';

/** Who this broker is at the controller, for ever: its id belongs to its store. Source: BrokerMetadata. */
export interface ReplicaIdentity {
  readonly clusterName: string;
  readonly brokerName: string;
  readonly brokerId: number;
}

/** An id that is being applied for; the code lets a broker that was stopped meanwhile apply again. Source: TempBrokerMetadata. */
export interface AppliedIdentity extends ReplicaIdentity {
  /** `<address>;<milliseconds>` */
  readonly registerCheckCode: string;
}

export interface IdentityFilesParts {
  readonly disk: Disk;
  /** `brokerIdentity`; the one of an id that is applied for is beside it, with `-temp`. */
  readonly path: string;
  /** What the configuration says. */
  readonly clusterName: string;
  readonly brokerName: string;
}

/** `brokerIdentity` and `brokerIdentity-temp` as Apache's broker keeps them: the parts in one line, with `#` between. */
export class IdentityFiles {
  readonly #parts: IdentityFilesParts;

  constructor(parts: IdentityFilesParts) {
    this.#parts = parts;
  }

  /** Undefined before this broker has an id. Throws `REPLICA_IDENTITY_INVALID`: damaged, or of another broker. */
  read(): ReplicaIdentity | undefined {
    const { path } = this.#parts;
    return this.#read(path, 3)?.identity;
  }

  /** Undefined when no id is being applied for; one that can't be read counts as none, since the id may be asked for again. */
  readApplied(): AppliedIdentity | undefined {
    const path = `${this.#parts.path}-temp`;
    try {
      const read = this.#read(path, 4);
      return read && { ...read.identity, registerCheckCode: read.rest[0]! };
    } catch (error) {
      if (!(error instanceof BrokerError)) throw error;
      this.#parts.disk.remove(path);
      return undefined;
    }
  }

  /** Durable when it returns. */
  apply({ clusterName, brokerName, brokerId, registerCheckCode }: AppliedIdentity): void {
    this.#write(`${this.#parts.path}-temp`, [clusterName, brokerName, brokerId, registerCheckCode]);
  }

  /** The id was refused. */
  forgetApplied(): void {
    this.#parts.disk.remove(`${this.#parts.path}-temp`);
  }

  /** The id is this broker's; durable when it returns. */
  keep({ clusterName, brokerName, brokerId }: ReplicaIdentity): void {
    this.#write(this.#parts.path, [clusterName, brokerName, brokerId]);
    this.forgetApplied();
  }

  #write(path: string, parts: readonly (string | number)[]): void {
    const { disk } = this.#parts;
    makeFolderOf(disk, path);
    replaceFile(disk, path, Buffer.from(parts.join('#')));
  }

  #read(path: string, count: number): { identity: ReplicaIdentity; rest: readonly string[] } | undefined {
    const { disk, clusterName, brokerName } = this.#parts;
    const text = disk.readFile(path)?.toString().trim();
    if (text === undefined || text === '') return undefined;
    const [cluster = '', name = '', id = '', ...rest] = text.split('#');
    if (rest.length !== count - 3 || !/^\d{1,15}$/.test(id)) {
      throw invalid(
        `${path} has "${text}" instead of cluster#name#id; put a good copy there, or remove it together with the store to begin as a new replica`,
      );
    }
    if (cluster !== clusterName || name !== brokerName) {
      throw invalid(
        `${path} is that of ${name} in ${cluster}, and this broker is ${brokerName} in ${clusterName}: set brokerName and brokerClusterName to these names again, or storePathRootDir to another folder`,
      );
    }
    return { identity: { clusterName, brokerName, brokerId: Number(id) }, rest };
  }
}

function invalid(sentence: string): BrokerError {
  return new BrokerError('REPLICA_IDENTITY_INVALID', sentence);
}

function makeFolderOf(disk: Disk, path: string): void {
  const folder = path.slice(0, Math.max(1, path.lastIndexOf('/')));
  if (disk.stat(folder) === undefined) disk.makeDirectory(folder);
}
