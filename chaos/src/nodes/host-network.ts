import { run } from './command.ts';
import { namespaceName } from './names.ts';

/** What a fault does to the packets of one node: rules of nftables for what it receives and for what it sends. */
export interface PacketRules {
  readonly input: readonly string[];
  readonly output: readonly string[];
  /** Of the interface, where packets can be sent once more. */
  readonly sentTwice?: readonly string[];
}

/** How a fault shapes what a node sends: arguments of `tc` after `dev eth0`, in order, and rules that go with them. */
export interface Shape {
  readonly queues: readonly (readonly string[])[];
  readonly output: readonly string[];
}

/** A network namespace with one interface, `eth0`, at the switch of the run; all that faults do to a network is done here. */
export class HostNetwork {
  readonly namespace: string;
  readonly address: string;
  readonly #rules = new Map<string, PacketRules>();
  #shape: { readonly fault: string; readonly shape: Shape } | undefined;
  #work: Promise<unknown> = Promise.resolve();

  constructor(namespace: string, address: string) {
    this.namespace = namespace;
    this.address = address;
  }

  /** Words before a command that is to run in this namespace; the process id is then that of the command. */
  get prefix(): readonly string[] {
    return ['nsenter', `--net=/var/run/netns/${this.namespace}`];
  }

  /** Until `heal` is called with the same name. */
  async harm(fault: string, rules: PacketRules): Promise<void> {
    this.#rules.set(fault, rules);
    await this.#apply();
  }

  /** One shape at a time: the last one counts. */
  async shape(fault: string, shape: Shape): Promise<void> {
    await this.#clearShape();
    this.#shape = { fault, shape };
    for (const words of shape.queues) await this.#inside('tc', words);
    await this.#apply();
  }

  async heal(fault: string): Promise<void> {
    this.#rules.delete(fault);
    if (this.#shape?.fault === fault) await this.#clearShape();
    await this.#apply();
  }

  /** Whether `tc` takes these words here. */
  async canShape(words: readonly string[]): Promise<boolean> {
    try {
      await this.#inside('tc', words);
      await this.#inside('tc', ['qdisc', 'del', 'dev', 'eth0', 'root']);
      return true;
    } catch {
      return false;
    }
  }

  async #clearShape(): Promise<void> {
    if (this.#shape === undefined) return;
    this.#shape = undefined;
    await this.#inside('tc', ['qdisc', 'del', 'dev', 'eth0', 'root']);
  }

  /** The whole table is written anew in one step. Overlapping faults call this at the same time, so each waits for the last. */
  #apply(): Promise<void> {
    const work = this.#work.then(async () => {
      const rules = [...this.#rules.values()];
      const input = rules.flatMap((each) => each.input);
      const output = [...rules.flatMap((each) => each.output), ...(this.#shape?.shape.output ?? [])];
      const sentTwice = rules.flatMap((each) => each.sentTwice ?? []);
      const text = [
        'table inet chaos',
        'delete table inet chaos',
        'table inet chaos {',
        ' chain received {',
        '  type filter hook input priority 0',
        ...input.map((rule) => `  ${rule}`),
        ' }',
        ' chain sent {',
        '  type route hook output priority 0',
        ...output.map((rule) => `  ${rule}`),
        ' }',
        '}',
        'table netdev chaos',
        'delete table netdev chaos',
        ...(sentTwice.length === 0
          ? []
          : [
              'table netdev chaos {',
              ' chain sent {',
              '  type filter hook egress device "eth0" priority 0',
              ...sentTwice.map((rule) => `  ${rule}`),
              ' }',
              '}',
            ]),
        '',
      ];
      const [command = '', ...words] = this.prefix;
      await run(command, [...words, 'nft', '-f', '-'], text.join('\n'));
    });
    this.#work = work.catch(() => {});
    return work;
  }

  async #inside(command: string, args: readonly string[]): Promise<void> {
    const [first = '', ...words] = this.prefix;
    await run(first, [...words, command, ...args]);
  }
}

/**
 * The switch: a namespace with a bridge that all hosts of a run have a cable to. Nothing of it is in the machine's own network, and it
 * leads nowhere else.
 */
export class Switch {
  readonly #owner: number;
  readonly #namespace: string;

  constructor(owner: number) {
    this.#owner = owner;
    this.#namespace = namespaceName(owner, 'switch');
  }

  async make(): Promise<void> {
    await run('ip', ['netns', 'add', this.#namespace]);
    await this.#ip('link', 'add', 'br0', 'type', 'bridge');
    await this.#ip('link', 'set', 'br0', 'up');
  }

  /** The address of the host with this number, from 1 on. */
  static address(number: number): string {
    return `10.77.0.${number}`;
  }

  /** A new host with an address of its own, connected. */
  async host(name: string, number: number): Promise<HostNetwork> {
    const namespace = namespaceName(this.#owner, name);
    const address = Switch.address(number);
    await run('ip', ['netns', 'add', namespace]);
    const port = `port${number}`;
    await run('ip', [
      ...['link', 'add', port, 'netns', this.#namespace, 'type', 'veth'],
      ...['peer', 'name', 'eth0', 'netns', namespace],
    ]);
    await this.#ip('link', 'set', port, 'master', 'br0', 'up');
    await run('ip', ['-n', namespace, 'addr', 'add', `${address}/24`, 'dev', 'eth0']);
    await run('ip', ['-n', namespace, 'link', 'set', 'eth0', 'up']);
    await run('ip', ['-n', namespace, 'link', 'set', 'lo', 'up']);
    return new HostNetwork(namespace, address);
  }

  async #ip(...args: readonly string[]): Promise<void> {
    await run('ip', ['-n', this.#namespace, ...args]);
  }
}
