// The account: tables with their rows, faults, and figures.

import { get, members, path, put, remove } from "./api.js";
import { attempt, button, make } from "./dom.js";
import { faults } from "./faults.js";
import { figures } from "./figures.js";
import { t } from "./words.js";

let chosen = "";

export async function account(view) {
  const panel = (name) => make("section", { class: "panel", "aria-labelledby": `${name}-title` },
    make("h2", { id: `${name}-title`, text: t(name) }));
  const [ofTables, ofFaults, ofFigures] = [panel("tables"), panel("faults"), panel("figures")];
  view.append(make("div", { class: "account-view" }, ofTables, make("div", { class: "stack" }, ofFaults, ofFigures)));
  const [, , drawFigures] = await Promise.all([tables(ofTables), faults(ofFaults), figures(ofFigures)]);
  return { calls: drawFigures };
}

async function tables(root) {
  const found = await get("/_local/tables");
  if (found.length === 0) {
    root.append(make("p", { class: "empty", text: t("noTables") }));
    return;
  }
  const nameOf = (table) => `${table.region}/${table.name}`;
  if (!found.some((table) => nameOf(table) === chosen)) {
    // That of the members, where one is known by its rows.
    const [member] = await members();
    chosen = nameOf(found.find((table) => table.name === member?.table) ?? found[0]);
  }
  const several = new Set(found.map((table) => table.region)).size > 1;
  const select = make("select", { "aria-labelledby": "tables-title" },
    ...found.map((table) => make("option", { value: nameOf(table), text: several ? `${table.name} (${table.region})` : table.name })));
  select.value = chosen;
  const body = make("div", { class: "table-body" });
  const show = attempt(() => rows(body, found.find((table) => nameOf(table) === chosen)));
  select.addEventListener("change", () => {
    chosen = select.value;
    show();
  });
  root.append(select, body);
  await show();
}

/** A value of a row as text, and the type that it is written with. */
function asText(value) {
  const [[kind, content]] = Object.entries(value);
  if (kind === "S" || kind === "N") return content;
  if (kind === "BOOL") return String(content);
  return JSON.stringify(value);
}

/** Reads a text as a value of a type; JSON has the types of DynamoDB itself. */
function asValue(kind, text) {
  if (kind === "JSON") return JSON.parse(text);
  if (kind === "BOOL") return { BOOL: text.trim() === "true" };
  return { [kind]: kind === "N" ? text.trim() : text };
}

/** A value of a row to read: a set as its members. */
function asShown(value) {
  const [[kind, content]] = Object.entries(value);
  return kind === "SS" || kind === "NS" ? content.join("\n") : asText(value);
}

async function rows(body, table) {
  const keys = table.keys.map((key) => key.name);
  const place = path("tables", table.region, table.name);
  const list = make("ul", { class: "table-rows" });
  const more = button(t("moreRows"), attempt(() => next()), { hidden: true, class: "quiet" });
  const editor = make("div");
  const reload = () => rows(body, table);
  let after = null;
  const next = async () => {
    const query = after === null ? "" : `?${new URLSearchParams({ after })}`;
    const page = await get(`${place}${query}`);
    list.append(...page.rows.map((row) => shown(row)));
    after = page.next;
    more.hidden = after === null;
  };
  const shown = (row) => {
    const key = Object.fromEntries(keys.map((name) => [name, row[name]]));
    const title = keys.map((name) => asText(row[name])).join(" · ");
    const others = Object.entries(row).filter(([name]) => !keys.includes(name));
    const erase = attempt(async () => {
      if (!confirm(t("deleteAsk", { key: title }))) return;
      await remove(place, key);
      await reload();
    });
    return make("li", { class: "table-row" },
      make("div", { class: "table-row-head" }, make("b", { text: title }),
        button(t("editRow"), () => edit(row), { class: "quiet", "aria-label": `${t("editRow")} ${title}` }),
        button(t("deleteRow"), erase, { class: "quiet", "aria-label": `${t("deleteRow")} ${title}` })),
      others.length === 0 ? null : make("dl", { class: "values" }, ...others.flatMap(([name, value]) => [
        make("dt", { text: name }), make("dd", { text: asShown(value) })])));
  };
  const edit = (row) => {
    editor.replaceChildren(form(table, row, attempt(async (item) => {
      await put(place, item);
      await reload();
    }), () => editor.replaceChildren()));
    editor.querySelector("input:not([readonly]), textarea")?.focus();
    editor.scrollIntoView({ block: "nearest" });
  };
  await next();
  body.replaceChildren(
    make("div", { class: "row" }, button(t("addRow"), () => edit(null))), editor, list, more);
}

function form(table, row, done, cancel) {
  const fields = make("div", { class: "attributes" });
  let count = 0;
  const field = (name, kind, text, fixed) => {
    const id = `attribute-${count += 1}`;
    const called = make("input", { "aria-label": t("attribute"), class: "attribute-name", readonly: fixed });
    called.value = name;
    const kinds = make("select", { "aria-label": `${t("attribute")} ${name}`, class: "attribute-kind" },
      ...["S", "N", "BOOL", "JSON"].map((one) => make("option", { value: one, text: one === "JSON" ? t("asJson") : one })));
    kinds.value = kind;
    const value = make("input", { id, "aria-label": `${t("value")} ${name}`, class: "attribute-value" });
    value.value = text;
    const line = make("div", { class: "attribute" }, called, kinds, value);
    line.read = () => [called.value.trim(), asValue(kinds.value, value.value)];
    fields.append(line);
  };
  const keys = table.keys.map((key) => key.name);
  for (const key of table.keys) field(key.name, key.type, row ? asText(row[key.name]) : "", true);
  for (const [name, value] of Object.entries(row ?? {})) {
    if (keys.includes(name)) continue;
    const kind = Object.keys(value)[0];
    field(name, ["S", "N", "BOOL"].includes(kind) ? kind : "JSON", asText(value), false);
  }
  const made = make("form", { class: "row-form" }, fields,
    make("div", { class: "row" },
      make("button", { type: "submit", class: "primary", text: t("saveRow") }),
      button(t("addAttribute"), () => field("", "S", "", false)),
      button(t("cancel"), cancel, { class: "quiet" })));
  made.addEventListener("submit", attempt(async (event) => {
    event.preventDefault();
    const item = Object.fromEntries([...fields.children].map((line) => line.read()).filter(([name]) => name !== ""));
    await done(item);
  }));
  return made;
}
