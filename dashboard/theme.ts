import { type CSSVariablesResolver, createTheme, type MantineColorsTuple } from '@mantine/core';
import tabs from './parts/page-tabs.module.css';
import { commonStrings } from './strings/common.ts';

/** The product's teal, as on the server-rendered pages. */
const brand: MantineColorsTuple = [
  '#effcfa',
  '#d7f5f0',
  '#aeeae1',
  '#7edccf',
  '#4fcaba',
  '#2bb5a4',
  '#149587',
  '#0f766e',
  '#0b5f58',
  '#0a4a45',
];

/** Its filled one bears white text; the kit's own is too light for that. */
const red: MantineColorsTuple = [
  '#fdeeed',
  '#fbdbd9',
  '#f6b8b4',
  '#ffaaa3',
  '#f07a70',
  '#dd4b41',
  '#c8352c',
  '#b3261e',
  '#9a1f18',
  '#821813',
];

/** Neutral with a hint of the teal; the dark scheme's surfaces are the last four. */
const dark: MantineColorsTuple = [
  '#ebf0f0',
  '#c5cfcf',
  '#9aa8a8',
  '#71807f',
  '#3c4949',
  '#263030',
  '#1b2222',
  '#141a1a',
  '#0f1414',
  '#0c1010',
];

const gray: MantineColorsTuple = [
  '#f7f8f8',
  '#f1f3f3',
  '#e7eaea',
  '#e1e5e5',
  '#c3caca',
  '#a3adad',
  '#748080',
  '#566161',
  '#2f3939',
  '#131a1a',
];

export const theme = createTheme({
  primaryColor: 'brand',
  primaryShade: 7,
  colors: { brand, red, dark, gray },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  headings: { fontWeight: '620' },
  defaultRadius: 'md',
  radius: { xs: '3px', sm: '5px', md: '7px', lg: '10px', xl: '14px' },
  cursorType: 'pointer',
  focusRing: 'auto',
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: 'sm' } },
    TextInput: { defaultProps: { size: 'sm' } },
    NumberInput: { defaultProps: { size: 'sm' } },
    Select: { defaultProps: { size: 'sm', checkIconPosition: 'right', comboboxProps: { shadow: 'md' } } },
    Tooltip: { defaultProps: { openDelay: 350, withArrow: false, events: { hover: true, focus: true, touch: true } } },
    Modal: {
      defaultProps: {
        centered: true,
        radius: 'lg',
        overlayProps: { backgroundOpacity: 0.4 },
        closeButtonProps: { 'aria-label': commonStrings.close },
      },
    },
    // Its placeholder for the focus is no child that a menu may have.
    Menu: { defaultProps: { shadow: 'md', radius: 'md', withInitialFocusPlaceholder: false } },
    // As pages that belong together.
    Tabs: { classNames: { list: tabs.tabs, tab: tabs.tab } },
  },
});

/** The names that our own stylesheets use; the kit's own variables are made of them too. */
export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-body': '#ffffff',
    '--mantine-color-text': '#131a1a',
    '--mantine-color-dimmed': '#566161',
    '--mantine-color-placeholder': '#6b7777',
    '--mantine-color-default-border': '#c3caca',
    '--mantine-color-error': '#b3261e',
  },
  dark: {
    '--mantine-color-body': '#0c1010',
    '--mantine-color-text': '#ebf0f0',
    '--mantine-color-dimmed': '#9aa8a8',
    '--mantine-color-placeholder': '#8b9999',
    '--mantine-color-default': '#141a1a',
    '--mantine-color-default-border': '#3c4949',
    '--mantine-color-error': '#ffaaa3',
  },
});
