import { type Attribute, longFrom } from '../attributes.ts';

/** Attributes of consumer groups. Source: SubscriptionGroupAttributes. */
export const groupAttributes: Readonly<Record<string, Attribute>> = {
  'priority.factor': { changeable: true, problem: longFrom(0, 100) },
};
