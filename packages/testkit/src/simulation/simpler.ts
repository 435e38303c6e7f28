import type { Action, Operation } from './plan.ts';

/** Simpler forms of an operation, the simplest first. */
export function* simplerOperations({ number, action }: Operation): Generator<Operation> {
  for (const simpler of simplerActions(action)) {
    if (JSON.stringify(simpler) !== JSON.stringify(action)) yield { number, action: simpler };
  }
}

function* simplerActions(action: Action): Generator<Action> {
  switch (action.do) {
    case 'put': {
      const { topic, queueId, bytes } = action;
      yield { do: 'put', topic: 'A', queueId: 0, bytes: 0 };
      yield { do: 'put', topic, queueId, bytes: 0 };
      yield { do: 'put', topic, queueId, bytes };
      yield { ...action, bytes: 0 };
      return;
    }
    case 'batch': {
      yield { do: 'put', topic: action.topic, queueId: action.queueId, bytes: action.sizes[0] ?? 0 };
      yield { ...action, sizes: action.sizes.slice(0, 1) };
      yield { ...action, sizes: action.sizes.slice(0, 2) };
      yield { ...action, sizes: action.sizes.map(() => 0) };
      return;
    }
    case 'read':
      yield { ...action, from: 0, count: 32 };
      return;
    case 'advance':
      for (const ms of [0, 1, 100, 1000]) if (ms < action.ms) yield { ...action, ms };
      return;
    case 'fault':
      if (action.skip !== undefined && action.skip > 0) yield { ...action, skip: 0 };
      return;
    case 'end':
      if (action.powerOff === true) yield { do: 'end', how: 'stop' };
      if (action.how === 'power loss') yield { do: 'end', how: 'kill' };
      return;
    default:
  }
}
