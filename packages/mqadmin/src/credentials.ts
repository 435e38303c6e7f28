import type { Credentials } from '@rocketmq-ts/admin';

/**
 * The key pair in the text of `tools.yml`: lines `accessKey: x` and `secretKey: y`, values bare or in quotes. Undefined when
 * one of them is missing or blank; then requests are not signed. Source: MQAdminStartup, AclUtils#getAclRPCHook.
 */
export function readCredentials(yaml: string): Credentials | undefined {
  const accessKey = scalar(yaml, 'accessKey');
  const secretKey = scalar(yaml, 'secretKey');
  return accessKey === '' || secretKey === '' ? undefined : { accessKey, secretKey };
}

function scalar(yaml: string, key: string): string {
  const line = new RegExp(`^${key}[ \\t]*:[ \\t]*(.*)$`, 'm').exec(yaml)?.[1] ?? '';
  const quoted = /^(["'])(.*?)\1/.exec(line);
  return quoted === null ? line.replace(/(^|\s)#.*$/, '').trim() : quoted[2]!;
}
