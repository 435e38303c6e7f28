import { ActionIcon, type MantineColorScheme, Menu, useMantineColorScheme } from '@mantine/core';
import { Icon, type IconName } from './icon.tsx';
import { useText } from './language.ts';
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
  const mark = (isChosen: boolean) => (isChosen ? <Icon name="check" size={16} /> : <span style={{ width: 16 }} />);
  return (
    <Menu position="bottom-end" shadow="md" width={190} closeOnItemClick={false}>
      <Menu.Target>
        <ActionIcon variant="subtle" color="gray" size={34} aria-label={t.settings} title={t.settings}>
          <Icon name={colorScheme === 'dark' ? 'moon' : colorScheme === 'light' ? 'sun' : 'auto'} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t.theme}</Menu.Label>
        {SCHEMES.map(({ value, icon }) => (
          <Menu.Item
            key={value}
            role="menuitemradio"
            aria-checked={colorScheme === value}
            leftSection={<Icon name={icon} size={16} />}
            rightSection={mark(colorScheme === value)}
            onClick={() => setColorScheme(value)}
          >
            {t[value as 'auto' | 'light' | 'dark']}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t.language}</Menu.Label>
        {(['en', 'zh'] as const).map((value) => (
          <Menu.Item
            key={value}
            role="menuitemradio"
            aria-checked={language === value}
            lang={value === 'zh' ? 'zh-CN' : 'en'}
            rightSection={mark(language === value)}
            onClick={() => change({ language: value })}
          >
            {value === 'zh' ? '简体中文' : 'English'}
          </Menu.Item>
        ))}
        <Menu.Divider />
        <Menu.Label>{t.zone}</Menu.Label>
        {(['local', 'utc'] as const).map((value) => (
          <Menu.Item
            key={value}
            role="menuitemradio"
            aria-checked={zone === value}
            rightSection={mark(zone === value)}
            onClick={() => change({ zone: value })}
          >
            {t[value]}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
