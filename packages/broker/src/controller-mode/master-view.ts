/** Who is master of this broker's group, as the controller says it. */
export interface MasterView {
  readonly masterBrokerId: number | undefined;
  readonly masterAddress: string | undefined;
  readonly masterEpoch: number | undefined;
  readonly syncStateSetEpoch: number | undefined;
  readonly inSync: readonly number[];
}

/** The fields of an answer or notice that name a master. */
export function masterOf(header: Partial<Omit<MasterView, 'inSync'>>): Omit<MasterView, 'inSync'> {
  const { masterBrokerId, masterAddress, masterEpoch, syncStateSetEpoch } = header;
  return { masterBrokerId, masterAddress, masterEpoch, syncStateSetEpoch };
}
