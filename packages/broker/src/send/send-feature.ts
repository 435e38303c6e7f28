import { UniqueKeyGenerator } from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';
import type { Feature } from '../feature.ts';
import { type BrokerIdentity, encodeHost } from '../identity.ts';
import type { SendParts } from './parts.ts';
import { SendAnswers } from './send-answers.ts';
import { SendBackHandler } from './send-back.ts';
import { SendHandler } from './send-handler.ts';

type MadeHere = 'brokerAddr' | 'clusterName' | 'storeHost' | 'uniqueKeys' | 'answers';

/** Messages that clients send, and those that consumers send back. */
export function sendFeature(given: Omit<SendParts, MadeHere> & { readonly identity: BrokerIdentity }): Feature {
  const { clock, random, config, store, stats, topics } = given;
  const { address, brokerAddr, clusterName } = given.identity;
  const parts: SendParts = {
    ...given,
    ...{ brokerAddr, clusterName, storeHost: encodeHost(address) },
    uniqueKeys: new UniqueKeyGenerator({ clock, random, address: address.host }),
    answers: new SendAnswers(config, address, store, stats, topics),
  };
  const send = new SendHandler(parts);
  const sendBack = new SendBackHandler(parts);
  return {
    serve: (server: RemotingServer) => {
      send.serve(server);
      sendBack.serve(server);
    },
  };
}
