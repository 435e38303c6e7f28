import { UniqueKeyGenerator } from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { Feature } from '../feature.ts';
import { type BrokerIdentity, encodeHost } from '../identity.ts';
import type { SendParts } from './parts.ts';
import { SendAnswers } from './send-answers.ts';
import { SendBackHandler } from './send-back.ts';
import { SendHandler } from './send-handler.ts';

type MadeHere = 'brokerAddr' | 'clusterName' | 'brokerName' | 'storeHost' | 'uniqueKeys' | 'answers';

/** What a broker gives to the features that take messages of clients. */
export type GivenSendParts = Omit<SendParts, MadeHere> & { readonly identity: BrokerIdentity };

/** Adds what follows from who the broker is. */
export function sendParts<Given extends GivenSendParts>(given: Given): Given & SendParts {
  const { clock, random, config, store, stats, topics } = given;
  const { address, brokerAddr, clusterName, brokerName } = given.identity;
  return {
    ...given,
    ...{ brokerAddr, clusterName, brokerName, storeHost: encodeHost(address) },
    uniqueKeys: new UniqueKeyGenerator({ clock, random, address: address.host }),
    answers: new SendAnswers(config, address, store, stats, topics),
  };
}

/** Messages that clients send, and those that consumers send back. */
export function sendFeature(parts: SendParts): Feature {
  const send = new SendHandler(parts);
  const sendBack = new SendBackHandler(parts);
  return {
    serve: (server: RemotingServer) => {
      send.serve(server);
      sendBack.serve(server);
    },
  };
}
