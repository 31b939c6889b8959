// Ours, not the kit's: its runtime.* take the cursor of the first list for every other one. Here each list has a store of
// its own, so that its own cursor must bring its next page. Runs the artifacts that 03_relay.mjs compiled.
import fs from 'node:fs'; import path from 'node:path';
import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { Part, OUT, gql, assert } from '../lib/report.mjs';
const p = new Part('6-pages');
const R = createRequire(import.meta.url)('relay-runtime');
const dir = path.join(OUT, 'relay/src/__generated__');
const artifact = async (name) => (await import(pathToFileURL(path.join(dir, `${name}.graphql.js`)))).default;
const names = fs.readdirSync(dir).map(n => /^KitRelayQuery(\w+)PaginationQuery\.graphql\.js$/.exec(n)?.[1]).filter(Boolean);
const errs = []; console.error = console.warn = (...a) => errs.push(a.join(' '));
const network = R.Network.create(async (op, variables) => { const r = await gql(op.text, variables); if (!r.json) throw new Error(`HTTP ${r.status}`); return r.json; });
const ids = (env) => env.getStore().getSource().getRecordIDs();
const records = (env) => ids(env).filter(id => !id.startsWith('client:')).length;
for (const name of names) await p.check(`pages.${name}`, 'MUST', 'relay-runtime fetches a page, then the next page by its own cursor, and normalises both', async () => {
  if (name.startsWith('Operator')) return { skip: 'operators only, and no tenant has one' };
  const env = new R.Environment({ network, store: new R.Store(new R.RecordSource()) });
  await R.fetchQuery(env, await artifact(`KitRelayQuery${name}Query`), { count: 2 }).toPromise();
  const source = env.getStore().getSource(); const info = ids(env).map(id => source.get(id)).find(r => r && r.__typename === 'PageInfo');
  if (!info?.hasNextPage) return { skip: 'the list has one page' };
  const before = records(env); assert(before > 0, 'no record with a server id in the store');
  await R.fetchQuery(env, await artifact(`KitRelayQuery${name}PaginationQuery`), { count: 2, cursor: info.endCursor }).toPromise();
  assert(records(env) > before, 'page 2 brought no new records');
});
await p.check('pages.warnings', 'SHOULD', 'relay-runtime prints no warnings', () => assert(!errs.length, errs.slice(0, 3).join(' | ')));
p.done();
process.exit(0);
