import { useMemo } from 'react';
import { useSettings } from './settings.tsx';

/** How numbers and times are written. */
export interface Format {
  /** `12,345` */
  count(value: number): string;
  /** `12.3k`, for charts and tiles. */
  short(value: number): string;
  /** A rate: `0`, `0.25`, `12.5`, `1,234`. */
  rate(value: number): string;
  /** `93.5%` of a ratio of 0 to 1. */
  percent(ratio: number): string;
  /** `1.5 GiB` */
  bytes(value: number): string;
  /** `2026-11-27 02:45:07`, in the zone that is chosen. */
  time(ms: number): string;
  /** The same with milliseconds. */
  exactTime(ms: number): string;
  /** `02:45:07` */
  clock(ms: number): string;
  /** `12 s`, `5 min`, `3 h`, `2 d`. */
  duration(ms: number): string;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** Formats in the language and zone that are chosen. */
export function useFormat(): Format {
  const { language, zone } = useSettings();
  return useMemo(() => {
    const locale = language === 'zh' ? 'zh-CN' : 'en-US';
    const count = new Intl.NumberFormat(locale, { maximumFractionDigits: 0 });
    const short = new Intl.NumberFormat(locale, { notation: 'compact', maximumFractionDigits: 1 });
    const two = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
    const one = new Intl.NumberFormat(locale, { maximumFractionDigits: 1 });
    const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
    const parts = (ms: number): { date: string; clock: string; millis: string } => {
      const offsetMs = zone === 'utc' ? 0 : new Date(ms).getTimezoneOffset() * 60_000;
      const text = new Date(ms - offsetMs).toISOString();
      return { date: text.slice(0, -14), clock: text.slice(-13, -5), millis: text.slice(-5, -1) };
    };
    const safe = (ms: number, form: (ms: number) => string): string =>
      Number.isFinite(ms) && Math.abs(ms) < 8.64e15 - 864e5 ? form(ms) : '–';
    return {
      count: (value) => count.format(value),
      short: (value) => (Math.abs(value) < 1000 ? one.format(value) : short.format(value)),
      rate: (value) => (Math.abs(value) < 10 ? two : Math.abs(value) < 1000 ? one : count).format(value),
      percent: (ratio) => percent.format(ratio),
      bytes(value) {
        const unit = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log2(Math.max(1, Math.abs(value))) / 10)));
        return `${one.format(value / 1024 ** unit)} ${UNITS[unit]}`;
      },
      time: (ms) => safe(ms, (at) => `${parts(at).date} ${parts(at).clock}`),
      exactTime: (ms) => safe(ms, (at) => `${parts(at).date} ${parts(at).clock}${parts(at).millis}`),
      clock: (ms) => safe(ms, (at) => parts(at).clock),
      duration(ms) {
        const [s, min, h, d] = language === 'zh' ? [' 秒', ' 分钟', ' 小时', ' 天'] : [' s', ' min', ' h', ' d'];
        const seconds = Math.max(0, Math.round(ms / 1000));
        if (seconds < 120) return `${seconds}${s}`;
        if (seconds < 7200) return `${Math.round(seconds / 60)}${min}`;
        if (seconds < 172_800) return `${Math.round(seconds / 3600)}${h}`;
        return `${count.format(Math.round(seconds / 86_400))}${d}`;
      },
    };
  }, [language, zone]);
}
