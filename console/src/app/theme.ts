/** Colours and type of the console: paper and spruce, ochre for what waits, red for what failed. Contrast is held by the browser tests (axe). */

import { createTheme, type MantineColorsTuple } from "@mantine/core";

const spruce: MantineColorsTuple = ["#eaf2ee", "#d3e3db", "#a9c8b8", "#7dac94", "#589478", "#3f7d62", "#2f6950", "#235440", "#1c4534", "#123024"];
const ochre: MantineColorsTuple = ["#fdf4e0", "#f7e6c0", "#eecb86", "#e4af4b", "#d89a27", "#b97d12", "#95630a", "#7a5006", "#613f04", "#452c02"];
const signal: MantineColorsTuple = ["#fdecea", "#f8d2ce", "#f0a8a1", "#e87b71", "#dd5448", "#c43a2e", "#a82a20", "#8f2018", "#761710", "#560e09"];
const dark: MantineColorsTuple = ["#e3e7df", "#c2c9c0", "#9ba59c", "#75817a", "#3d4a42", "#2c3731", "#1e2722", "#171e1a", "#111714", "#0b100d"];
const gray: MantineColorsTuple = ["#f8f7f2", "#f1f0e9", "#e6e4da", "#d8d5c9", "#c2bfb1", "#9b998c", "#6d6e64", "#54564e", "#3a3d37", "#22261f"];

export const theme = createTheme({
  primaryColor: "spruce",
  primaryShade: { light: 7, dark: 6 },
  colors: { spruce, ochre, signal, dark, gray },
  black: "#1b211d",
  white: "#ffffff",
  defaultRadius: 4,
  fontFamily: "Roboto, 'Segoe UI', system-ui, sans-serif",
  fontFamilyMonospace: "'Roboto Mono', ui-monospace, Consolas, monospace",
  headings: {
    fontFamily: "'Roboto Condensed', Roboto, 'Segoe UI', system-ui, sans-serif",
    fontWeight: "700",
    sizes: {
      h1: { fontSize: "1.75rem", lineHeight: "1.2" },
      h2: { fontSize: "1.25rem", lineHeight: "1.3" },
      h3: { fontSize: "1.0625rem", lineHeight: "1.35" },
    },
  },
  fontSizes: { xs: "0.8125rem", sm: "0.9375rem", md: "1rem", lg: "1.125rem", xl: "1.25rem" },
  cursorType: "pointer",
  focusRing: "auto",
  respectReducedMotion: true,
  components: {
    Button: { defaultProps: { size: "sm" } },
    Tooltip: { defaultProps: { multiline: true, maw: 320, withArrow: true, events: { hover: true, focus: true, touch: true } } },
    Modal: { defaultProps: { transitionProps: { duration: 0 }, overlayProps: { backgroundOpacity: 0.45 } } },
    Drawer: { defaultProps: { transitionProps: { duration: 0 } } },
    Menu: { defaultProps: { transitionProps: { duration: 0 } } },
  },
});
