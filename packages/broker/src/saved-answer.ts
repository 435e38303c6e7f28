import { systemErrorCode, type WhenSaved } from '@rocketmq-ts/kernel';
import { ResponseCode } from '@rocketmq-ts/protocol';

interface PlainCall {
  answer(header: object, more: { readonly body?: Uint8Array | undefined }): void;
  fail(code: number, remark: string): void;
}

/** Answers a change that is in force: with success only when a start would find it. */
export function answerWhenSaved(call: PlainCall, body?: Uint8Array): WhenSaved {
  return (failure) => {
    if (failure === undefined) return call.answer({}, { body });
    call.fail(
      ResponseCode.SYSTEM_ERROR,
      `the change is in force but could not be saved: ${systemErrorCode(failure) ?? failure.message}; it is tried again, and lost if the broker ends before that succeeds`,
    );
  };
}
