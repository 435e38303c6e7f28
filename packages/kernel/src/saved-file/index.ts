export { readSaved, replaceAndKeepPrevious, replaceSaved } from './copies.ts';
export { SavedFile, type WhenSaved } from './saved-file.ts';
