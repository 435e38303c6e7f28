export { describeEtcdContract, type EtcdContractSubject } from './contract.ts';
export { type EtcdCut, SimulatedEtcd, type SimulatedEtcdOptions } from './simulated-etcd.ts';
