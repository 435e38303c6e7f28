import { defineText } from '../shell/language.ts';

export const text = defineText({
  en: {
    product: 'RocketMQ console',
    logIn: 'Sign in',
    logOut: 'Sign out',
    userName: 'User name',
    password: 'Password',
    loginNeeded: 'This console shows nothing before you sign in.',
    hostNeeded:
      'This name is not known as one of the console, so a sign-in is needed. Its operator can add the name with rocketmq.config.allowedHosts.',
    noUsers: 'There are no users yet. The operator of the console adds them to users.properties in its data folder.',
    readOnly: 'Read only',
    remote: 'From another machine nothing can be changed without a sign-in.',
    roleNormal: 'Your role may look at everything and change little: role-permission.yml of the console says what.',
    signedInAs: (name: string) => `Signed in as ${name}`,
    superRole: 'may change everything',
    normalRole: 'may look',
    cancel: 'Cancel',
  },
  zh: {
    product: 'RocketMQ 控制台',
    logIn: '登录',
    logOut: '退出登录',
    userName: '用户名',
    password: '密码',
    loginNeeded: '登录后才能查看控制台内容。',
    hostNeeded: '控制台不认识当前访问域名，因此需要登录。管理员可通过 rocketmq.config.allowedHosts 添加该域名。',
    noUsers: '尚未配置用户，请管理员在控制台数据目录的 users.properties 中添加。',
    readOnly: '只读',
    remote: '从其他机器访问时，登录后才能执行变更操作。',
    roleNormal: '当前角色可以查看全部内容，变更权限由控制台的 role-permission.yml 决定。',
    signedInAs: (name) => `当前用户：${name}`,
    superRole: '管理员',
    normalRole: '普通用户',
    cancel: '取消',
  },
});
