export {
  makeDurableDirectory,
  type ReadSaved,
  readSaved,
  replaceAndKeepPrevious,
  replaceSaved,
  type SavedContent,
  type SavedPlace,
} from './copies.ts';
export { SavedFile, type WhenSaved } from './saved-file.ts';
