import type { Step } from '../step.ts';
import { VALUES } from './servers.ts';

const NO_CONTAINER =
  'There are no broker containers here: each broker is a process of its own, and answers that it does not know the request.';

const ELECTED =
  "Apache's tool fails at the answer of its own controller, whose body has names without quotes, although the election took place; it prints the master by what our controller answers, and ours prints it in any case.";

const OWN_NAMES =
  "Our controller has properties of its own (`etcdEndpoints` and what belongs to it) in place of some of Apache's.";

/** On a scene with controllers. */
export const CONTROLLERS: readonly Step[] = [
  { line: 'getControllerMetaData -a {controller}' },
  {
    line: 'getControllerConfig -a {controller}',
    unordered: true,
    maskAcross: [VALUES],
    differs: { apacheOnOurs: OWN_NAMES, oursOnOurs: OWN_NAMES },
  },
  { line: 'updateControllerConfig -a {controller} -k scanNotActiveBrokerInterval -v 1500' },
  { line: 'updateControllerConfig -a {controller} -k noSuchKey -v 1' },
  { line: 'getSyncStateSet -a {controller} -b {member}' },
  { line: 'getSyncStateSet -a {controller} -c DefaultCluster' },
  { line: 'getSyncStateSet -a {controller} -b Replicas{tool}' },
  { line: 'getSyncStateSet -a {controller} -b NoSuchBroker' },
  { line: 'getBrokerEpoch -b {member}' },
  { line: 'getBrokerEpoch -c DefaultCluster' },
  { line: 'getBrokerEpoch -b NoSuchBroker' },
  { line: 'electMaster -a {controller} -c DefaultCluster -bn {member} -b 1' },
  {
    line: 'electMaster -a {controller} -c C -bn Replicas{tool} -b 2',
    differs: { oursOnApache: ELECTED, apacheOnOurs: ELECTED, oursOnOurs: ELECTED },
  },
  { line: 'electMaster -a {controller} -c C -bn Replicas{tool} -b 9' },
  { line: 'electMaster -a {controller} -c C -bn NoSuchBroker -b 1' },
  { line: 'getSyncStateSet -a {controller} -b Replicas{tool}' },
  { line: 'cleanBrokerMetadata -a {controller} -c C -bn Replicas{tool} -b 1' },
  { line: 'cleanBrokerMetadata -a {controller} -c C -bn Replicas{tool} -b 3' },
  { line: 'cleanBrokerMetadata -a {controller} -bn Replicas{tool} -b 1;2 -l' },
  { line: 'cleanBrokerMetadata -a {controller} -c C -bn NoSuchBroker' },
  { line: 'getSyncStateSet -a {controller} -b Replicas{tool}' },
  { line: 'addBroker -c {container} -b {containerFolder}/contained{tool}.conf', notOn: { ours: NO_CONTAINER } },
  { line: 'addBroker -c {container} -b {containerFolder}/contained{tool}.conf', notOn: { ours: NO_CONTAINER } },
  { line: 'addBroker -c {container} -b /no-such-file', notOn: { ours: NO_CONTAINER } },
  { line: 'removeBroker -c {container} -b DefaultCluster:contained{tool}:0', notOn: { ours: NO_CONTAINER } },
  { line: 'removeBroker -c {container} -b DefaultCluster:contained{tool}:0', notOn: { ours: NO_CONTAINER } },
  { line: 'addBroker -c {broker} -b /no-such-file' },
  { line: 'removeBroker -c {broker} -b DefaultCluster:broker-b:-1', exitCode: 2 },
];
