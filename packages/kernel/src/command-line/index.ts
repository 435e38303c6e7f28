export { optionHelp } from './help.ts';
export {
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
export { type CommandLineFault, type ParsedOptions, parseOptions, type RefuseCommandLine } from './parse.ts';
