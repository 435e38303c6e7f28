export { readSaved, replaceAndKeepPrevious, replaceSaved } from './copies.ts';
export { MAX_WAITING, SavedFile, type WhenSaved } from './saved-file.ts';
