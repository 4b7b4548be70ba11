/*
 * Keeps the page itself on the device, so that it opens without a connection. Data is never kept here: what the ledger knows is asked of the
 * node each time, and what a person hands in waits in the outbox.
 *
 * A page: from the node, and from the device when the node does not answer. A file of the build (its name has its hash): from the device
 * when it is there. When the page changes, the files of the build before it are let go.
 */

const KEPT = "convoy-page";

self.addEventListener("install", (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method !== "GET" || url.origin !== self.location.origin || url.pathname.startsWith("/v1/")) return;
  if (event.request.mode === "navigate") event.respondWith(page(event.request));
  else if (url.pathname.startsWith("/assets/")) event.respondWith(file(event.request));
});

async function page(request) {
  const cache = await caches.open(KEPT);
  let answer;
  try {
    answer = await fetch(request);
  } catch (error) {
    const kept = await cache.match("/");
    if (kept !== undefined) return kept;
    throw error;
  }
  if (answer.ok && answer.headers.get("content-type")?.startsWith("text/html")) {
    const before = await (await cache.match("/"))?.text();
    const now = await answer.clone().text();
    if (before !== undefined && before !== now) for (const old of await cache.keys()) await cache.delete(old);
    await cache.put("/", answer.clone());
  }
  return answer;
}

async function file(request) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(request);
  if (kept !== undefined) return kept;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(request, answer.clone());
  return answer;
}
