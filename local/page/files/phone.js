// The telephone: places calls, each in a card of its own.

import { get, members, numbers } from "./api.js";
import { Card } from "./card.js";
import { attempt, make, notify } from "./dom.js";
import { Way } from "./blocks.js";
import { t } from "./words.js";

/** A number of Japan's range for mobile telephones that no provider has. */
const UNKNOWN = "+819000000000";
const TYPED = "typed";
const WITHHELD = "withheld";

/** What a developer types to have a line that answers. */
const DEPLOY = [
  "cargo run -- package",
  "cargo run -- exec -- terraform -chdir=examples/complete init",
  "cargo run -- exec -- terraform -chdir=examples/complete apply",
].join("\n");

const cards = [];
/** The messages that a card has shown. */
const received = new Set();
let shown = null;

/** A number in international form, from one as people write it; null if it cannot be read as one. */
export function international(text, dialed) {
  const digits = text.normalize("NFKC").replace(/[\s()./\u2010-\u2015\u2212-]/g, "");
  // A number of the line's own country may lack the country code; that of others is not known here.
  const whole = dialed.startsWith("+81") ? digits.replace(/^0(?=[1-9])/, "+81") : digits;
  return /^\+[1-9][0-9]{5,14}$/.test(whole) ? whole : null;
}

export async function phone(view) {
  const way = new Way();
  const list = make("div", { class: "cards" });
  const past = make("div", { class: "cards" });
  const advice = make("div", { class: "advice", hidden: true });
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
    call, advice);
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
    const typedOne = choice === TYPED ? international(number.value, dial.value) : null;
    const from = choice === WITHHELD ? null : typedOne ?? choice;
    if (from === TYPED) {
      number.focus();
      notify(t("callerHint"));
      return;
    }
    const card = new Card(from, dial.value, { reached, gone });
    // Calls that are over make room for the new one.
    past.prepend(...cards.filter((one) => one.stage === "over" && one.root.parentElement === list).map((one) => one.root));
    cards.unshift(card);
    list.prepend(card.root);
    card.root.focus();
    card.dial();
  });
  caller.addEventListener("change", () => {
    typed.hidden = caller.value !== TYPED;
    if (!typed.hidden) number.focus();
  });

  view.append(make("div", { class: "phone-view" }, make("div", { class: "phone-side" }, list, form, past), way.root));
  for (const card of cards) {
    card.reached = reached;
    (card.stage === "over" && card !== shown ? past : list).append(card.root);
    card.label();
  }
  if (shown && cards.includes(shown)) shown.follow();

  await refresh();
  await arrive();
  return { messages: arrive, focus: refresh };

  /** Shows who may call and be called. A line may have been deployed since the last time. */
  async function refresh() {
    const [claimed, known] = await Promise.all([numbers(), members()]);
    const options = (select, ...children) => {
      const before = select.value;
      select.replaceChildren(...children);
      if ([...select.options].some((one) => one.value === before)) select.value = before;
    };
    options(dial, ...claimed.map((one) => make("option", { value: one.number, text: one.label })));
    call.disabled = claimed.length === 0;
    const groups = [make("optgroup", { label: t("others") },
      make("option", { value: UNKNOWN, text: `${t("unknown")} (${UNKNOWN})` }),
      make("option", { value: WITHHELD, text: t("withheld") }),
      make("option", { value: TYPED, text: t("typed") }))];
    if (known.length > 0) {
      groups.unshift(make("optgroup", { label: t("members") },
        ...known.map((member) => make("option", { value: member.number, text: member.number }))));
    }
    // A choice of the user stays; a member is offered as soon as there is one.
    const first = caller.querySelector("option")?.value;
    if (caller.value === first) caller.replaceChildren();
    options(caller, ...groups);
    typed.hidden = caller.value !== TYPED;
    advice.hidden = claimed.length > 0 && known.length > 0;
    if (claimed.length === 0) {
      advice.replaceChildren(make("p", { text: t("noNumber") }), make("pre", { text: DEPLOY, tabindex: 0 }),
        make("p", { class: "hint", text: t("noNumberThen") }));
    } else if (known.length === 0) {
      advice.replaceChildren(make("p", { text: t("noMember") }), make("a", { href: "#account", text: t("addRows") }));
    }
  }

  /** Shows each message in the card of the latest call of its recipient. */
  async function arrive() {
    for (const message of await get("/_local/messages")) {
      if (received.has(message.messageId)) continue;
      const begun = (one) => one.report && Date.parse(one.report.startedAt) <= Date.parse(message.acceptedAt);
      const card = cards.find((one) => one.from === message.phoneNumber && (begun(one) || one.stage === "calling"));
      received.add(message.messageId);
      if (card) await card.receive(message);
    }
  }
}
