/** Where the console begins. */

import "@fontsource/roboto/latin-400.css";
import "@fontsource/roboto/latin-500.css";
import "@fontsource/roboto/latin-ext-400.css";
import "@fontsource/roboto/latin-ext-500.css";
import "@fontsource/roboto-condensed/latin-700.css";
import "@fontsource/roboto-condensed/latin-ext-700.css";
import "@fontsource/roboto-mono/latin-400.css";
import "@mantine/core/styles.css";
import "./app/styles.css";
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { NoAnswer, worthRepeating } from "./api/client";
import { router } from "./app/router";
import { takeFragment } from "./app/session";
import { theme } from "./app/theme";
import { startLanguage } from "./i18n";
import { startHands } from "./lib/hands";
import { addEntries, startNames } from "./lib/names";

const { names } = takeFragment();
startNames();
startHands();

const queries = new QueryClient({
  defaultOptions: {
    queries: {
      // The feed says when something changed; looking away and back need not ask again at once.
      staleTime: 2_000,
      retry: (failures, error) => failures < 3 && worthRepeating(error),
      retryDelay: (failures, error) => (error instanceof NoAnswer ? Math.min(500 * 2 ** failures, 4_000) : 1_000),
      networkMode: "always",
    },
  },
});

await startLanguage();
if (names === "scenario") {
  const { scenario } = await import("./lib/scenario");
  addEntries(scenario);
}

// The page opens without a connection once it has been opened with one. Browsers allow it over HTTPS and on this machine.
if (import.meta.env.PROD && "serviceWorker" in navigator) {
  const register = () => void navigator.serviceWorker.register("/sw.js").catch(() => undefined);
  // On a slow machine the page has loaded before its language has.
  if (document.readyState === "complete") register();
  else addEventListener("load", register);
}

const place = document.getElementById("root");
if (place === null) throw new Error("index.html has no #root");
createRoot(place).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <QueryClientProvider client={queries}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
