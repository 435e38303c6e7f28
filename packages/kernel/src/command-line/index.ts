export { optionHelp } from './help.ts';
export {
  among,
  exactlyOne,
  flagOption,
  longOption,
  type Option,
  type OptionDeclaration,
  type OptionGroup,
  OptionTable,
  optionKey,
  requiredOption,
  valueOption,
} from './option.ts';
export { type ParsedOptions, parseOptions } from './parse.ts';
