import { usePathBelow } from '../../shell/path.ts';
import { GroupList } from './group-list.tsx';
import { GroupPage } from './group-page.tsx';

/** The list of groups, or one of them: `groups/<group>/<tab>/<client>`. */
export default function Groups() {
  const [group, tab, client] = usePathBelow('groups');
  return group === undefined ? <GroupList /> : <GroupPage key={group} group={group} tab={tab} client={client} />;
}
