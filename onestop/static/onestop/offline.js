// Checks the signed statement in a decision's QR code, in the browser alone. Page and sentences: public/offline.html;
// what the bytes mean: docs/verification.md. Nothing is sent anywhere.
"use strict";

const ZONE = "Asia/Ho_Chi_Minh";
const STATES = { 0: "holds", 1: "holds-not", 2: "suspended", 3: "replaced", 12: "not-yet" }; // four bits of a list

class Unread extends Error {}

// -- bytes ------------------------------------------------------------------------------------------------------------

function fromBase32(text) {
  const bytes = [];
  let value = 0;
  let bits = 0;
  for (const letter of text) {
    value = (value << 5) | "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".indexOf(letter);
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      bytes.push((value >> bits) & 255);
      value &= (1 << bits) - 1;
    }
  }
  return Uint8Array.from(bytes);
}

function fromBase64url(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");

// As much of CBOR (RFC 8949) as statements are made of; anything else is no statement.
function readCbor(bytes) {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const take = (length) => {
    if (at + length > bytes.length) throw new Unread("too short");
    at += length;
    return at - length;
  };
  const head = () => {
    const first = bytes[take(1)];
    const rest = first & 31;
    if (rest < 24) return [first >> 5, rest];
    if (rest === 24) return [first >> 5, view.getUint8(take(1))];
    if (rest === 25) return [first >> 5, view.getUint16(take(2))];
    if (rest === 26) return [first >> 5, view.getUint32(take(4))];
    throw new Unread("no statement");
  };
  const read = () => {
    const [kind, count] = head();
    if (kind === 0) return count;
    if (kind === 1) return -1 - count;
    if (kind === 2) return bytes.slice(take(count), at);
    if (kind === 3) return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(take(count), at));
    if (kind === 4) return Array.from({ length: Math.min(count, bytes.length) }, read);
    if (kind === 5) return new Map(Array.from({ length: Math.min(count, bytes.length) }, () => [read(), read()]));
    if (kind === 6) return { tag: count, value: read() };
    throw new Unread("no statement");
  };
  const found = read();
  if (at !== bytes.length) throw new Unread("something behind the statement");
  return found;
}

function byteString(bytes) {
  const length = bytes.length;
  const head = length < 24 ? [64 + length] : length < 256 ? [88, length] : [89, length >> 8, length & 255];
  return [...head, ...bytes];
}

// -- signatures -------------------------------------------------------------------------------------------------------

async function signedBy(jwk, signature, data) {
  const { kty, crv, x, y } = jwk;
  const key = await crypto.subtle.importKey(
    "jwk", { kty, crv, x, y }, { name: "ECDSA", namedCurve: "P-256" }, false, ["verify"],
  );
  return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, signature, data);
}

// The address in a QR code → its code, and what the statement says; `outcome` where it cannot be believed.
async function readStatement(text, keys) {
  const found = /([0-9A-F]{32})\/([A-Z2-7]{100,700})$/.exec(text.replace(/\s+/g, "").toUpperCase());
  if (!found) throw new Unread("no address of ours");
  const message = readCbor(fromBase32(found[2]));
  if (message.tag !== 18 || !Array.isArray(message.value) || message.value.length !== 4) throw new Unread("no COSE_Sign1");
  const [guarded, , payload, signature] = message.value;
  const header = readCbor(guarded);
  if (header.get(1) !== -7) throw new Unread("not ES256");
  const named = hex(header.get(4) ?? []);
  const key = keys.find((one) => named.length === 8 && hex(fromBase64url(one.kid)).startsWith(named));
  if (!key) return { outcome: "unknown-key" };
  const heard = [132, 106, ...new TextEncoder().encode("Signature1"), ...byteString(guarded), 64, ...byteString(payload)];
  if (!(await signedBy(key, signature, Uint8Array.from(heard)))) return { outcome: "forged" };
  const claims = readCbor(payload);
  if (hex(claims.get(7)).toUpperCase() !== found[1]) return { outcome: "forged" };
  return { said: claims, code: found[1], test: key.test };
}

// A status list as it may be believed now: its moment and its bits. null for one that is forged, another's, or too old.
async function readList(token, path, keys, now) {
  try {
    const [header, body, signature] = token.split(".");
    const json = (part) => JSON.parse(new TextDecoder().decode(fromBase64url(part)));
    const { alg, typ, kid } = json(header);
    const key = keys.find((one) => one.kid === kid);
    const heard = new TextEncoder().encode(`${header}.${body}`);
    if (alg !== "ES256" || typ !== "statuslist+jwt" || !key) return null;
    if (!(await signedBy(key, fromBase64url(signature), heard))) return null;
    const claims = json(body);
    const { bits, lst } = claims.status_list;
    if (bits !== 4 || new URL(claims.sub).pathname !== path || claims.exp <= now) return null;
    const packed = new Blob([fromBase64url(lst)]).stream().pipeThrough(new DecompressionStream("deflate"));
    return { at: claims.iat, bits: new Uint8Array(await new Response(packed).arrayBuffer()) };
  } catch {
    return null;
  }
}

// What is known of a paper whose statement is genuine: `outcome`, and the moment `at` of the list that says so.
async function standing(said, { keys, lists }, now) {
  const year = new Intl.DateTimeFormat("en", { timeZone: ZONE, year: "numeric" }).format(said.get(6) * 1000);
  const path = `/trang-thai/${said.get("a")}/${said.get("s")}/${year}`;
  const over = said.has(4) && said.get(4) <= now;
  const list = lists[path] ? await readList(lists[path], path, keys, now) : null;
  const place = said.get("n");
  if (!list) return { outcome: over ? "over" : "unknown" };
  const state = STATES[((list.bits[place >> 1] ?? 0xcc) >> ((place & 1) * 4)) & 15] ?? "unknown";
  return { outcome: over && state !== "holds-not" && state !== "replaced" ? "over" : state, at: list.at };
}

// -- the page ---------------------------------------------------------------------------------------------------------

const form = document.querySelector("[data-offline]");
const result = document.querySelector("[data-result]");

const day = (seconds) => new Intl.DateTimeFormat("en-GB", { timeZone: ZONE }).format(seconds * 1000);
const stamp = (seconds) => `${day(seconds)} ${new Intl.DateTimeFormat("en-GB", {
  timeZone: ZONE, hour: "2-digit", minute: "2-digit",
}).format(seconds * 1000)}`;

function part(name) {
  return document.querySelector(`template[data-part="${name}"]`).content.cloneNode(true);
}

function facts(said, code) {
  const shown = part("facts");
  const texts = {
    title: said.get("t"), number: said.get(2), date: day(said.get(6)), holder: said.get("h"),
    until: said.has(4) ? day(said.get(4) - 1) : "", code: code.replace(/(.{8})(?=.)/g, "$1 "),
  };
  for (const [name, text] of Object.entries(texts)) {
    const place = shown.querySelector(`[data-fact="${name}"]`);
    if (text) place.textContent = text;
    else place.parentElement.remove();
  }
  return shown;
}

async function check(text, known) {
  const now = Date.now() / 1000;
  let read;
  try {
    read = await readStatement(text, known.keys);
  } catch {
    return [part("unread")];
  }
  if (read.outcome) return [part(read.outcome)];
  const { outcome, at } = await standing(read.said, known, now);
  const shown = [part(outcome), facts(read.said, read.code)];
  if (at) {
    const told = part("as-of");
    told.querySelector("[data-at]").textContent = stamp(at);
    shown.push(told);
  }
  if (read.test) shown.push(part("test"));
  return shown;
}

async function knownNow() {
  const answer = await fetch(form.dataset.source);
  if (!answer.ok) throw new Error(answer.status);
  return answer.json();
}

async function show(text) {
  let shown;
  try {
    shown = await check(text, await knownNow());
  } catch {
    shown = [part("nothing-kept")];
  }
  result.replaceChildren(...shown);
  result.scrollIntoView({ block: "nearest" });
}

// Once here, once for the addresses in QR codes; each is at work when it has kept everything.
async function atWork(worker, scope) {
  const registered = await navigator.serviceWorker.register(worker, { scope });
  const coming = registered.installing ?? registered.waiting;
  if (!registered.active && coming) {
    await new Promise((done, failed) => coming.addEventListener("statechange", () => {
      if (coming.state === "activated") done();
      if (coming.state === "redundant") failed(new Error("not kept"));
    }));
  }
}

async function keepForLater() {
  if (!("serviceWorker" in navigator)) return;
  const { worker, page } = form.dataset;
  await Promise.all([page, "/V/"].map((scope) => atWork(worker, scope)));
  document.querySelector("[data-kept]").replaceChildren(part("kept"));
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  show(new FormData(form).get("text"));
});
keepForLater().catch(() => {}); // the page then works with a network only, and says nothing else
if (/^\/V\/.+\/.+/i.test(location.pathname)) {
  form.elements.text.value = location.href;
  show(location.href);
}
