// Where a call is in its flow: the picture, the way taken, and what each block met.

import { get, path } from "./api.js";
import { attempt, button, make } from "./dom.js";
import { loadPicture } from "./picture.js";
import { saidOf } from "./said.js";
import { clock, t } from "./words.js";

const SCALES = [0.35, 0.5, 0.65, 0.8, 1, 1.25];
let scale = 4;
let panels = 0;

/** The name of the branch by which a block was left, and the block that it led to. */
function branchOf(block) {
  const left = block.leftBy;
  if (!left) return "";
  const target = left.target ?? "";
  return left.name ? `${left.name} → ${target}` : target && `→ ${target}`;
}

export class Way {
  constructor() {
    const id = `way-${panels += 1}`;
    this.contact = null;
    this.report = null;
    this.at = 0;
    this.chosen = null;
    this.drawn = "";
    this.title = make("h2", { id, text: t("whereTitle") });
    this.hint = make("p", { class: "empty", text: t("noCallYet") });
    this.flow = make("h3", { class: "flow-name" });
    this.canvas = make("div", { class: "canvas-box", tabindex: 0, role: "region", "aria-label": t("picture") });
    this.canvas.addEventListener("click", (event) => this.choose(event.target));
    this.canvas.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      if (this.choose(event.target)) event.preventDefault();
    });
    this.slider = make("input", { type: "range", min: 1, step: 1, class: "slider", "aria-label": t("position") });
    this.slider.addEventListener("input", () => this.goTo(Number(this.slider.value)));
    this.count = make("span", { class: "count" });
    const move = (label, sign, to) => button(sign, () => this.goTo(to()), { class: "icon", "aria-label": t(label), title: t(label) });
    this.controls = make("div", { class: "controls" },
      move("first", "«", () => 1), move("back", "‹", () => this.at - 1), this.slider,
      move("forward", "›", () => this.at + 1), move("last", "»", () => this.length()), this.count);
    const zoom = (label, sign, by) => button(sign, () => this.zoom(by), { class: "icon", "aria-label": t(label), title: t(label) });
    this.head = make("div", { class: "flow-head" }, this.flow, zoom("smaller", "−", -1), zoom("larger", "+", 1));
    this.list = make("ol", { class: "steps", "aria-label": t("steps") });
    this.facts = make("div", { class: "facts" });
    this.body = make("div", { class: "way-body", hidden: true },
      this.head, this.canvas, this.controls, make("div", { class: "way-columns" }, this.list, this.facts));
    this.root = make("section", { class: "panel way", "aria-labelledby": id }, this.title, this.hint, this.body);
  }

  length() {
    return this.report ? this.report.blocks.length : 0;
  }

  /** Shows a call up to a step; without one, up to its last. */
  async show(report, at = report.blocks.length) {
    const changed = this.contact !== report.contactId;
    this.contact = report.contactId;
    this.report = report;
    if (changed) this.drawn = "";
    this.hint.hidden = true;
    this.body.hidden = false;
    await this.goTo(at);
  }

  /** Asks for a call, and shows it. */
  async load(contact) {
    await this.show(await get(path("calls", contact)));
  }

  /** Goes to a step, counted from 1. */
  async goTo(step) {
    this.at = Math.min(Math.max(step, 1), this.length());
    this.chosen = null;
    this.slider.max = String(this.length());
    this.slider.value = String(this.at);
    this.count.textContent = t("step", { at: this.at, all: this.length() });
    this.slider.setAttribute("aria-valuetext", this.count.textContent);
    this.showSteps();
    this.showFacts();
    await attempt(() => this.draw())();
  }

  showSteps() {
    const rows = this.report.blocks.map((block, index) => {
      const here = index + 1 === this.at;
      const branch = branchOf(block);
      return make("li", {}, button("", () => this.goTo(index + 1), {
        class: here ? "step here" : index + 1 > this.at ? "step ahead" : "step",
        "aria-current": here ? "step" : null,
      }));
    });
    rows.forEach((row, index) => {
      const block = this.report.blocks[index];
      row.firstChild.append(
        make("span", { class: "time", text: clock(block.atMs) }),
        make("span", { class: "what" },
          make("b", { text: block.block }),
          make("span", { class: "minor", text: block.blockType }),
          make("span", { class: "branch", text: branchOf(block) })));
    });
    const within = this.list.contains(document.activeElement);
    this.list.replaceChildren(...rows);
    if (this.report.leftOut > 0) {
      this.list.append(make("li", { class: "empty", text: t("leftOut", { count: this.report.leftOut }) }));
    }
    const here = this.list.querySelector(".here");
    if (!here) return;
    if (within) here.focus({ preventScroll: true });
    this.list.scrollTop = here.offsetTop - this.list.clientHeight / 2;
  }

  async draw() {
    const block = this.report.blocks[this.at - 1];
    if (!block) return;
    const wanted = `${this.contact} ${block.flowId} ${this.at} ${block.leftBy ? 1 : 0}`;
    if (wanted === this.drawn) return;
    this.drawn = wanted;
    this.flow.textContent = t("flowOf", { name: block.flowName });
    const picture = await loadPicture(block.flowId, this.contact, this.at);
    // The user may have gone on while the picture came.
    if (this.drawn !== wanted) return;
    this.canvas.replaceChildren(picture);
    const box = picture.getAttribute("viewBox").split(" ").map(Number);
    [this.width, this.height] = [box[2], box[3]];
    this.size();
    this.center();
  }

  zoom(by) {
    scale = Math.min(Math.max(scale + by, 0), SCALES.length - 1);
    this.size();
    this.center();
  }

  size() {
    const picture = this.canvas.firstElementChild;
    if (!picture) return;
    picture.setAttribute("width", Math.round(this.width * SCALES[scale]));
    picture.setAttribute("height", Math.round(this.height * SCALES[scale]));
  }

  /** Brings the current block into the middle. */
  center() {
    const lit = this.canvas.querySelector(".current");
    if (!lit) return;
    const [box, at] = [this.canvas.getBoundingClientRect(), lit.getBoundingClientRect()];
    this.canvas.scrollBy({
      left: at.left + at.width / 2 - box.left - box.width / 2,
      top: at.top + at.height / 2 - box.top - box.height / 2,
    });
  }

  /** Shows what the block at a place of the picture met. */
  choose(target) {
    const block = target.closest("[data-block].block");
    if (!block) return false;
    this.chosen = block.getAttribute("data-block");
    for (const other of this.canvas.querySelectorAll(".chosen")) other.classList.remove("chosen");
    block.classList.add("chosen");
    this.showFacts();
    return true;
  }

  showFacts() {
    const blocks = this.report.blocks;
    let index = this.at - 1;
    let visits = [];
    if (this.chosen !== null) {
      const flow = blocks[this.at - 1].flowId;
      const met = (block) => block.block === this.chosen && block.flowId === flow;
      visits = blocks.map((_, at) => at).filter((at) => at < this.at && met(blocks[at]));
      index = visits.at(-1) ?? -1;
    }
    const block = blocks[index];
    const rows = [make("h3", { text: this.chosen ?? (block ? block.block : "") })];
    if (this.chosen !== null) {
      const text = { 0: t("notVisited"), 1: t("visitedOnce") }[visits.length] ?? t("visited", { count: visits.length });
      rows.push(make("p", { class: "minor", text }));
    }
    if (block) rows.push(...factsOf(block, this.report.requests.filter((sent) => sent.block === index)));
    this.facts.replaceChildren(...rows);
  }
}

/** What a visit of a block met, in parts that open. */
function factsOf(block, sent) {
  const parts = [make("p", { class: "minor", text: block.blockType })];
  const branch = branchOf(block);
  if (branch) parts.push(make("p", { class: "branch", text: block.leftBy.name ? t("leftBy", { branch }) : branch }));
  const said = joined(block.events).map(saidOf).filter((one) => one !== null);
  if (said.length > 0) {
    parts.push(make("div", { class: "log" }, make("ol", { "aria-label": t("conversation") }, ...said.map(([kind, words]) => (
      make("li", { class: kind }, make("span", { class: "said", text: words() })))))));
  }
  parts.push(part(t("parameters"), values(block.parameters), true));
  parts.push(part(t("attributes"), values(block.attributes), Object.keys(block.attributes).length > 0));
  parts.push(part(t("external"), values(block.external), Object.keys(block.external).length > 0));
  const called = block.function;
  if (called) {
    const ms = Date.parse(called.finishedAt) - Date.parse(called.startedAt);
    parts.push(part(`${t("function")} (${t("took", { ms })})`, make("div", {},
      make("p", { class: "arn", text: called.arn }),
      make("h4", { text: t("request") }), json(called.request),
      make("h4", { text: t("answer") }), called.failure ? make("p", { text: called.failure }) : json(called.answer)), true));
  }
  const requests = sent.flatMap((of) => of.requests);
  if (requests.length > 0) {
    parts.push(part(t("requests"), make("ul", { class: "requests" }, ...requests.map((request) => {
      const ms = Date.parse(request.finishedAt) - Date.parse(request.startedAt);
      const fault = request.fault ? ` · ${request.fault}` : "";
      return make("li", {},
        make("b", { text: `${request.service} ${request.operation}` }),
        make("span", { class: "minor", text: `${request.status ?? "–"} · ${t("took", { ms })}${fault}` }));
    })), true));
  }
  if (block.log.length > 0) parts.push(part(t("log"), json(block.log), false));
  return parts;
}

/** The events of a visit, with keys that follow one another as one. */
function joined(events) {
  const all = [];
  for (const event of events) {
    const before = all.at(-1);
    if (event.event === "pressed" && before?.event === "pressed") {
      all[all.length - 1] = { ...before, keys: before.keys + event.keys };
    } else {
      all.push(event);
    }
  }
  return all;
}

function part(name, content, open) {
  return make("details", { open }, make("summary", { text: name }), content);
}

function values(members) {
  const rows = Object.entries(members);
  if (rows.length === 0) return make("p", { class: "empty", text: t("nothing") });
  const shown = (value) => (typeof value === "string" ? value : JSON.stringify(value, null, 1));
  return make("dl", { class: "values" }, ...rows.flatMap(([name, value]) => [
    make("dt", { text: name }), make("dd", { text: shown(value) }),
  ]));
}

function json(value) {
  return make("pre", { text: JSON.stringify(value ?? null, null, 2), tabindex: 0 });
}
