/** The hours of `deleteWhen`, undefined when the text is no list of hours. Source: UtilAll#isItTimeToDo. */
export function parseDeleteWhen(text: string): number[] | undefined {
  const parts = text.split(';').map((part) => part.trim());
  // Java's split drops what is empty at the end.
  while (parts.length > 1 && parts.at(-1) === '') parts.pop();
  const isHour = (part: string): boolean => /^\d{1,2}$/.test(part) && Number(part) < 24;
  return parts.every(isHour) ? parts.map(Number) : undefined;
}

/** Whether a moment lies in one of the hours of `deleteWhen`, by the time zone of this process (TZ). */
export function isTimeToDelete(deleteWhen: string, nowMs: number): boolean {
  return parseDeleteWhen(deleteWhen)?.includes(new Date(nowMs).getHours()) ?? false;
}
