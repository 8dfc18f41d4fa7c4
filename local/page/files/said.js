// The events of a call in the words of the page.

import { plain } from "./speech.js";
import { ended, t } from "./words.js";

/** What a function did, with the code of its answer where it is known. */
function functionSaid(event) {
  const said = t(event.succeeded ? "functionOk" : "functionFailed", { ms: event.tookMs });
  return event.outcome ? `${said} · ${event.outcome}` : said;
}

/** Who says an event, and a function that returns it in the language of the page; null for one that says nothing. */
export function saidOf(event) {
  switch (event.event) {
    case "heard": return ["line", () => plain(event.text)];
    case "heardByAgent": return ["note", () => t("toAgent", { text: plain(event.text) })];
    case "agent": return ["note", () => t("agent", event)];
    // Keys may be a PIN, and the account keeps none of them.
    case "pressed": return ["caller", () => "•".repeat(event.keys)];
    case "silence": return ["caller", () => t("silence")];
    case "functionInvoked": return ["note", () => functionSaid(event)];
    case "understood": return ["note", () => t("understood", event)];
    case "callbackCreated": return ["note", () => t("callback", event)];
    case "taskCreated": return ["note", () => t("task", event)];
    case "newContact": return ["note", () => t("newContact", { method: event.initiationMethod })];
    case "warning": return ["warning", () => t("warning", event)];
    case "ended": return ["note", () => ended(event.how)];
    default: return null;
  }
}
