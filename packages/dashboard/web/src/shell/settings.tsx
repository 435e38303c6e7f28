import { createContext, type ReactNode, useCallback, useContext, useEffect, useMemo, useState } from 'react';
import type { Language } from './language.ts';

/** What a user chose for this browser. */
export interface Settings {
  readonly language: Language;
  /** In which zone times are shown. */
  readonly zone: 'local' | 'utc';
}

interface SettingsContext extends Settings {
  change(part: Partial<Settings>): void;
}

const KEY = 'rocketmq-console';
const Context = createContext<SettingsContext | undefined>(undefined);

function read(): Settings {
  const fallback: Settings = { language: navigator.language.startsWith('zh') ? 'zh' : 'en', zone: 'local' };
  try {
    const saved = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Settings>;
    return {
      language: saved.language === 'en' || saved.language === 'zh' ? saved.language : fallback.language,
      zone: saved.zone === 'utc' ? 'utc' : 'local',
    };
  } catch {
    return fallback;
  }
}

/** Holds the settings for everything below it. */
export function SettingsProvider({ children }: { readonly children: ReactNode }) {
  const [settings, setSettings] = useState(read);
  useEffect(() => {
    document.documentElement.lang = settings.language === 'zh' ? 'zh-CN' : 'en';
  }, [settings.language]);
  const change = useCallback((part: Partial<Settings>) => {
    setSettings((before) => {
      const after = { ...before, ...part };
      try {
        localStorage.setItem(KEY, JSON.stringify(after));
      } catch {
        // A browser that keeps nothing: the choice holds until the page is closed.
      }
      return after;
    });
  }, []);
  const value = useMemo(() => ({ ...settings, change }), [settings, change]);
  return <Context value={value}>{children}</Context>;
}

/** The settings, and how to change them. */
export function useSettings(): SettingsContext {
  const found = useContext(Context);
  if (found === undefined) throw new Error('useSettings needs a SettingsProvider');
  return found;
}
