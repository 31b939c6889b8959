// A walk through the demo company, as one of its customers; each step is told as a line of JSON.
// node build/tour.js URL TENANT USER PASSWORD [EVENT]
import { setTimeout as pause } from "node:timers/promises";
import { Crossdock } from "./client.js";
import {
  CatalogueDocument,
  MyOrdersDocument,
  OrderChangedDocument,
  PlaceOrderDocument,
} from "./generated/graphql.js";

const [url, tenant, username, password, after = null] = process.argv.slice(2);
if (!url || !tenant || !username || !password) throw new Error("tour URL TENANT USER PASSWORD");

const tell = (step: string, told: object) => console.log(JSON.stringify({ step, ...told }));
const crossdock = new Crossdock(url);
await crossdock.signIn(tenant, username, password);
tell("signed in", { username });

const skus: string[] = [];
for await (const item of crossdock.rows(CatalogueDocument, { first: 4 })) skus.push(item.sku);
tell("listed", { skus });

// A subscription tells what comes after its beginning: let it begin.
const placed = pause(500).then(() => place(skus[0] ?? "", "2"));
await follow(placed);
await place(skus[0] ?? "", "2", "BARREL");
await crossdock.close();

/** Order as the portal does; sent twice under one key, as on a line that broke, it is one order. */
async function place(code: string, quantity: string, unit = "EA"): Promise<string> {
  const key = `tour-${Date.now()}-${unit}`;
  const input = { channelCode: "portal", lines: [{ code, quantity, unit }] };
  const first = await crossdock.mutate(PlaceOrderDocument, { input }, key);
  const again = await crossdock.mutate(PlaceOrderDocument, { input }, key);
  if (first.ok && again.ok) {
    const numbers = [first.payload.order?.number, again.payload.order?.number];
    const { orders } = await crossdock.query(MyOrdersDocument, { first: 1 });
    tell("placed", { numbers, orders: orders.totalCount });
    return first.payload.order?.number ?? "";
  }
  for (const error of first.ok ? [] : first.userErrors) {
    switch (error.__typename) {
      case "UnitUnknownError":
        tell("refused", { code: error.code, unit: error.unit, allowed: error.allowed });
        break;
      case "StockShortError":
        tell("refused", { code: error.code, available: error.available });
        break;
      default:
        tell("refused", { code: error.code, message: error.message, path: error.path });
    }
  }
  return "";
}

/** The first news of the order, from now on, or from after the event that an earlier run knew. */
async function follow(placed: Promise<string>): Promise<void> {
  for await (const { orderChanged } of crossdock.subscribe(OrderChangedDocument, { after })) {
    if (orderChanged.order?.number !== (await placed)) continue;
    tell("told", { event: orderChanged.eventType, status: orderChanged.order.status });
    return;
  }
}
