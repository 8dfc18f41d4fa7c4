// The telephone: places calls, each in a card of its own.

import { members, numbers } from "./api.js";
import { Card } from "./card.js";
import { attempt, make, notify } from "./dom.js";
import { Way } from "./blocks.js";
import { t } from "./words.js";

/** A number of Japan's range for mobile telephones that no provider has. */
const UNKNOWN = "+819000000000";
const TYPED = "typed";
const WITHHELD = "withheld";

const cards = [];
let shown = null;

export async function phone(view) {
  const way = new Way();
  const list = make("div", { class: "cards" });
  const caller = make("select", { id: "caller" });
  const number = make("input", {
    id: "caller-number", type: "tel", autocomplete: "off", placeholder: "+819012345678", maxlength: 64,
    "aria-describedby": "caller-hint",
  });
  const typed = make("div", { class: "field", hidden: true },
    make("label", { for: "caller-number", text: t("callerNumber") }), number,
    make("p", { id: "caller-hint", class: "hint", text: t("callerHint") }));
  const dial = make("select", { id: "dial" });
  const call = make("button", { type: "submit", class: "primary", text: t("call") });
  const form = make("form", { class: "panel form", "aria-labelledby": "new-call" },
    make("h2", { id: "new-call", text: t("newCall") }),
    make("div", { class: "field" }, make("label", { for: "caller", text: t("caller") }), caller), typed,
    make("div", { class: "field" }, make("label", { for: "dial", text: t("dial") }), dial),
    call);
  const reached = (card, report, at) => {
    shown = card;
    attempt(() => way.show(report, at))();
  };
  const gone = (card) => {
    cards.splice(cards.indexOf(card), 1);
    card.root.remove();
    caller.focus();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const choice = caller.value;
    const from = choice === WITHHELD ? null : choice === TYPED ? number.value.trim() : choice;
    if (from === "") {
      number.focus();
      notify(t("callerHint"));
      return;
    }
    const card = new Card(from, dial.value, { reached, gone });
    cards.unshift(card);
    list.prepend(card.root);
    card.root.focus();
    card.dial();
  });
  caller.addEventListener("change", () => {
    typed.hidden = caller.value !== TYPED;
    if (!typed.hidden) number.focus();
  });

  view.append(make("div", { class: "phone-view" }, make("div", { class: "phone-side" }, list, form), way.root));
  for (const card of cards) {
    card.reached = reached;
    list.append(card.root);
    card.label();
  }
  if (shown && cards.includes(shown)) shown.follow();

  const [claimed, known] = await Promise.all([numbers(), members()]);
  dial.replaceChildren(...claimed.map((one) => make("option", { value: one.number, text: one.label })));
  call.disabled = claimed.length === 0;
  if (claimed.length === 0) form.append(make("p", { class: "empty", text: t("noNumber") }));
  const groups = [make("optgroup", { label: t("others") },
    make("option", { value: UNKNOWN, text: `${t("unknown")} (${UNKNOWN})` }),
    make("option", { value: WITHHELD, text: t("withheld") }),
    make("option", { value: TYPED, text: t("typed") }))];
  if (known.length > 0) {
    groups.unshift(make("optgroup", { label: t("members") },
      ...known.map((member) => make("option", { value: member.number, text: member.number }))));
  }
  caller.replaceChildren(...groups);
}
