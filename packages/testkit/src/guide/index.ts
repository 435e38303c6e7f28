export { GuideStage } from './guide-stage.ts';
export {
  type CodeBlock,
  codeBlocks,
  compileProgram,
  type GuideModules,
  type GuideProgram,
  guidePrograms,
} from './programs.ts';
