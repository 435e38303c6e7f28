import type { ClusterAction, ClusterOperation } from './plan.ts';

/** Simpler forms of an operation, the simplest first. */
export function* simplerOperations({ number, action }: ClusterOperation): Generator<ClusterOperation> {
  for (const simpler of simplerActions(action)) {
    if (JSON.stringify(simpler) !== JSON.stringify(action)) yield { number, action: simpler };
  }
}

function* simplerActions(action: ClusterAction): Generator<ClusterAction> {
  switch (action.do) {
    case 'send': {
      const { producer, topic } = action;
      yield { do: 'send', producer, topic, count: 1, bytes: 0 };
      yield { do: 'send', producer, topic, count: action.count, bytes: 0 };
      yield { ...action, list: false };
      yield { ...action, count: 1, bytes: 0 };
      return;
    }
    case 'transaction':
      yield { ...action, count: 1 };
      return;
    case 'request':
      yield { ...action, count: 1 };
      return;
    case 'order': {
      const { producer, key } = action;
      yield { do: 'order', producer, key, count: 1 };
      yield { do: 'order', producer, key, count: action.count };
      return;
    }
    case 'advance':
      for (const ms of [0, 100, 1000, 5000]) if (ms < action.ms) yield { do: 'advance', ms };
      return;
    case 'end':
      if (action.how === 'power loss') yield { ...action, how: 'kill' };
      return;
    default:
  }
}
