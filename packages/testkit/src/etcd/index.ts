export { describeEtcdContract, type EtcdContractSubject } from './contract.ts';
export { SimulatedEtcd, type SimulatedEtcdOptions } from './simulated-etcd.ts';
