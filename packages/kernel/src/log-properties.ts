import { choiceProperty, configTable, textProperty } from './config.ts';
import { ALLOWED_LEVELS, parseLogLevels } from './log-levels.ts';

/** How a server logs; Apache's has a file of its logging library for it. */
export const logProperties = configTable({
  logLevel: textProperty('info', {
    meaning: `from which level on lines are logged: ${ALLOWED_LEVELS}`,
    allowed: ALLOWED_LEVELS,
    whyNot: (value) => (parseLogLevels(value) === undefined ? '' : undefined),
    change: 'live',
    unlisted: true,
  }),
  logFormat: choiceProperty(['text', 'json'], 'text', {
    meaning: 'json: each line of the logs is an object, also with a stack',
    unlisted: true,
  }),
});
