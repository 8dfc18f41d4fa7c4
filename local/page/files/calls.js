// The calls so far: replays them step by step, and saves them.

import { get, path, post } from "./api.js";
import { pressed } from "./card.js";
import { attempt, button, make, save } from "./dom.js";
import { Way } from "./blocks.js";
import { current, ended, moment, t } from "./words.js";

let chosen = null;

export async function calls(view) {
  const way = new Way();
  const list = make("ol", { class: "calls", "aria-label": t("callsTitle") });
  const tools = make("div", { class: "tools" });
  view.append(make("div", { class: "calls-view" },
    make("section", { class: "panel", "aria-labelledby": "calls-title" },
      make("h2", { id: "calls-title", text: t("callsTitle") }), list),
    make("div", { class: "replay" }, tools, way.root)));

  const choose = async (call, at) => {
    const again = chosen === call.contactId;
    chosen = call.contactId;
    for (const row of list.querySelectorAll("button")) {
      row.setAttribute("aria-pressed", String(row.dataset.contact === chosen));
    }
    if (!again || tools.childElementCount === 0) tools.replaceChildren(...toolsOf(call));
    const report = await get(path("calls", call.contactId));
    await way.show(report, at ?? 1);
  };
  const refresh = async () => {
    const found = (await get("/_local/calls")).reverse();
    const within = list.contains(document.activeElement) ? document.activeElement.dataset.contact : null;
    list.replaceChildren(...found.map((call) => {
      const end = call.ended ? ended(call.ended) : t("goesOn");
      const row = button("", attempt(() => choose(call)), { class: "call-row", "aria-pressed": String(call.contactId === chosen) });
      row.dataset.contact = call.contactId;
      row.append(
        make("b", { text: call.from ?? t("withheld") }),
        make("span", { class: "time", text: moment(call.startedAt) }),
        make("span", { class: "minor", text: `→ ${call.to ?? call.channel}` }),
        call.outcome ? make("code", { class: "outcome", text: call.outcome }) : "",
        make("span", { class: "minor whole", text: end }));
      return make("li", {}, row);
    }));
    if (found.length === 0) list.append(make("li", { class: "empty", text: t("callsEmpty") }));
    const before = [...list.querySelectorAll("button")].find((row) => row.dataset.contact === within);
    if (before) before.focus({ preventScroll: true });
    const still = found.find((call) => call.contactId === chosen) ?? found[0];
    if (still && way.contact !== still.contactId) await choose(still);
  };
  await refresh();
  return { calls: refresh };
}

function toolsOf(call) {
  const result = make("p", { class: "result", role: "status" });
  const name = make("input", { id: "test-name", maxlength: 100, autocomplete: "off" });
  name.value = `call-${call.contactId.slice(0, 8)}`;
  const write = () => post(path("calls", call.contactId, "test-case"), {
    name: name.value.trim() || call.contactId,
    keys: call.contactIds.flatMap((contact) => pressed.get(contact) ?? []),
  });
  const download = attempt(async () => {
    const text = `${JSON.stringify(await write(), null, 2)}\n`;
    save(`${name.value.trim() || call.contactId}.json`, "application/json", text);
    result.textContent = "";
  });
  const run = attempt(async () => {
    const test = await write();
    const judged = await post("/_local/test-cases/run", { content: test.Content, entryPoint: test.EntryPoint });
    const passed = judged.status === "PASSED";
    result.className = passed ? "result passed" : "result failed";
    result.textContent = passed ? t("testPassed") : t("testFailed", { reason: judged.reason });
  });
  const form = make("form", { class: "test-form", hidden: true },
    make("label", { for: "test-name", text: t("testName") }), name,
    make("div", { class: "row" },
      make("button", { type: "submit", class: "primary", text: t("download") }),
      button(t("runTest"), run), button(t("cancel"), () => { form.hidden = true; open.focus(); }, { class: "quiet" })),
    result);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    download();
  });
  const open = button(t("saveTest"), () => {
    form.hidden = false;
    name.focus();
  });
  const query = new URLSearchParams({ lang: current() });
  const share = make("a", {
    class: "button", href: `${path("calls", call.contactId, "report.html")}?${query}`, download: true, text: t("share"),
  });
  return [make("div", { class: "row" }, share, open), form];
}
