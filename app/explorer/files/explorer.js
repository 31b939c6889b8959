"use strict";
// Signs in, sends what GraphiQL asks, and gives it our documents as tabs.
const at = (id) => document.getElementById(id);
const { tabs, documents } = JSON.parse(at("documents").content.textContent);
const TOKENS = "crossdock:tokens";
let tokens = JSON.parse(sessionStorage.getItem(TOKENS) ?? "null");
let opened = {};
const root = ReactDOM.createRoot(at("graphiql"));

function keep(found) {
  tokens = found;
  if (found) sessionStorage.setItem(TOKENS, JSON.stringify(found));
  else sessionStorage.removeItem(TOKENS);
}

function post(body, headers = {}, signal = undefined) {
  return fetch(location.pathname, {
    method: "POST",
    signal,
    headers: {
      "content-type": "application/json",
      accept: "application/graphql-response+json, application/json, text/event-stream",
      ...(tokens ? { authorization: "Bearer " + tokens.accessToken } : {}),
      ...headers,
    },
    body: JSON.stringify(body),
  });
}

const GIVEN = "{ tokens { accessToken refreshToken } userErrors { message } }";

async function obtain(field, type, input) {
  keep(null);
  const query = `mutation($input: ${type}!) { ${field}(input: $input) ${GIVEN} }`;
  const answer = await (await post({ query, variables: { input } })).json();
  const given = answer.data?.[field];
  if (!given?.tokens) {
    const faults = answer.errors ?? given?.userErrors ?? [];
    throw new Error(faults.map((fault) => fault.message).join(" ") || "Refused.");
  }
  keep(given.tokens);
}

async function send(body, headers, signal) {
  const response = await post(body, headers, signal);
  if (response.status !== 401 || !tokens?.refreshToken) return response;
  try {
    await obtain("refreshToken", "RefreshTokenInput", { refreshToken: tokens.refreshToken });
  } catch {
    keep(null);
    return response;
  }
  return post(body, headers, signal);
}

async function* read(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  for (let rest = ""; ; ) {
    const { value, done } = await reader.read();
    if (done) return;
    const events = (rest + value).split("\n\n");
    rest = events.pop();
    for (const event of events) {
      const data = event.split("\n").find((line) => line.startsWith("data: "))?.slice(6);
      if (data) yield JSON.parse(data);
    }
  }
}

// A generator cannot be left while it waits: whoever leaves, ends the request.
function leavable(stream, stop) {
  const end = { done: true, value: undefined };
  return {
    [Symbol.asyncIterator]() { return this; },
    next: () => stream.next().catch((error) => {
      if (error.name === "AbortError") return end;
      throw error;
    }),
    return: async () => { stop.abort(); return end; },
  };
}

async function fetcher(body, options) {
  const stop = new AbortController();
  const response = await send(body, options?.headers, stop.signal);
  const kind = response.headers.get("content-type") ?? "";
  return kind.startsWith("text/event-stream") ? leavable(read(response), stop) : response.json();
}

async function ask(query) {
  return (await send({ query })).json();
}

async function show() {
  const viewer = (await ask("{ viewer { name tenant { slug } } }")).data?.viewer;
  const isSeen = !(await ask("{ __schema { queryType { name } } }")).errors;
  at("who").value = viewer
    ? `${viewer.name}, ${viewer.tenant.slug}` + (isSeen ? "" : " (may not see the schema)")
    : "not signed in";
  at("leave").hidden = !tokens;
  at("signing").hidden = at("token").hidden = Boolean(tokens);
  render(isSeen);
}

function render(isSeen) {
  root.render(React.createElement(GraphiQL, {
    // Another function each time: GraphiQL asks for the schema anew when its fetcher changes.
    fetcher: (body, options) => fetcher(body, options),
    // Without the right to see the schema there are no suggestions, but everything else works.
    schema: isSeen ? undefined : null,
    defaultTabs: tabs,
    defaultEditorToolsVisibility: "variables",
    shouldPersistHeaders: false,
    storage: sessionStorage,
    ...opened,
  }, React.createElement(GraphiQL.Logo, null, " ")));
}

const failed = (error) => { at("who").value = String(error.message ?? error); };

at("signing").addEventListener("submit", (event) => {
  event.preventDefault();
  const input = Object.fromEntries(
    ["tenant", "username", "password"].map((name) => [name, at(name).value]));
  obtain("signIn", "SignInInput", input)
    .then(() => { at("password").value = ""; return show(); }).catch(failed);
});
at("token").addEventListener("change", () => {
  const given = at("token").value.trim().replace(/^bearer\s+/i, "");
  at("token").value = "";
  if (given) { keep({ accessToken: given }); show().catch(failed); }
});
at("leave").addEventListener("click", () => { keep(null); show().catch(failed); });
at("operation").append(...Object.keys(documents).map((name) => new Option(name)));
at("operation").addEventListener("change", () => {
  const name = at("operation").value;
  if (!name) return;
  const tab = tabs.find((one) => one.name === name);
  opened = { query: documents[name], variables: tab?.variables ?? "" };
  show().catch(failed);
  at("operation").value = "";
});
show().catch(failed);
