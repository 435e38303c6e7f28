import type { AUDIT_ROUTES, AuditEntry, Page, PageQuery } from '../api/index.ts';
import { ConsoleError } from '../errors.ts';
import type { Handlers } from '../http/bind.ts';
import { cutPage } from '../http/page-of.ts';
import type { AuditLog } from './audit-log.ts';

/** Who changed what is for those who may change something themselves. */
export function auditHandlers(log: AuditLog): Handlers<typeof AUDIT_ROUTES> {
  return {
    listAudit: ({ user, query }) => {
      if (!user.mayWrite) throw new ConsoleError('FORBIDDEN', 'the audit log is for those who may change everything');
      return auditPage(log, query);
    },
  };
}

/** A page of the audit log, the newest entries first; the filter looks into everything that is shown. */
function auditPage(log: AuditLog, query: PageQuery): Page<AuditEntry> {
  const wanted = (query.filter ?? '').toLowerCase();
  const entries = log.entries();
  const found =
    wanted === '' ? entries : entries.filter((entry) => JSON.stringify(entry).toLowerCase().includes(wanted));
  return { ...cutPage(found, query), failures: [] };
}
