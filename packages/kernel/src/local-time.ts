/** Local time in a form such as `yyyy-MM-dd HH:mm:ss,SSS`; all other characters are kept. */
export function formatLocalTime(epochMs: number, form: string): string {
  const at = new Date(epochMs);
  const fields: Readonly<Record<string, number>> = {
    yyyy: at.getFullYear(),
    MM: at.getMonth() + 1,
    dd: at.getDate(),
    HH: at.getHours(),
    mm: at.getMinutes(),
    ss: at.getSeconds(),
    SSS: at.getMilliseconds(),
  };
  return form.replace(/yyyy|MM|dd|HH|mm|SSS|ss/g, (field) => String(fields[field]).padStart(field.length, '0'));
}

/**
 * Ms since the epoch of a local time, undefined for another form of text. The groups of `form` are year, month, day, hour, minute,
 * second and, if there is one more, milliseconds.
 */
export function parseLocalTime(text: string, form: RegExp): number | undefined {
  const parts = form.exec(text)?.slice(1).map(Number);
  if (parts === undefined) return undefined;
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0, ms = 0] = parts;
  return new Date(year, month - 1, day, hour, minute, second, ms).getTime();
}
