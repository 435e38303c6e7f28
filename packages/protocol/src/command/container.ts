import { command, long, str } from './table.ts';

/** Starts a broker inside a broker container, by a file on its machine. Source: AddBrokerRequestHeader. */
export const ADD_BROKER = command(902, 'ADD_BROKER', { request: { configPath: str() } });

/** Stops a broker inside a broker container. Source: RemoveBrokerRequestHeader. */
export const REMOVE_BROKER = command(903, 'REMOVE_BROKER', {
  request: { brokerName: str(), brokerClusterName: str(), brokerId: long() },
});
