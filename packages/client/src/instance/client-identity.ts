/** Instance name of a client that was given none. */
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
