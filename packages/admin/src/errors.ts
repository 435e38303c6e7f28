import { CodedError } from '@rocketmq-ts/kernel';

/**
 * Why an operation on a cluster did not work.
 *
 * | code | meaning | retryable |
 * | --- | --- | --- |
 * | `REFUSED` | a server answered with an error; `responseCode`, `remark` and `address` say which | no |
 * | `NO_NAME_SERVER` | none of the name servers could be reached; the message names each with its reason | yes |
 * | `UNREACHABLE` | a broker could not be reached or did not answer in time | yes |
 * | `NO_BROKER` | the route, cluster or broker name has no broker to ask | no |
 * | `BAD_ARGUMENT` | a value that no server would take | no |
 * | `NOT_ONLINE` | nobody of the group is connected and it has no offsets | no |
 */
export type AdminErrorCode = 'REFUSED' | 'NO_NAME_SERVER' | 'UNREACHABLE' | 'NO_BROKER' | 'BAD_ARGUMENT' | 'NOT_ONLINE';

/** An operation that did not work. */
export class AdminError extends CodedError<AdminErrorCode> {
  /** The response code of a server, or the one that Apache's tools use for the same failure; undefined for neither. */
  readonly responseCode: number | undefined;
  /** The server's reason without code and address. */
  readonly remark: string;
  /** Who said so. */
  readonly address: string | undefined;

  constructor(code: AdminErrorCode, remark: string, details: AdminErrorDetails = {}) {
    super(code, describe(remark, details), {
      retryable: code === 'NO_NAME_SERVER' || code === 'UNREACHABLE',
      ...(details.cause === undefined ? {} : { cause: details.cause }),
      facts: { responseCode: details.responseCode, address: details.address },
    });
    this.responseCode = details.responseCode;
    this.remark = remark;
    this.address = details.address;
  }
}

export interface AdminErrorDetails {
  readonly responseCode?: number | undefined;
  readonly address?: string | undefined;
  readonly cause?: unknown;
}

/** `CODE: 17  DESC: topic[T] not exist BROKER: 10.0.0.1:10911`, the form that scripts know. Source: MQBrokerException. */
function describe(remark: string, details: AdminErrorDetails): string {
  if (details.responseCode === undefined) return remark;
  const broker = details.address === undefined ? '' : ` BROKER: ${details.address}`;
  return `CODE: ${details.responseCode}  DESC: ${remark}${broker}`;
}
