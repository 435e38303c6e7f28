// In the package this is the class of @rocketmq-ts/client, see scripts/pack; its whole room would be loaded here for one class.
import { CodedError, type ErrorEntry } from '@rocketmq-ts/kernel';

/** Why an operation on a cluster did not work. What each code means and what to do about it: `adminErrors`. */
export type AdminErrorCode = keyof typeof adminErrors;

const entry = (meaning: string, retryable: boolean, advice: string): ErrorEntry => ({ meaning, retryable, advice });

/** Code → meaning, whether the same call may succeed later or elsewhere, advice. docs/errors.md is made from it. */
export const adminErrors = {
  BAD_ARGUMENT: entry('A value that no server would take.', false, 'Change the argument that the text names.'),
  BAD_MAPPING: entry(
    'The queues of a static topic contradict each other, or can not be placed as it was asked for; nothing was sent.',
    false,
    'Read what contradicts; a change that reached some brokers only is completed with `-mf` and the file of the new mapping.',
  ),
  NOT_ONLINE: entry(
    'No member of the group is connected, or the group has no offsets for the topic.',
    false,
    'Start a consumer of the group, and check the names of group and topic.',
  ),
  NO_BROKER: entry(
    'The route, cluster or broker name has no broker to ask.',
    false,
    'Check the name, and that the broker is registered (`mqadmin clusterList`).',
  ),
  NO_NAME_SERVER: entry(
    'None of the name servers could be reached; the message names each with its reason.',
    true,
    'Check the list of name servers and that they run.',
  ),
  REFUSED: entry(
    'A server answered with an error; `responseCode`, `remark` and `address` say which.',
    false,
    'Read the remark; the response code says which kind of refusal it is.',
  ),
  UNREACHABLE: entry(
    'A broker could not be reached or did not answer in time.',
    true,
    'Check that the broker runs and that its registered address can be reached from here.',
  ),
} as const satisfies Record<string, ErrorEntry>;

/** An operation that did not work. */
export class AdminError extends CodedError<AdminErrorCode> {
  /** The response code of a server, or the one that Apache's tools use for the same failure; undefined for neither. */
  readonly responseCode: number | undefined;
  /** The server's reason without code and address. */
  readonly remark: string;
  /** Of the server that refused. */
  readonly address: string | undefined;

  constructor(code: AdminErrorCode, remark: string, details: AdminErrorDetails = {}) {
    super(code, describe(remark, details), {
      retryable: adminErrors[code].retryable,
      ...(details.cause === undefined ? {} : { cause: details.cause }),
      facts: { responseCode: details.responseCode, address: details.address },
    });
    this.responseCode = details.responseCode;
    this.remark = remark;
    this.address = details.address;
  }
}

interface AdminErrorDetails {
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
