/** Why a request is not served, as its client gets it. */
export class Refusal {
  readonly code: number;
  readonly remark: string;
  /** Of a pull that is forbidden. */
  readonly forbiddenType: number | undefined;

  constructor(code: number, remark: string, forbiddenType?: number) {
    this.code = code;
    this.remark = remark;
    this.forbiddenType = forbiddenType;
  }
}
