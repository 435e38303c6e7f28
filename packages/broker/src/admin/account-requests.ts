import {
  AUTH_CREATE_ACL,
  AUTH_CREATE_USER,
  AUTH_DELETE_ACL,
  AUTH_DELETE_USER,
  AUTH_GET_ACL,
  AUTH_GET_USER,
  AUTH_LIST_ACL,
  AUTH_LIST_USER,
  AUTH_UPDATE_ACL,
  AUTH_UPDATE_USER,
  ResponseCode,
} from '@rocketmq-ts/protocol';
import type { RemotingServer } from '@rocketmq-ts/remoting';

/** In Apache's words, with what to do. Source: AuthenticationMetadataManagerImpl, AuthorizationMetadataManagerImpl. */
const NOT_CONFIGURED =
  'The authenticationMetadataProvider is not configured: this broker has no accounts yet; restrict access by bindAddress and the network';

const NAMING_A_USER = [AUTH_CREATE_USER, AUTH_UPDATE_USER, AUTH_GET_USER];
const OF_USERS = [AUTH_DELETE_USER, AUTH_LIST_USER];
const OF_RULES = [AUTH_CREATE_ACL, AUTH_UPDATE_ACL, AUTH_DELETE_ACL, AUTH_GET_ACL, AUTH_LIST_ACL];

/** Accounts: answered as by a broker of Apache's whose access control is not configured. Source: AdminBrokerProcessor. */
export function serveAccountRequests(server: RemotingServer): void {
  for (const command of NAMING_A_USER) {
    server.handle(command, (call) => {
      if ((call.header.username ?? '').trim() === '') {
        return call.fail(ResponseCode.INVALID_PARAMETER, 'The username is blank');
      }
      call.fail(ResponseCode.SYSTEM_ERROR, NOT_CONFIGURED);
    });
  }
  for (const command of [...OF_USERS, ...OF_RULES]) {
    server.handle(command, (call) => call.fail(ResponseCode.SYSTEM_ERROR, NOT_CONFIGURED));
  }
}
