/**
 * A real OpenID Connect provider (oidc-provider, certified) and a person's browser, played against a running node.
 *
 * usage: run.mjs NODE PORT
 *
 * NODE is the node's address; its configuration names the provider `interop` at http://localhost:PORT with the client `convoy` and the secret
 * `interop secret`, and people with the claim values `anna` (somebody) and nobody else. Prints one line for each thing tried; ends with 1 at the
 * first that is not as it should be.
 */

import { createHash, generateKeyPairSync } from "node:crypto";
import Provider from "oidc-provider";

const [node, port] = process.argv.slice(2);
const issuer = `http://localhost:${port}`;

const newKey = (kid) => ({ ...generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({ format: "jwk" }), kid, alg: "ES256", use: "sig" });

function provider(keys) {
  const made = new Provider(issuer, {
    clients: [
      {
        client_id: "convoy",
        client_secret: "interop secret",
        redirect_uris: [`${node}/v1/signin/oidc/interop/back`],
        response_types: ["code"],
        grant_types: ["authorization_code"],
        id_token_signed_response_alg: "ES256",
      },
    ],
    jwks: { keys },
    pkce: { required: () => true },
    findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    cookies: { keys: ["interop"] },
    features: { devInteractions: { enabled: true } },
  });
  made.on("server_error", (_, error) => console.error(error));
  return made;
}

let server;
const serve = (keys) => new Promise((resolve) => (server = provider(keys).listen(Number(port), "localhost", resolve)));
const stop = () => new Promise((resolve) => (server.closeAllConnections(), server.close(resolve)));

/** A browser: cookies by host name, no redirect followed unless asked. */
class Browser {
  jar = new Map();

  async ask(url, init = {}) {
    const host = new URL(url).hostname;
    const cookies = this.jar.get(host) ?? this.jar.set(host, new Map()).get(host);
    const headers = { ...init.headers, ...(cookies.size > 0 && { cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join("; ") }) };
    const response = await fetch(url, { ...init, headers, redirect: "manual" });
    for (const cookie of response.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie);
      if (value === "" || /max-age=0\b/i.test(cookie)) cookies.delete(name);
      else cookies.set(name, value);
    }
    const to = response.headers.get("location");
    return { status: response.status, to: to && new URL(to, url).href, text: await response.text() };
  }

  /** From the console to the provider, in as `login`, until the provider sends the browser back; where to. */
  async login(login, back = "/trace?id=1") {
    let answer = await this.ask(`${node}/v1/signin/oidc/interop?back=${encodeURIComponent(back)}`);
    check(answer.status === 303 && answer.to.startsWith(issuer), "the node sends the browser to the provider", answer);
    for (let step = 0; step < 12; step += 1) {
      if (answer.to?.startsWith(node)) return answer.to;
      if (answer.to) {
        answer = await this.ask(answer.to);
        continue;
      }
      const form = /<form[^>]*action="([^"]+)"/.exec(answer.text)?.[1];
      const prompt = /name="prompt" value="(\w+)"/.exec(answer.text)?.[1];
      if (!form) break;
      const body = new URLSearchParams(prompt === "login" ? { prompt, login, password: "x" } : { prompt });
      answer = await this.ask(new URL(form, issuer).href, { method: "POST", body });
    }
    check(false, "the provider sends the browser back", answer);
  }

  async me() {
    const answer = await this.ask(`${node}/v1/session`);
    return answer.status === 200 ? JSON.parse(answer.text) : { status: answer.status };
  }
}

function check(holds, what, seen) {
  if (!holds) {
    console.error(`NOT: ${what}`, seen);
    process.exit(1);
  }
  console.log(what);
}

const signedIn = (browser, from) => browser.ask(from);

await serve([newKey("first")]);

const anna = new Browser();
const home = await anna.login("anna");
const arrived = await signedIn(anna, home);
check(arrived.status === 303 && arrived.to === `${node}/trace?id=1`, "the node lets her in and sends her to where she was", arrived);
const me = await anna.me();
check(me.how === "oidc" && me.signer?.startsWith("did:"), "the session is hers and says how it was made", me);

const replayed = await signedIn(new Browser(), home);
check(replayed.to?.includes("/signin?fault="), "the same answer again, from another browser, opens nothing", replayed);
check((await anna.me()).how === "oidc", "and does not end her session");

const thief = new Browser();
const caught = await new Browser().login("anna");
const stolen = await signedIn(thief, caught);
check(stolen.to?.includes("/signin?fault=sign-in-refused") && (await thief.me()).status === 401, "an answer caught on its way opens nothing in another browser", stolen);

const stranger = new Browser();
const strange = await signedIn(stranger, await stranger.login("bert"));
check(strange.to?.includes("/signin?fault=sign-in-refused") && (await stranger.me()).status === 401, "somebody whom the operator did not name stays outside", strange);

const forged = new Browser();
const address = new URL(await forged.login("anna"));
address.searchParams.set("code", createHash("sha256").update("no code").digest("base64url"));
const guessed = await signedIn(forged, address.href);
check(guessed.to?.includes("/signin?fault=identity-provider"), "an invented code is not exchanged", guessed);

const elsewhere = new Browser();
const away = await signedIn(elsewhere, await elsewhere.login("anna", "//evil.example/"));
check(away.to === `${node}/`, "the way back never leads to another site", away);

await stop();
await serve([newKey("second")]);
// The node asks for keys again when it meets one that it does not know, but not every second: a stranger's token must not make it hammer the provider.
const changed = Date.now();
let later;
do {
  await new Promise((resolve) => setTimeout(resolve, 250));
  later = new Browser();
  await signedIn(later, await later.login("anna"));
} while ((await later.me()).how !== "oidc" && Date.now() - changed < 30_000);
check((await later.me()).how === "oidc", `after the provider changed its keys she signs in all the same (${Math.round((Date.now() - changed) / 1000)} s)`);

await stop();
const down = await new Browser().ask(`${node}/v1/signin/oidc/interop`);
check(down.status === 303, "a node whose provider is down still answers", down);
process.exit(0);
