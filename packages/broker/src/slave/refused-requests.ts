import {
  CONSUMER_SEND_MSG_BACK,
  END_TRANSACTION,
  INVOKE_BROKER_TO_RESET_OFFSET,
  LITE_PULL_MESSAGE,
  PULL_MESSAGE,
  RECALL_MESSAGE,
  ResponseCode,
  SEND_BATCH_MESSAGE,
  SEND_MESSAGE,
  SEND_MESSAGE_V2,
} from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { BrokerConfig } from '../config-table.ts';
import type { Feature } from '../feature.ts';
import { Refusal } from '../refusal.ts';
import type { BrokerRole } from '../role/broker-role.ts';

type SlaveConfig = Pick<BrokerConfig, 'slaveReadEnable' | 'enableSlaveActingMaster' | 'recallMessageEnable'>;

export interface RefusedRequestsParts {
  readonly config: SlaveConfig;
  readonly role: BrokerRole;
}

interface Rule {
  readonly codes: readonly number[];
  readonly refusal: Refusal;
  /** Whether the request is served for once. */
  readonly except?: (config: SlaveConfig) => boolean;
}

/** Clients ask another broker then. Source: NettyRemotingAbstract#processRequestCommand. */
const BUSY = '[REJECTREQUEST]system busy, start flow control for a while';

/** Source: SendMessageProcessor#rejectRequest, PullMessageProcessor#rejectRequest, EndTransactionProcessor, RecallMessageProcessor, AdminBrokerProcessor#resetOffsetInner. */
const RULES: readonly Rule[] = [
  {
    codes: [SEND_MESSAGE.code, SEND_MESSAGE_V2.code, SEND_BATCH_MESSAGE.code, CONSUMER_SEND_MSG_BACK.code],
    refusal: new Refusal(ResponseCode.SYSTEM_BUSY, BUSY),
    except: ({ enableSlaveActingMaster }) => enableSlaveActingMaster,
  },
  {
    codes: [PULL_MESSAGE.code, LITE_PULL_MESSAGE.code],
    refusal: new Refusal(ResponseCode.SYSTEM_BUSY, BUSY),
    except: ({ slaveReadEnable }) => slaveReadEnable,
  },
  {
    codes: [END_TRANSACTION.code],
    refusal: new Refusal(ResponseCode.SLAVE_NOT_AVAILABLE, 'this broker is a slave: transactions end at the master'),
  },
  {
    codes: [RECALL_MESSAGE.code],
    refusal: new Refusal(ResponseCode.SLAVE_NOT_AVAILABLE, 'recall failed, broker service not available'),
    // Refused for that, as by a master.
    except: ({ recallMessageEnable }) => !recallMessageEnable,
  },
  {
    codes: [INVOKE_BROKER_TO_RESET_OFFSET.code],
    refusal: new Refusal(ResponseCode.SYSTEM_ERROR, 'Can not reset offset in slave broker'),
  },
];

const ruleOf = new Map(RULES.flatMap((rule) => rule.codes.map((code) => [code, rule] as const)));

/** What a slave does not serve, with the answers of Apache's. */
export class RefusedRequests implements Feature {
  readonly #parts: RefusedRequestsParts;

  constructor(parts: RefusedRequestsParts) {
    this.#parts = parts;
  }

  serve(server: RemotingServer): void {
    const { role, config } = this.#parts;
    server.intercept({
      before: ({ code }) => {
        if (!role.isSlave) return undefined;
        const rule = ruleOf.get(code);
        return rule === undefined || rule.except?.(config) === true ? undefined : rule.refusal;
      },
    });
  }
}
