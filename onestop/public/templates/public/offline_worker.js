{% autoescape off %}// Keeps the page that checks QR codes, its files, keys and lists, for the time without a network. Nothing else.
"use strict";

const { page, data, parts, version } = {{ known }};
const KEPT = `offline-${version}`;
const FROM_QR = /^\/V\/[0-9A-F]{32}\/[A-Z2-7]+$/;

// Asked for as nobody: what is kept on a shared telephone must not name who was signed in.
async function keep(paths) {
  const kept = await caches.open(KEPT);
  const ask = (path) => new Request(path, { credentials: "omit", cache: "no-cache" });
  await Promise.all(paths.map(async (path) => {
    const answer = await fetch(ask(path));
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
    await kept.put(path, answer);
  }));
}

async function kept(path) {
  return (await (await caches.open(KEPT)).match(path)) || Response.error();
}

async function freshData(request) {
  try {
    await keep([data, page]);
  } catch {
    // No network, or the server is busy: what was kept before, with the time that it bears.
  }
  return kept(data);
}

self.addEventListener("install", (event) => {
  event.waitUntil(keep([page, data, ...parts]).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const forget = async () => {
    for (const name of await caches.keys()) {
      if (name.startsWith("offline-") && name !== KEPT) await caches.delete(name);
    }
    await self.clients.claim();
  };
  event.waitUntil(forget());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (url.pathname === page || FROM_QR.test(url.pathname)) {
      event.respondWith(fetch(request).catch(() => kept(page)));
    }
  } else if (url.pathname === data) {
    event.respondWith(freshData(request));
  } else if (parts.includes(url.pathname)) {
    event.respondWith(kept(url.pathname).then((found) => (found.ok ? found : fetch(request))));
  }
});
{% endautoescape %}
