// A call: the conversation, the keypad, and where it is.

import { get, path, post } from "./api.js";
import { attempt, button, make } from "./dom.js";
import { linked } from "./inbox.js";
import { saidOf } from "./said.js";
import { hush, soundOn, speak, voiceFor } from "./speech.js";
import { clock, current, t } from "./words.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];

/** The language of a prompt. Where the flow has set none, that of its script; Amazon Connect's own is en-US. */
function languageOf(heard) {
  return heard.languageCode ?? (/[\u3040-\u30ff]/.test(heard.text) ? "ja-JP" : "en-US");
}

/** The keys that the user of this page pressed, by contact. The account does not keep them. */
export const pressed = new Map();

export class Card {
  /** Makes the card of a call to place. `reached` is told of each step; `gone` when the card is closed. */
  constructor(from, to, { reached, gone }) {
    this.from = from;
    this.to = to;
    this.reached = reached;
    this.id = null;
    this.contact = null;
    this.waiting = false;
    this.report = null;
    /** The number of events that were shown. */
    this.shown = 0;
    /** Counts what cuts prompts short. */
    this.cut = 0;
    this.doing = Promise.resolve();
    this.playing = Promise.resolve();
    /** `calling`, `connected` or `over`. */
    this.stage = "calling";
    /** What was said, as functions that return it in the language of the page. */
    this.said = [];
    this.state = make("span", { class: "state" });
    this.talk = make("ol");
    this.log = make("div", { class: "log", role: "log", "aria-live": "polite", tabindex: 0 }, this.talk);
    this.note = make("p", { class: "hint", hidden: true });
    this.pad = make("div", { class: "pad", role: "group" }, ...KEYS.map((key) => (
      button(key, () => this.press(key), { class: "key", "data-key": key }))));
    this.silent = button("", () => this.wait(), { class: "quiet" });
    this.end = button("", () => this.hangUp(), { class: "danger" });
    this.close = button("", () => { hush(); gone(this); }, { class: "quiet", hidden: true });
    this.name = make("span");
    this.hint = make("p", { class: "hint" });
    this.root = make("article", { class: "panel call-card", tabindex: -1 },
      make("header", { class: "call-card-head" },
        make("h2", {}, this.name, make("span", { class: "minor", text: `→ ${to}` })), this.state),
      this.log, this.note, this.pad,
      make("div", { class: "row" }, this.silent, this.end, this.close), this.hint);
    this.label();
    this.root.addEventListener("keydown", (event) => this.typed(event));
    this.root.addEventListener("focusin", () => this.follow());
    this.enable();
  }

  /** Says everything in the language of the page. */
  label() {
    this.name.textContent = this.from ?? t("withheld");
    this.root.setAttribute("aria-label", `${this.name.textContent} → ${this.to}`);
    this.state.textContent = t(this.stage);
    this.log.setAttribute("aria-label", t("conversation"));
    this.pad.setAttribute("aria-label", t("keys"));
    for (const button of this.pad.children) {
      const key = button.dataset.key;
      button.setAttribute("aria-label", { "*": t("star"), "#": t("hash") }[key] ?? t("key", { key }));
    }
    this.silent.textContent = t("wait");
    this.end.textContent = t("hangUp");
    this.close.textContent = t("close");
    this.hint.textContent = t("keysHint");
    for (const [element, words] of this.said) element.textContent = words();
    this.toEnd();
  }

  /** Shows the latest of the conversation. */
  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
  }

  /** Does one thing after the other: what is pressed while the line answers waits for the answer. */
  after(step) {
    this.doing = this.doing.then(attempt(step));
    return this.doing;
  }

  dial() {
    return this.after(async () => {
      try {
        await this.take(await post("/_local/calls", { to: this.to, from: this.from }));
      } catch (error) {
        this.finish();
        this.say("note", () => error.message);
      }
    });
  }

  press(key) {
    this.interrupt();
    // After the rest of the prompt, which is then shown at once.
    this.playing = this.playing.then(() => this.echo(key));
    return this.step({ press: key }, () => pressed.get(this.contact).push(key));
  }

  wait() {
    this.interrupt();
    return this.step("wait");
  }

  hangUp() {
    this.interrupt();
    return this.step("hangUp");
  }

  step(step, done = () => {}) {
    return this.after(async () => {
      if (!this.waiting) return;
      const turn = await post(path("calls", this.id), step);
      done();
      await this.take(turn);
    });
  }

  /** Stops a prompt, as a key does on a telephone. */
  interrupt() {
    this.cut += 1;
    hush();
  }

  typed(event) {
    if (event.ctrlKey || event.altKey || event.metaKey || !this.waiting) return;
    if (event.key === "Escape") {
      event.preventDefault();
      this.hangUp();
    } else if (KEYS.includes(event.key)) {
      event.preventDefault();
      this.press(event.key);
    }
  }

  async take(turn) {
    this.id = turn.id;
    this.contact = turn.contactId;
    if (!pressed.has(this.contact)) pressed.set(this.contact, []);
    this.waiting = turn.waiting;
    this.stage = turn.waiting ? "connected" : "over";
    this.enable();
    const first = this.firstContact ?? (this.firstContact = turn.contactId);
    this.report = await get(path("calls", first));
    const places = this.report.blocks.flatMap((block, index) => block.events.map(() => index));
    const events = turn.events.map((event, index) => [event, places[this.shown + index] ?? this.report.blocks.length - 1]);
    this.shown += turn.events.length;
    // Prompts play on while the user presses the next key.
    const cut = this.cut;
    this.playing = this.playing.then(attempt(() => this.play(events, cut)));
  }

  async play(events, cut) {
    for (const [event, place] of events) {
      const speaks = event.event === "heard" && soundOn() && this.cut === cut;
      const voice = speaks ? voiceFor(languageOf(event)) : null;
      if (speaks) {
        this.note.hidden = voice !== null;
        const names = new Intl.DisplayNames([current()], { type: "language" });
        this.note.textContent = voice ? "" : t("noVoice", { language: names.of(languageOf(event)) });
      }
      this.show(event, this.report.blocks[place]);
      this.at = place + 1;
      if (speaks && voice) {
        this.follow();
        await speak(event.text, voice);
      }
    }
    this.at = this.report.blocks.length;
    this.follow();
  }

  /** Shows where this call is. */
  follow() {
    if (this.report) this.reached(this, this.report, this.at ?? this.report.blocks.length);
  }

  show(event, block) {
    // The keys of this call are shown as they are pressed.
    const said = event.event === "pressed" ? null : saidOf(event);
    if (said) this.say(...said, block ? clock(block.atMs) : "");
  }

  say(kind, words, time = "") {
    this.keysShown = null;
    const text = make("span", { class: "said", text: words() });
    this.said.push([text, words]);
    this.talk.append(make("li", { class: kind }, text, time ? make("span", { class: "time", text: time }) : null));
    this.toEnd();
  }

  /** Shows a message that arrived at the caller's telephone, after what the line has said so far. */
  async receive(message) {
    await this.doing;
    await this.playing;
    this.keysShown = null;
    const name = make("span", { class: "minor", text: t("textMessage") });
    this.said.push([name, () => t("textMessage")]);
    this.talk.append(make("li", { class: "sms" }, name, make("span", { class: "said" }, ...linked(message.message))));
    this.toEnd();
  }

  /** Shows that a key was pressed. Digits may be a PIN. */
  echo(key) {
    if (!this.waiting) return;
    if (!this.keysShown) {
      this.keysShown = make("span", { class: "said keys-said" });
      this.talk.append(make("li", { class: "caller" }, this.keysShown));
    }
    this.keysShown.textContent += /[0-9]/.test(key) ? "•" : key;
    this.toEnd();
  }

  finish() {
    this.waiting = false;
    this.stage = "over";
    this.enable();
  }

  enable() {
    const over = this.stage === "over";
    this.root.classList.toggle("over", over);
    this.state.textContent = t(this.stage);
    const focused = this.root.contains(document.activeElement);
    for (const key of this.pad.children) key.disabled = !this.waiting;
    this.silent.disabled = !this.waiting;
    this.end.hidden = over;
    this.end.disabled = !this.waiting;
    this.pad.hidden = over;
    this.silent.hidden = over;
    this.close.hidden = !over;
    this.hint.hidden = over;
    // A disabled button loses the focus, with which the keyboard would no longer reach the card.
    if (focused && !this.root.contains(document.activeElement)) this.root.focus({ preventScroll: true });
  }
}
