// Captures with epcis2.js and asks for the events again, as its users would. Prints one line a claim.
import assert from 'node:assert/strict';
import epcis from 'epcis2.js';

const { setup, capture, CaptureResponse, EPCISDocument, ObjectEvent, AggregationEvent, BizLocation, ReadPoint } = epcis;
const [url, token] = process.argv.slice(2);
const api = `${url.replace(/\/$/, '')}/v1/epcis`;
const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
setup({ apiUrl: api, headers, documentValidation: true, eventTimeZoneOffset: '+00:00' });

const run = Date.now().toString(36).toUpperCase();
const part = (n) => `https://id.gs1.org/01/09521141123454/21/JS${run}${n}`;
const box = `https://id.gs1.org/00/0952114100${String(Date.now()).slice(-7)}`;
const place = 'https://id.gs1.org/414/9521141000013';

// The check digit of an SSCC.
const digits = box.split('/').pop();
const sum = [...digits].reverse().reduce((total, digit, at) => total + Number(digit) * (at % 2 ? 1 : 3), 0);
const sscc = `${box}${(10 - (sum % 10)) % 10}`;

async function get(path) {
  const response = await fetch(path.startsWith('http') ? path : `${api}${path}`, { headers });
  const body = await response.json();
  assert.equal(response.status, 200, JSON.stringify(body));
  return { body, link: response.headers.get('link'), headers: response.headers };
}
const events = ({ body }) => body.epcisBody.queryResults.resultsBody.eventList;
const ids = (answer) => events(answer).flatMap((event) => event.epcList ?? event.childEPCs ?? []);
const say = (claim) => console.log(`ok: ${claim}`);

const when = new Date(Date.now() - 60_000).toISOString();
const add = new ObjectEvent()
  .setAction('ADD')
  .setEventTime(when)
  .addEPCList([part(1), part(2), sscc])
  .setBizStep('commissioning')
  .setBizLocation(new BizLocation().setId(place))
  .setReadPoint(new ReadPoint().setId(place));
const pack = new AggregationEvent()
  .setAction('ADD')
  .setEventTime(new Date(Date.now() - 30_000).toISOString())
  .setParentId(sscc)
  .addChildEPCList([part(1), part(2)])
  .setBizStep('packing');
const document = new EPCISDocument().setCreationDate(new Date().toISOString()).addEvent(add).addEvent(pack);

const taken = await capture(document);
assert.equal(taken.status, 202, await taken.clone().text());
const job = new CaptureResponse(taken);
await job.pollForTheCaptureToFinish(20, 500);
assert.equal(job.getRunningStatus(), false);
assert.equal(job.getSuccessStatus(), true, JSON.stringify(job.getErrors()));
say('a document made and sent by epcis2.js is captured');

const again = await capture(document);
assert.equal(again.status, 409);
say('the same document again is a conflict');

const of = (query) => get(`/events?${query}`);
const until = async (ask, wanted) => {
  for (let tries = 0; ; tries += 1) {
    const answer = await ask();
    if (events(answer).length >= wanted || tries > 50) return answer;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
};
const found = await until(() => of(`MATCH_anyEPC=${encodeURIComponent(sscc)}`), 2);
assert.equal(events(found).length, 2);
assert.equal(found.body.type, 'EPCISQueryDocument');
say('both events are found by the box');

const read = new EPCISDocument();
for (const event of events(found)) {
  read.addEvent(event.type === 'ObjectEvent' ? new ObjectEvent(event) : new AggregationEvent(event));
}
read.setCreationDate(new Date().toISOString());
assert.equal(read.isValid(), true);
say('what is answered is valid for epcis2.js');

const first = await of(`MATCH_anyEPC=${encodeURIComponent(sscc)}&perPage=1`);
assert.equal(events(first).length, 1);
const next = /<([^>]+)>; rel="next"/.exec(first.link)[1];
const second = await get(new URL(next, url).href);
assert.equal(events(second).length, 1);
assert.notDeepEqual(events(first), events(second));
say('pages are followed by their Link');

const id = events(found)[0].eventID;
assert.equal(events(await get(`/events/${encodeURIComponent(id)}`)).length, 1);
const steps = await get('/bizSteps');
assert.ok(steps.body.member.includes('packing'));
const packed = await get(`/bizSteps/packing/events?MATCH_parentID=${encodeURIComponent(sscc)}`);
assert.deepEqual(ids(packed).sort(), [part(1), part(2)].sort());
say('an event is found by its id, and by browsing');

const name = `js-${run.toLowerCase()}`;
const made = await fetch(`${api}/queries`, {
  method: 'POST', headers, body: JSON.stringify({ name, query: { eventType: ['AggregationEvent'], MATCH_parentID: [sscc] } }),
});
assert.equal(made.status, 201, await made.text());
assert.equal(events(await get(`/queries/${name}/events`)).length, 1);
assert.equal((await fetch(`${api}/queries/${name}`, { method: 'DELETE', headers })).status, 204);
say('a named query answers and is deleted');

const wrong = await fetch(`${api}/events?GE_eventDate=2026-01-01T00:00:00Z`, { headers });
assert.equal(wrong.status, 400);
assert.equal((await wrong.json()).type, 'epcisException:QueryParameterException');
say('an unknown parameter is refused under the name of the standard');
