/** Why a message is not taken, as its client gets it. */
export class Refusal {
  readonly code: number;
  readonly remark: string;

  constructor(code: number, remark: string) {
    this.code = code;
    this.remark = remark;
  }
}
