// The interface of the account, which is the page's own origin.

import { t } from "./words.js";

async function ask(method, path, body) {
  let answer;
  try {
    answer = await fetch(path, {
      method,
      headers: body === undefined ? {} : { "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      redirect: "error",
    });
  } catch {
    throw new Error(t("unreachable"));
  }
  const text = await answer.text();
  let value = null;
  try {
    value = text === "" ? null : JSON.parse(text);
  } catch {
    value = text;
  }
  if (!answer.ok) {
    const sentence = value && value.message ? value.message : `${answer.status} ${answer.statusText}`;
    throw new Error(sentence.charAt(0).toUpperCase() + sentence.slice(1));
  }
  return value;
}

export const get = (path) => ask("GET", path);
export const post = (path, body) => ask("POST", path, body);
export const put = (path, body) => ask("PUT", path, body);
export const remove = (path, body) => ask("DELETE", path, body);

/** The path of a thing, with its parts encoded. */
export const path = (...parts) => `/_local/${parts.map(encodeURIComponent).join("/")}`;

/** The claimed numbers, each with a label. */
export async function numbers() {
  const claimed = await get("/_local/numbers");
  return claimed.map((number) => {
    if (typeof number === "string") return { number, label: number };
    return { number: number.number, label: `${number.number} (${number.flowName ?? number.instanceAlias})` };
  });
}

/** The numbers that are keys of rows of tables: those of members. */
export async function members() {
  const found = [];
  for (const table of await get("/_local/tables")) {
    if (table.keys.length !== 1 || table.keys[0].type !== "S") continue;
    const key = table.keys[0].name;
    const page = await get(path("tables", table.region, table.name));
    for (const row of page.rows) {
      const number = row[key].S;
      if (/^\+[1-9][0-9]{5,14}$/.test(number)) found.push({ number, table: table.name });
    }
  }
  return found;
}

/** Calls the handlers by name whenever the account tells of a change. */
export function listen(handlers) {
  const source = new EventSource("/_local/events");
  for (const [name, handler] of Object.entries(handlers)) {
    let running = false;
    let again = false;
    const run = async () => {
      if (running) {
        again = true;
        return;
      }
      running = true;
      try {
        do {
          again = false;
          await handler();
        } while (again);
      } finally {
        running = false;
      }
    };
    source.addEventListener(name, run);
  }
  addEventListener("pagehide", () => source.close());
}
