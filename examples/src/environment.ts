/** What a program may know of its environment. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** `NAMESRV_ADDR`, as all of Apache's examples take it; without it the name server of this machine. */
export function nameServers(env: Environment): string {
  return env.NAMESRV_ADDR ?? '127.0.0.1:9876';
}
