type Attributes = Readonly<Record<string, string>>;

/**
 * What to ask a broker for, so that attributes of a topic or group become these: `+key` sets, `-key` removes. What is the same
 * is left out: some attributes can't be set again. An empty value removes.
 */
export function attributeChanges(current: Attributes, wanted: Attributes): Record<string, string> {
  const changes: Record<string, string> = {};
  for (const [key, value] of Object.entries(wanted)) {
    if (value !== '' && current[key] !== value) changes[`+${key}`] = value;
    if (value === '' && current[key] !== undefined) changes[`-${key}`] = '';
  }
  return changes;
}

/** Attributes after such a change. */
export function attributesAfter(current: Attributes, wanted: Attributes): Attributes {
  return Object.fromEntries(Object.entries({ ...current, ...wanted }).filter(([, value]) => value !== ''));
}
