// Resolves the node's own did:web by HTTPS and compares what the resolvers found with the trust file. See `run --help`.
import assert from "node:assert/strict";
import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { Resolver } from "did-resolver";
import { getResolver } from "web-did-resolver";

const [url, token, host, folder] = process.argv.slice(2);
const files = { key: readFileSync(`${folder}/key.pem`), cert: readFileSync(`${folder}/cert.pem`) };
const proxy = https.createServer(files, (request, response) => {
  http.get(url + request.url, { headers: { accept: request.headers.accept ?? "*/*" } }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
});
await new Promise((listening) => proxy.listen(Number(host.split(":")[1]), "127.0.0.1", listening));

const get = async (path, accept) => {
  const answer = await fetch(url + path, { headers: { authorization: `Bearer ${token}`, ...(accept && { accept }) } });
  assert.equal(answer.status, 200, path);
  return answer.json();
};

try {
  const did = `did:web:${host.replace(":", "%3A")}`;
  const resolver = new Resolver(getResolver());
  const found = await resolver.resolve(did);
  assert.equal(found.didResolutionMetadata.error, undefined, JSON.stringify(found.didResolutionMetadata));
  assert.equal(found.didDocument.id, did);

  const trust = await get("/v1/trust");
  const session = await get("/v1/session");
  const own = trust.tree_heads.filter((head) => head.member === session.member).map((head) => head.key);
  const published = found.didDocument.verificationMethod.map((method) => method.publicKeyJwk);
  assert.deepEqual(published, own, "the document has the keys of the trust file");
  for (const method of found.didDocument.verificationMethod) {
    assert.equal(method.controller, did);
    assert.ok(found.didDocument.assertionMethod.includes(method.id));
    if (method.publicKeyJwk.kty === "OKP") createPublicKey({ format: "jwk", key: method.publicKeyJwk });
  }

  const asked = await get(`/v1/dids/${encodeURIComponent(did)}`, "application/did-resolution");
  assert.deepEqual(asked.didDocument, found.didDocument, "the node resolves to the same document");
  assert.equal(asked.didDocumentMetadata.deactivated, false);

  const nobody = await resolver.resolve(`${did}:nobody`);
  assert.equal(nobody.didDocument, null);
  assert.ok(nobody.didResolutionMetadata.error);
  console.log(`did: ${did} with ${published.length} keys, resolved by web-did-resolver as by the node`);
} finally {
  proxy.close();
}
