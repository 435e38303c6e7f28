import { Button, Menu } from '@mantine/core';
import { EXPORT_LIMIT, MESSAGE_ROUTES } from '../../../../src/api/index.ts';
import { callUrl } from '../../call.ts';
import { useCluster } from '../../shell/cluster.tsx';
import { useFormat } from '../../shell/format.ts';
import { Icon } from '../../shell/icon.tsx';
import { useText } from '../../shell/language.ts';
import type { SearchRange } from './page-results.tsx';
import { text } from './text.ts';

const FORMATS = ['csv', 'json', 'xlsx'] as const;

/** Downloads of the chosen messages, or of all found where none is chosen. */
export function ExportMenu(props: { readonly range: SearchRange; readonly chosen?: ReadonlySet<string> | undefined }) {
  const { range, chosen } = props;
  const cluster = useCluster();
  const t = useText(text);
  const format = useFormat();
  const { topic, beginMs, endMs } = range;
  const which = chosen !== undefined && chosen.size > 0 ? { ids: [...chosen] } : { beginMs, endMs };
  const count = chosen?.size ?? 0;
  return (
    <Menu position="bottom-end" shadow="md">
      <Menu.Target>
        <Button size="xs" variant="default" leftSection={<Icon name="download" size={14} />}>
          {count > 0 ? `${t.exportAs} (${count})` : t.exportAs}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{t.exportHint(format.count(EXPORT_LIMIT))}</Menu.Label>
        {FORMATS.map((name) => (
          <Menu.Item
            key={name}
            component="a"
            download
            href={callUrl(MESSAGE_ROUTES.exportMessages, {
              params: { cluster: cluster.id },
              query: { topic, format: name, ...which },
            })}
          >
            {name.toUpperCase()}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
