/** Showing the node who one is: by passkey, by passphrase, by invitation, by the code of an enrolment, by the demonstration's own way. Each ends in a session. */

import { api, data, Refused, type Schemas } from "../api/client";
import { forgetKey, makeKey, provesKey } from "../lib/own-key";
import { entered } from "./session";

export type Way = Schemas["WayView"];
export type Invited = Schemas["InvitedView"];
type Options = Schemas["PasskeyOptions"];

/** The person or the device said no, or took too long; which, browsers do not tell. */
export class Cancelled extends Error {
  override name = "Cancelled";
}

/** Passkeys are bound to the host's name, and an address without a name has none. */
export function passkeysWorkHere(host: string | null | undefined): boolean {
  if (typeof PublicKeyCredential === "undefined" || !host) return false;
  return location.hostname === host || location.hostname.endsWith(`.${host}`);
}

/** The same page under the name that passkeys are bound to. */
export function addressFor(host: string): string {
  const url = new URL(location.href);
  url.hostname = host;
  return url.href;
}

async function fromDevice(ask: () => Promise<Credential | null>): Promise<unknown> {
  try {
    const credential = await ask();
    if (credential === null) throw new Cancelled();
    return (credential as PublicKeyCredential).toJSON();
  } catch (error) {
    if (error instanceof DOMException) throw new Cancelled(error.message, { cause: error });
    throw error;
  }
}

const made = (options: Options) =>
  fromDevice(() =>
    navigator.credentials.create({
      publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options.publicKey as unknown as PublicKeyCredentialCreationOptionsJSON),
    }),
  ) as Promise<Schemas["PasskeyRegistration"]>;

export async function byPasskey(): Promise<void> {
  const options = await data(api.POST("/v1/signin/passkey/options"));
  const answer = await fromDevice(() =>
    navigator.credentials.get({
      publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options.publicKey as unknown as PublicKeyCredentialRequestOptionsJSON),
    }),
  );
  await data(api.POST("/v1/signin/passkey", { body: answer as Schemas["PasskeyAssertion"] }));
  entered();
}

export async function byPassphrase(name: string, passphrase: string): Promise<void> {
  await data(api.POST("/v1/signin/passphrase", { body: { name, passphrase } }));
  entered();
}

export async function byDemo(signer: string): Promise<void> {
  await data(api.POST("/v1/signin/demo", { body: { signer } }));
  entered();
}

export const invitation = (code: string): Promise<Invited> => data(api.POST("/v1/signin/invitation", { body: { code } }));

export async function acceptWithPasskey(code: string, name: string, options: Options): Promise<void> {
  const credential = await made(options);
  await data(api.POST("/v1/signin/invitation/passkey", { body: { code, name, credential } }));
  entered();
}

export async function acceptWithPassphrase(code: string, name: string, passphrase: string): Promise<void> {
  await data(api.POST("/v1/signin/invitation/passphrase", { body: { code, name, passphrase } }));
  entered();
}

/** The enrolment may still become final: the key is kept for it. */
const NOT_YET = "not-yet";

/**
 * Enrols whom the code of an enrolment makes: a passkey for signing in and a key of the person's own that stays in this browser.
 *
 * The code is read anew, since a challenge is good for one answer: who was interrupted presses again.
 */
export async function enrol(code: string, name: string): Promise<void> {
  const { passkey, signer, enrolment } = await invitation(code);
  if (!passkey || !enrolment) throw new Cancelled();
  const credential = await made(passkey);
  const own = await makeKey(signer, { who: signer, network: enrolment.network });
  try {
    const { challenge } = passkey.publicKey as unknown as { challenge: string };
    const proof = await provesKey(own, challenge);
    await data(api.POST("/v1/signin/enrolment", { body: { code, name, credential, key: own.jwk as never, proof } }));
  } catch (error) {
    if (!(error instanceof Refused) || error.problem.name !== NOT_YET) await forgetKey(own.id);
    throw error;
  }
  entered();
}

export async function addPasskey(name: string): Promise<void> {
  const credential = await made(await data(api.POST("/v1/passkeys/options")));
  await data(api.POST("/v1/passkeys", { body: { name, credential } }));
}

/** What this device is called until somebody says otherwise. */
export function deviceName(): string {
  const agent = navigator.userAgent;
  const kinds: [RegExp, string][] = [[/Android/, "Android"], [/iPhone|iPad/, "iPhone"], [/Windows/, "Windows"], [/Mac OS/, "Mac"], [/Linux/, "Linux"]];
  return kinds.find(([pattern]) => pattern.test(agent))?.[1] ?? "";
}
