import type { NetworkInterface } from '@rocketmq-ts/kernel';

/** Bridges and the inner ends of containers and tunnels: no other machine reaches this one by them. */
const virtualName = /^(docker|br-|virbr|veth|cni|flannel|cali|tun|tap|vmnet|vboxnet)/;

/**
 * The address that names this machine in client ids: the first public IPv4, else the last private one, else an IPv6 in
 * brackets, else 127.0.0.1. Interfaces are asked, DNS never. Source: NetworkUtil#getLocalInetAddress.
 */
export function localAddress(interfaces: readonly NetworkInterface[]): string {
  const outside = interfaces.filter((one) => !one.loopback && !one.address.startsWith('127.'));
  const physical = outside.filter((one) => !virtualName.test(one.name));
  const candidates = physical.length > 0 ? physical : outside;
  const v4 = candidates.filter((one) => one.family === 'IPv4').map((one) => one.address);
  const chosen = v4.find((address) => !isPrivate(address)) ?? v4.at(-1);
  if (chosen !== undefined) return chosen;
  const v6 = candidates.filter((one) => one.family === 'IPv6').map((one) => one.address);
  const chosenV6 = v6.find((address) => !/^(fe80|f[cd])/i.test(address)) ?? v6[0];
  return chosenV6 === undefined ? '127.0.0.1' : `[${chosenV6}]`;
}

function isPrivate(address: string): boolean {
  return /^(10\.|127\.|169\.254\.|192\.168\.|172\.(1[6-9]|2\d|3[01])\.)/.test(address);
}

/** The instance name that means "nobody chose one". */
export const DEFAULT_INSTANCE_NAME = 'DEFAULT';

/** `<pid>#<nanoseconds>`: what `DEFAULT` becomes where two clients of one machine must not share an id. Source: ClientConfig#changeInstanceNameToPID. */
export function processInstanceName(pid: number, nanoseconds: number): string {
  return `${pid}#${nanoseconds}`;
}

/** `clientIP@instanceName[@unitName]`. Source: ClientConfig#buildMQClientId. */
export function buildClientId(clientIp: string, instanceName: string, unitName: string | undefined): string {
  return unitName === undefined || unitName === ''
    ? `${clientIp}@${instanceName}`
    : `${clientIp}@${instanceName}@${unitName}`;
}
