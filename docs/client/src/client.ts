// A client of Crossdock: typed documents over fetch, subscriptions over graphql-ws.
import { randomUUID } from "node:crypto";
import type { TypedDocumentNode } from "@graphql-typed-document-node/core";
import { print } from "graphql";
import { type Client as Socket, createClient } from "graphql-ws";
import WebSocket from "ws";
import { RefreshTokenDocument, SignInDocument } from "./generated/graphql.js";

export interface ApiError {
  message: string;
  path?: (string | number)[];
  extensions: { code: string; requestId?: string };
}

/** Top-level errors: a fault of the caller (FORBIDDEN, BAD_INPUT, …) or of the server (INTERNAL). */
export class RequestFailed extends Error {
  constructor(readonly errors: readonly ApiError[]) {
    super(errors.map((each) => `${each.extensions.code}: ${each.message}`).join("; "));
  }
  has(code: string): boolean {
    return this.errors.some((each) => each.extensions.code === code);
  }
}

/** What a mutation answers: it was done, or it was refused and nothing has changed. */
export type Outcome<Payload extends { userErrors: unknown[] }> =
  | { ok: true; payload: Payload }
  | { ok: false; userErrors: Payload["userErrors"] };

/** The value of a document's one root field. */
type Root<Data> = Omit<Data, "__typename">[keyof Omit<Data, "__typename">];
type PayloadOf<Data> = Root<Data> & { userErrors: unknown[] };
type Page<Row> = { nodes: Row[]; pageInfo: { hasNextPage: boolean; endCursor?: string | null } };
type RowOf<Data> = Root<Data> extends { nodes: (infer Row)[] } ? Row : never;
type Tokens = { accessToken: string; refreshToken: string };

const ATTEMPTS = 5;
const WORTH_ANOTHER_TRY = new Set([429, 502, 503, 504]);
const pause = (ms: number) => new Promise((done) => setTimeout(done, ms));

export class Crossdock {
  #tokens: Tokens | undefined;
  #socket: Socket | undefined;

  /** `url`: of the GraphQL endpoint, as in http://127.0.0.1:8000/graphql. */
  constructor(readonly url: string) {}

  async signIn(tenant: string, username: string, password: string): Promise<void> {
    const done = await this.mutate(SignInDocument, { input: { tenant, username, password } });
    if (!done.ok) throw new Error(done.userErrors[0]?.message);
    this.#tokens = done.payload.tokens ?? undefined;
  }

  /** The data of a query. Throws RequestFailed. */
  query<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    return this.#ask(document, variables);
  }

  /** A mutation. Documents with a $key are sent again on a broken line: they have one effect. */
  async mutate<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Omit<Variables, "key">,
    key: string = randomUUID(),
  ): Promise<Outcome<PayloadOf<Data>>> {
    const data = await this.#ask(document, { ...variables, key } as unknown as Variables);
    const payload = Object.values(data as object)[0] as PayloadOf<Data>;
    if (payload.userErrors.length === 0) return { ok: true, payload };
    return { ok: false, userErrors: payload.userErrors as PayloadOf<Data>["userErrors"] };
  }

  /** Every row of a list, page after page; ask for `first` rows at a time. */
  async *rows<Data, Variables extends { first?: unknown; after?: unknown }>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): AsyncGenerator<RowOf<Data>> {
    for (let after: string | null = null; ; ) {
      const data = await this.query(document, { ...variables, after });
      const page = Object.values(data as object)[0] as Page<RowOf<Data>>;
      yield* page.nodes;
      if (!page.pageInfo.hasNextPage) return;
      after = page.pageInfo.endCursor ?? null;
    }
  }

  /** What a subscription tells, as it tells it. The socket is opened again when it breaks. */
  async *subscribe<Data, Variables extends Record<string, unknown>>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): AsyncGenerator<Data> {
    this.#socket ??= createClient({
      url: this.url.replace(/^http/, "ws"),
      webSocketImpl: WebSocket,
      connectionParams: () => this.#authorization(),
    });
    const told = this.#socket.iterate<Data>({ query: print(document), variables });
    for await (const { data, errors } of told) {
      if (errors) throw new RequestFailed(errors as unknown as ApiError[]);
      if (data) yield data;
    }
  }

  async close(): Promise<void> {
    await this.#socket?.dispose();
  }

  async #ask<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    try {
      return await this.#send(document, variables);
    } catch (error) {
      const expired = error instanceof RequestFailed && error.has("UNAUTHENTICATED");
      if (!expired || this.#tokens === undefined) throw error;
      await this.#refresh(this.#tokens.refreshToken);
      return this.#send(document, variables);
    }
  }

  async #send<Data, Variables>(
    document: TypedDocumentNode<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    const query = print(document);
    const isRepeatable = !query.startsWith("mutation") || query.includes("@idempotent");
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt === ATTEMPTS || !isRepeatable;
      try {
        const response = await this.#post(query, variables);
        if (isLast || !WORTH_ANOTHER_TRY.has(response.status)) return await answered(response);
        await pause(1000 * Number(response.headers.get("retry-after") ?? 0));
      } catch (error) {
        if (isLast || error instanceof RequestFailed) throw error;
      }
      await pause(100 * 2 ** attempt * Math.random());
    }
  }

  #post(query: string, variables: unknown): Promise<Response> {
    const headers = {
      ...this.#authorization(),
      accept: "application/graphql-response+json",
      "content-type": "application/json",
    };
    return fetch(this.url, {
      method: "POST",
      headers,
      body: JSON.stringify({ query, variables }),
      signal: AbortSignal.timeout(30_000),
    });
  }

  #authorization(): Record<string, string> {
    return this.#tokens ? { authorization: `Bearer ${this.#tokens.accessToken}` } : {};
  }

  async #refresh(refreshToken: string): Promise<void> {
    this.#tokens = undefined;
    const { refreshToken: done } = await this.#send(RefreshTokenDocument, { input: { refreshToken } });
    this.#tokens = done.tokens ?? undefined;
  }
}

/** The answer's data. Throws RequestFailed, also where a proxy answered in place of the server. */
async function answered<Data>(response: Response): Promise<Data> {
  const isJson = response.headers.get("content-type")?.includes("json") ?? false;
  if (!isJson) throw new Error(`HTTP ${response.status} from ${response.url}`);
  const answer = (await response.json()) as { data?: Data; errors?: ApiError[] };
  if (answer.errors) throw new RequestFailed(answer.errors);
  return answer.data as Data;
}
