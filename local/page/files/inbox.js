// The messages that the line sent, as on a handset.

import { get } from "./api.js";
import { make } from "./dom.js";
import { moment, t } from "./words.js";

const MOST = 200;
let recipient = "";

export async function inbox(view) {
  const select = make("select", { id: "recipient", on: { change: () => { recipient = select.value; show(); } } });
  const list = make("ol", { class: "messages" });
  view.append(make("section", { class: "panel handset", "aria-labelledby": "inbox-title" },
    make("div", { class: "handset-head" },
      make("h2", { id: "inbox-title", text: t("inboxTitle") }),
      make("div", { class: "field" }, make("label", { for: "recipient", text: t("recipient") }), select)),
    make("div", { role: "log", "aria-live": "polite", "aria-label": t("inboxTitle") }, list)));
  let messages = [];
  const show = () => {
    const numbers = [...new Set(messages.map((message) => message.phoneNumber))].sort();
    if (!numbers.includes(recipient)) recipient = "";
    select.replaceChildren(make("option", { value: "", text: t("all") }),
      ...numbers.map((number) => make("option", { value: number, text: number })));
    select.value = recipient;
    const wanted = messages.filter((message) => recipient === "" || message.phoneNumber === recipient);
    list.replaceChildren(...wanted.slice(-MOST).reverse().map(row));
    if (wanted.length === 0) list.append(make("li", { class: "empty", text: t("inboxEmpty") }));
  };
  const refresh = async () => {
    messages = await get("/_local/messages");
    show();
  };
  await refresh();
  return { messages: refresh };
}

function row(message) {
  const parts = message.parts === 1 ? t("part") : t("parts", { count: message.parts });
  const failed = message.delivery && message.delivery.status === "FAILURE";
  return make("li", { class: failed ? "message failed" : "message" },
    make("div", { class: "message-head" },
      make("b", { text: message.phoneNumber }), make("span", { class: "time", text: moment(message.acceptedAt) })),
    make("p", { class: "bubble" }, ...linked(message.message)),
    make("p", { class: "hint", text: [parts, message.region].join(" · ") }),
    failed ? make("p", { class: "warning", text: t("undelivered", { reason: message.delivery.providerResponse }) }) : null);
}

/** The parts of a text, with addresses of the web as links. */
export function linked(text) {
  return text.split(/(https?:\/\/[^\s<>"'、。」』)）]+)/).map((part, index) => {
    if (index % 2 === 0) return part;
    let address;
    try {
      address = new URL(part);
    } catch {
      return part;
    }
    if (address.protocol !== "http:" && address.protocol !== "https:") return part;
    return make("a", { href: address.href, target: "_blank", rel: "noopener noreferrer", text: part });
  });
}
