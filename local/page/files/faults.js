// Faults to switch on from a list.

import { get, put, remove } from "./api.js";
import { attempt, button, make } from "./dom.js";
import { t } from "./words.js";

const functions = { caller: "functions" };
const READY = [
  ["faultSms", [{ service: "sns", operation: "Publish", effect: "throttle" }, { service: "sms-voice", operation: "SendTextMessage", effect: "throttle" }]],
  ["faultSmsLost", [{ service: "sns", operation: "Publish", effect: "lost_answer" }, { service: "sms-voice", operation: "SendTextMessage", effect: "lost_answer" }]],
  ["faultTables", [{ service: "dynamodb", ...functions, effect: "server_error" }]],
  ["faultTablesSlow", [{ service: "dynamodb", ...functions, effect: { latency: { ms: 2000 } } }]],
  ["faultKeys", [{ service: "kms", ...functions, effect: "unavailable" }]],
  ["faultFunction", [{ service: "lambda", operation: "Invoke", caller: "connect", effect: "throttle" }]],
  ["faultFunctionSlow", [{ service: "lambda", operation: "Invoke", caller: "connect", effect: { latency: { ms: 9000 } } }]],
];

/** Reports whether two rules are the same, in whichever order their members are. */
function same(one, other) {
  const sorted = (rule) => JSON.stringify(Object.entries(rule).sort(([a], [b]) => a.localeCompare(b)));
  return sorted(one) === sorted(other);
}

export async function faults(root) {
  const list = make("ul", { class: "fault-list" });
  const clear = button(t("clearFaults"), attempt(async () => {
    await remove("/_local/faults");
    await refresh();
    list.querySelector("input").focus();
  }));
  const others = make("p", { class: "hint" });
  const rest = make("div", { class: "row" }, clear, others);
  root.append(make("p", { class: "hint", text: t("faultsHint") }), list, rest);

  const refresh = async () => {
    const reports = await get("/_local/faults");
    const within = document.activeElement?.dataset?.fault;
    const ready = READY.flatMap(([, rules]) => rules);
    const unlisted = reports.filter((report) => !ready.some((rule) => same(rule, report.rule)));
    list.replaceChildren(...READY.map(([name, rules]) => {
      const set = reports.filter((report) => rules.some((rule) => same(rule, report.rule)));
      const box = make("input", { type: "checkbox", role: "switch", "data-fault": name });
      box.checked = set.length === rules.length;
      box.addEventListener("change", attempt(async () => {
        const now = (await get("/_local/faults")).map((report) => report.rule);
        const kept = now.filter((rule) => !rules.some((one) => same(one, rule)));
        await put("/_local/faults", box.checked ? [...kept, ...rules] : kept);
        await refresh();
      }));
      const hits = set.reduce((sum, report) => sum + report.hits, 0);
      return make("li", {}, make("label", { class: "switch" }, box, make("span", { text: t(name) }),
        hits > 0 ? make("span", { class: "minor", text: t("faultHits", { hits }) }) : null));
    }));
    rest.hidden = reports.length === 0;
    others.textContent = unlisted.length > 0 ? t("otherRules", { count: unlisted.length }) : "";
    list.querySelector(`[data-fault="${within}"]`)?.focus();
  };
  await refresh();
  return refresh;
}
