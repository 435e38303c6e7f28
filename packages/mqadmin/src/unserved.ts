/** Why a group of Apache's commands is not here, and what serves instead. */
interface Unserved {
  readonly names: readonly string[];
  /** Continues "<name> is not served yet by this version: ". */
  readonly instead: string;
}

/** Commands that Apache's mqadmin 5.4.0 has and this one has not. Source: MQAdminStartup#initCommand. */
const UNSERVED: readonly Unserved[] = [
  {
    names: ['exportMetrics'],
    instead: 'copy the files under <store folder>/config, or use getBrokerConfig, topicList and brokerStatus',
  },
];

/** All names, for tests. */
export const UNSERVED_NAMES: readonly string[] = UNSERVED.flatMap(({ names }) => names);

/** One sentence about a command that Apache has and this version has not; undefined for any other. Ignores case. */
export function whyUnserved(wanted: string): string | undefined {
  const lower = wanted.toLowerCase();
  for (const { names, instead } of UNSERVED) {
    const name = names.find((each) => each.toLowerCase() === lower);
    if (name !== undefined) return `${name} is not served yet by this version: ${instead}.`;
  }
  return undefined;
}
