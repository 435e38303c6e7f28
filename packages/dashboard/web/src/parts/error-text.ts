import { type ErrorBody, NOT_SIGNED_IN } from '../../../src/api/index.ts';
import { CallError } from '../call.ts';
import { defineText, useText } from '../shell/language.ts';

/** What the codes of failed requests mean; the server's own sentence, in English, follows with names and values. */
const zhMeanings: Readonly<Record<string, string>> = {
  BAD_REQUEST: '输入的值不被接受',
  NOT_LOGGED_IN: '需要登录，或者用户名、密码有误',
  TOO_MANY_ATTEMPTS: '密码错误次数过多，请稍后再试',
  CSRF_REFUSED: '请求的来源无法确认，请重新加载页面',
  FORBIDDEN: '没有权限',
  NOT_FOUND: '找不到',
  CONFLICT: '页面打开之后数据已被修改，请重新加载',
  CLUSTER_REFUSED: '集群中的服务器拒绝了请求',
  CLUSTER_UNREACHABLE: '没有服务器及时应答',
  PAGES_NOT_BUILT: '控制台的页面尚未构建',
  NOT_SAVED: '更改未能保存，因此没有生效',
  TLS_FILE_INVALID: '证书文件缺失或格式有误',
  TOO_LARGE: '请求的内容过大',
  INTERNAL: '控制台出现缺陷，请查看其日志',
};

const text = defineText({
  en: {
    failure: ({ message }: Pick<ErrorBody, 'code' | 'message'>) =>
      message === NOT_SIGNED_IN ? 'The session has ended: sign in and try again.' : message,
  },
  zh: {
    failure: ({ code, message }) => {
      if (message === NOT_SIGNED_IN) return '会话已结束，请登录后重试。';
      const meaning = Object.hasOwn(zhMeanings, code) ? zhMeanings[code] : undefined;
      return meaning === undefined ? message : `${meaning}：${message}`;
    },
  },
});

/** Why something did not work, in the language of the page. */
export function useFailureText(error: Error | null | undefined): string | undefined {
  const t = useText(text);
  return error instanceof CallError ? t.failure(error.body) : error?.message;
}
