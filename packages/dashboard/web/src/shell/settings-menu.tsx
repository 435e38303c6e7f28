import { ActionIcon, type MantineColorScheme, Menu, useMantineColorScheme } from '@mantine/core';
import { Icon, type IconName } from './icon.tsx';
import { type Language, useText } from './language.ts';
import { useSettings } from './settings.tsx';
import { text } from './text.ts';

const SCHEMES: readonly { readonly value: MantineColorScheme; readonly icon: IconName }[] = [
  { value: 'auto', icon: 'auto' },
  { value: 'light', icon: 'sun' },
  { value: 'dark', icon: 'moon' },
];

/** Theme, language and zone of times, kept in the browser. */
export function SettingsMenu() {
  const t = useText(text);
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const { language, zone, change } = useSettings();
  return (
    <Menu position="bottom-end" shadow="md" width={190} closeOnItemClick={false} withinPortal={false}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={34} aria-label={t.settings} title={t.settings}>
          <Icon name={colorScheme === 'dark' ? 'moon' : colorScheme === 'light' ? 'sun' : 'auto'} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.RadioGroup
          value={colorScheme}
          onChange={(value) => setColorScheme(value as MantineColorScheme)}
          aria-label={t.theme}
        >
          {SCHEMES.map(({ value, icon }) => (
            <Menu.RadioItem key={value} value={value} rightSection={<Icon name={icon} size={16} />}>
              {t[value as 'auto' | 'light' | 'dark']}
            </Menu.RadioItem>
          ))}
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.RadioGroup
          value={language}
          onChange={(value) => change({ language: value as Language })}
          aria-label={t.language}
        >
          <Menu.RadioItem value="en" lang="en">
            English
          </Menu.RadioItem>
          <Menu.RadioItem value="zh" lang="zh-CN">
            简体中文
          </Menu.RadioItem>
        </Menu.RadioGroup>
        <Menu.Divider />
        <Menu.RadioGroup
          value={zone}
          onChange={(value) => change({ zone: value as 'local' | 'utc' })}
          aria-label={t.zone}
        >
          <Menu.RadioItem value="local">{t.local}</Menu.RadioItem>
          <Menu.RadioItem value="utc">{t.utc}</Menu.RadioItem>
        </Menu.RadioGroup>
      </Menu.Dropdown>
    </Menu>
  );
}
