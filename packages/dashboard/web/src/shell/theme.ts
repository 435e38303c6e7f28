import { createTheme, type MantineColorsTuple } from '@mantine/core';

/** A calm blue-green; from the eighth on it is dark enough for white text (4.5 : 1). */
const sea: MantineColorsTuple = [
  '#e8f6f8',
  '#d3eaee',
  '#a6d5dd',
  '#75bfcb',
  '#4eacbc',
  '#359fb1',
  '#187a8a',
  '#0f6f7f',
  '#075f6d',
  '#004e5b',
];

/** As the library's, but for the last four, which are dark enough for white text. */
const red: MantineColorsTuple = [
  '#fff5f5',
  '#ffe3e3',
  '#ffc9c9',
  '#ffa8a8',
  '#ff8787',
  '#ff6b6b',
  '#d32f2f',
  '#c92a2a',
  '#b02525',
  '#a61e1e',
];

export const theme = createTheme({
  primaryColor: 'sea',
  primaryShade: 7,
  colors: { sea, red },
  autoContrast: true,
  components: {
    // The element for it is no menu item, which no menu may hold.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    // A header inside of a dialog is not the banner of the page.
    Modal: { defaultProps: { attributes: { header: { role: 'presentation' } } } },
  },
  respectReducedMotion: true,
  defaultRadius: 'sm',
  fontFamily:
    'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace',
  headings: {
    fontWeight: '600',
    sizes: { h1: { fontSize: '1.25rem' }, h2: { fontSize: '1rem' }, h3: { fontSize: '0.875rem' } },
  },
});
