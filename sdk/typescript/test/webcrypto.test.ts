/** Keys that the browser holds, made by the WebCrypto of this program. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { KeyError, Statement, StatementBuilder, StatementError, WebCryptoKey } from "../src/index.js";
import { lowS } from "../src/webcrypto.js";
import { load, unhex } from "./vectors.js";

const builder = () => new StatementBuilder("baltic.ba7816bf8f01cfea", "did:web:a:b", 1_800_000_000_000).sequence(7, 3).action("custody", { a: 1 });

for (const algorithm of ["Ed25519", "ES256"] as const) {
  test(`a ${algorithm} key of the browser signs statements that hold, and its secret cannot be read`, async () => {
    const key = await WebCryptoKey.generate(algorithm);
    // Many, for half of all P-256 signatures come with a high s.
    for (let left = 12; left > 0; left--) {
      const statement = await builder().signWith(key);
      Statement.decode(statement.bytes).verify(key.publicKey);
      assert.equal(statement.keyId, key.publicKey.id);
      assert.equal(statement.content.assurance, "own_key");
    }
    await assert.rejects(crypto.subtle.exportKey("pkcs8", key.pair.privateKey));
    assert.equal((await WebCryptoKey.of(key.pair)).publicKey.id, key.publicKey.id);
  });
}

test("a key that could be taken out, or of another kind, is refused", async () => {
  const open = (await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-256" }, true, ["sign", "verify"])) as CryptoKeyPair;
  await assert.rejects(WebCryptoKey.of(open), (error) => error instanceof KeyError && /not extractable/.test(error.message));
  const other = (await crypto.subtle.generateKey({ name: "ECDSA", namedCurve: "P-384" }, false, ["sign", "verify"])) as CryptoKeyPair;
  await assert.rejects(WebCryptoKey.of(other), KeyError);
});

test("a signature that does not hold never becomes a statement", async () => {
  const key = await WebCryptoKey.generate("Ed25519");
  const broken = { publicKey: key.publicKey, sign: async (message: Uint8Array) => (await key.sign(message)).map((byte, at) => (at === 5 ? byte ^ 1 : byte)) };
  await assert.rejects(builder().signWith(broken), (error) => error instanceof StatementError && error.number === 1015);
});

test("the high s of a signature becomes the low one of the same signature", () => {
  // A signature of the shared vectors, whose s is low: n - s is the other one.
  const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
  const { signature } = load<{ good: { algorithm: string; signature: string }[] }>("keys.json").good.find((found) => found.algorithm === "ES256") as { signature: string };
  const low = unhex(signature);
  const s = BigInt(`0x${signature.slice(64)}`);
  const high = unhex(signature.slice(0, 64) + (order - s).toString(16).padStart(64, "0"));
  assert.deepEqual(lowS(high), low);
  assert.deepEqual(lowS(low), low);
});
