/** Begins the names of all that a run makes outside of its folder, so that a later run can remove what a killed one left. */
const PREFIX = 'rmqchaos';

/** Name of a network namespace; `owner` is the process id of the run. */
export function namespaceName(owner: number, node: string): string {
  return `${PREFIX}-${owner}-${node}`;
}

/** The process id of the run that made a namespace; undefined for a namespace that is none of ours. */
export function ownerOfNamespace(name: string): number | undefined {
  const owner = new RegExp(`^${PREFIX}-(\\d+)-`).exec(name)?.[1];
  return owner === undefined ? undefined : Number(owner);
}

/** Working folders: `<temporary folder>/rmqchaos-<owner>-…`. */
export function folderPrefix(owner: number): string {
  return `${PREFIX}-${owner}-`;
}

/** The process id of the run to which a mounted path belongs. */
export function ownerOfPath(path: string): number | undefined {
  const owner = new RegExp(`/${PREFIX}-(\\d+)-`).exec(path)?.[1];
  return owner === undefined ? undefined : Number(owner);
}

/** Name of the control group of a node of a run. */
export function groupName(owner: number, node: string): string {
  return `${folderPrefix(owner)}${node}`;
}
