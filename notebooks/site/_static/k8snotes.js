/* What a page does beside being read: exercises are answered, predictions come true, pictures can be pointed at, code is
   copied. Nothing is asked of another machine, and answers are kept in this browser alone. */
"use strict";

(() => {
  // ---- answers as kn.check reads them

  const DIGITS = /-?\d{1,3}(?:,\d{3})+(?![\d.])|-?\d+(?:\.\d+)?/g;
  const MOST_SIGNS = 19;

  /** Numbers in words; a page that has exercises says them. */
  let numerals = { words: {}, nothing: [], blanks: [""], digits: {}, units: {} };

  const MARKS = /^["'`.。、,;!()*“”‘’「」『』]+|["'`.。、,;!()*“”‘’「」『』]+$/g;

  function evenedOut(text) {
    const bare = text.normalize("NFKC").trim().replace(MARKS, "").replace(/`/g, "").replace(/_/g, " ");
    return bare.toLowerCase().split(/\s+/).filter(Boolean).join(" ");
  }

  function isBlank(text) {
    return numerals.blanks.includes(text.trim().toLowerCase());
  }

  function chineseNumber(signs) {
    let total = 0;
    let digit = 0;
    for (const sign of signs) {
      if (sign in numerals.units) {
        total += (digit || 1) * numerals.units[sign];
        digit = 0;
      } else {
        digit = digit * 10 + numerals.digits[sign];
      }
    }
    return total + digit;
  }

  /** Return the one whole number of a text, as text; null if there is none, or more than one. */
  function readNumber(typed) {
    const text = evenedOut(typed);
    if (numerals.nothing.includes(text)) return "0";
    const found = new Set();
    for (const [signs] of text.matchAll(DIGITS)) {
      const [whole, rest = ""] = signs.replaceAll(",", "").split(".");
      if (/[^0]/.test(rest) || whole.length > MOST_SIGNS) return null;
      found.add(String(BigInt(whole)));
    }
    for (const [word] of text.matchAll(/[a-z]+/g)) {
      if (Object.hasOwn(numerals.words, word)) found.add(String(numerals.words[word]));
    }
    const signs = Object.keys({ ...numerals.digits, ...numerals.units }).join("");
    for (const [run] of signs ? text.matchAll(new RegExp(`[${signs}]+`, "g")) : []) {
      if (run.length > MOST_SIGNS) return null;
      found.add(String(chineseNumber(run)));
    }
    return found.size === 1 ? [...found][0] : null;
  }

  /** Return an IPv4 address, or a range without bits of a host, in its one form; null if the text is neither. */
  function readAddress(typed) {
    const text = typed.normalize("NFKC").trim().replace(/^["'`.。]+|["'`.。]+$/g, "");
    if (numerals.nothing.includes(evenedOut(typed))) return "none";
    const found = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:\/(\d{1,2}))?$/.exec(text);
    if (!found) return null;
    const bytes = found.slice(1, 5);
    if (bytes.some((byte) => Number(byte) > 255 || String(Number(byte)) !== byte)) return null;
    if (found[5] === undefined) return text;
    const length = Number(found[5]);
    const bits = bytes.map((byte) => Number(byte).toString(2).padStart(8, "0")).join("");
    if (length > 32 || bits.slice(length).includes("1")) return null;
    return `${bytes.join(".")}/${length}`;
  }

  const READERS = { number: readNumber, address: readAddress };

  /** Turn a text into what can be read, and back: letters and digits by half of their row, Han by one sign. */
  function turned(text) {
    return text.replace(/[a-zA-Z0-9\u2e80-\uffef]/g, (sign) => {
      const code = sign.charCodeAt(0);
      if (code >= 0x2e80) return String.fromCharCode(code ^ 1);
      const [first, row] = code < 58 ? [48, 10] : code < 91 ? [65, 26] : [97, 26];
      return String.fromCharCode(first + ((code - first + row / 2) % row));
    });
  }

  /** Return the number of the verdict on an answer: for each field its text, or the list of what was chosen. */
  function verdictOn(data, given) {
    const blank = given.map((value, at) => (Array.isArray(value) ? !value.length : isBlank(value)) ? at : -1).filter((at) => at >= 0);
    if (blank.length === given.length) return data.blank;
    if (blank.length) return data.missing[blank.join("")];
    let place = 0;
    for (const [at, part] of data.parts.entries()) {
      const reads = READERS[part.kind];
      const value = Array.isArray(given[at]) ? [...given[at]].sort().join(",") : reads ? reads(given[at]) : given[at];
      if (value === null) return part.unreadable;
      const known = part.names.indexOf(value);
      place = place * part.size + (known < 0 ? part.names.length : known);
    }
    return data.table[place];
  }

  // ---- what is kept: {"exercises": {"02-pod/1": "right"}}

  const KEPT = "k8snotes-progress";

  function kept() {
    try {
      const found = JSON.parse(localStorage.getItem(KEPT));
      if (found && typeof found.exercises === "object" && found.exercises) return found;
    } catch {
      // not ours, or this browser keeps nothing
    }
    return { exercises: {} };
  }

  function keep(exercise, status) {
    const all = kept();
    if (all.exercises[exercise] === "right") return;
    all.exercises[exercise] = status;
    try {
      localStorage.setItem(KEPT, JSON.stringify(all));
    } catch {
      return; // this browser keeps nothing: the page works all the same
    }
  }

  function showProgress() {
    const { exercises } = kept();
    for (const box of document.querySelectorAll(".kn-ask[data-exercise]")) {
      const done = box.querySelector(".kn-done");
      if (done) done.hidden = exercises[box.dataset.exercise] !== "right";
    }
    for (const place of document.querySelectorAll("[data-progress]")) {
      const solved = Object.entries(exercises).filter(([id, status]) => status === "right" && id.startsWith(`${place.dataset.progress}/`)).length;
      const total = Number(place.dataset.total);
      place.textContent = place.dataset.said.replace("{solved}", Math.min(solved, total)).replace("{total}", total).replace("✓", solved ? "✓" : "○");
      place.hidden = !solved && place.hasAttribute("data-quiet");
    }
  }

  // ---- exercises

  function said(data, at, more = {}) {
    const [status, look, lines, hints] = data.verdicts[at];
    return {
      status,
      look,
      lines: lines.map((line) => data.texts[line].replaceAll("{answer}", more.answer ?? "")),
      hints: [...new Set([...hints.map((hint) => data.texts[hint]), data.hint].filter(Boolean))],
      first: hints.length > 0,
    };
  }

  function show(place, verdict, hintsShown, hintWord) {
    place.className = place.className.replace(/ ?\bkn-say-\w+/g, "");
    place.classList.add(`kn-say-${verdict.look}`);
    const lines = [...verdict.lines];
    if (hintsShown > 0 && verdict.hints.length) {
      lines.push(`<b>${hintWord}</b>: ${verdict.hints[(hintsShown - 1) % verdict.hints.length]}`);
    }
    place.innerHTML = lines.map((line) => `<p>${line}</p>`).join("");
  }

  function givenIn(form, parts) {
    return parts.map((_part, at) => {
      const controls = [...form.querySelectorAll(`[name$="-${at}"]`)];
      const sort = controls[0].type;
      if (sort === "checkbox") return controls.filter((control) => control.checked).map((control) => control.value);
      if (sort === "radio") return controls.find((control) => control.checked)?.value ?? "";
      return controls[0].value;
    });
  }

  const CAME_TRUE = new Map(); // of each prediction that is noted, what is said when it has been answered

  function tell(exercise) {
    const verdict = CAME_TRUE.get(exercise);
    const place = document.querySelector(`.kn-came-true[data-exercise="${exercise}"]`);
    if (verdict && place) show(place, verdict, 0, "");
  }

  function ready(box) {
    const form = box.querySelector("form");
    if (!form) return;
    const data = JSON.parse(turned(form.dataset.answers));
    const place = box.querySelector(".kn-verdict");
    const hint = form.querySelector(".kn-hint");
    let latest = { status: "", look: "of", lines: [], hints: data.hint ? [data.hint] : [], first: false };
    let hints = 0;
    form.hidden = false;
    const options = box.querySelector(".kn-options");
    if (options) options.hidden = true;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const given = givenIn(form, data.parts);
      const at = verdictOn(data, given);
      const predicts = data.noted !== null && data.table.includes(at);
      latest = said(data, predicts ? data.noted : at);
      hints = latest.first ? 1 : 0;
      show(place, latest, hints, hint?.textContent);
      if (latest.status === "right" || latest.status === "not yet") {
        if (data.noted === null) keep(data.id, latest.status);
        showProgress();
      }
      if (predicts) {
        CAME_TRUE.set(data.id, said(data, at, { answer: readNumber(String(given[0])) }));
        const folds = [...document.querySelectorAll(`details.kn-fold[data-exercise="${data.id}"]`)];
        const open = folds.every((fold) => fold.open);
        for (const fold of folds) fold.open = true; // its event says whether the prediction has come true
        if (open) tell(data.id);
      }
    });
    hint?.addEventListener("click", () => {
      hints += 1;
      show(place, latest, hints, hint.textContent);
    });
  }

  // ---- pictures, tables and text that may be wider than the window

  const WIDE = ".kn-scroll, .table-wrapper, article pre, div.kn";

  function reachable() {
    for (const box of document.querySelectorAll(WIDE)) {
      if (box.scrollWidth > box.clientWidth + 1) {
        box.tabIndex = 0;
        if (!box.hasAttribute("role")) box.setAttribute("role", "group");
        if (!box.hasAttribute("aria-label")) box.setAttribute("aria-label", document.body.dataset.scrolls ?? "↔");
      } else {
        box.removeAttribute("tabindex");
      }
    }
  }

  /** Put a drawing in the place of its image, so that it has the colours of the theme and can be pointed at. */
  async function enliven(image) {
    let drawing;
    try {
      const answer = await fetch(image.src, { cache: "force-cache" });
      drawing = new DOMParser().parseFromString(await answer.text(), "image/svg+xml").documentElement;
    } catch {
      return; // a page that was opened as a file keeps the image
    }
    if (drawing.nodeName !== "svg" || !image.isConnected) return;
    drawing.setAttribute("role", "group");
    drawing.setAttribute("aria-label", image.alt);
    const boxes = drawing.querySelectorAll(".f");
    for (const box of boxes) {
      box.setAttribute("tabindex", "0");
      box.setAttribute("role", "button");
    }
    const says = document.createElement("p");
    says.className = "says";
    says.textContent = image.dataset.hint ?? "";
    const tellOf = (event) => {
      const box = event.target.closest(".x");
      const text = box && (box.dataset.says || box.querySelector("title")?.textContent);
      if (text) says.textContent = text;
    };
    const copy = (box) => {
      const named = box?.closest("[data-ref]");
      navigator.clipboard?.writeText(named?.dataset.ref ?? "").then(() => { says.textContent = `✓ ${named.dataset.ref}`; });
    };
    drawing.addEventListener("mouseover", tellOf);
    drawing.addEventListener("focusin", tellOf);
    drawing.addEventListener("click", (event) => { if (event.target.closest(".name")) copy(event.target); });
    drawing.addEventListener("keydown", (event) => { if (event.key === "Enter") copy(event.target); });
    const frame = image.closest(".kn-scroll");
    image.replaceWith(document.adoptNode(drawing));
    if (boxes.length) frame?.after(says);
  }

  function copyButtons() {
    const { copy, copied } = document.body.dataset;
    if (!copy || !navigator.clipboard) return;
    for (const block of document.querySelectorAll("div.highlight")) {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "kn-copy";
      button.textContent = copy;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(block.querySelector("pre").textContent.replace(/\n$/, ""));
        button.textContent = copied;
        setTimeout(() => { button.textContent = copy; }, 2000);
      });
      block.append(button);
    }
  }

  function begin() {
    const said = document.getElementById("kn-numerals");
    if (said) numerals = JSON.parse(said.textContent);
    document.querySelectorAll(".kn-ask").forEach(ready);
    document.querySelectorAll("details.kn-fold[data-exercise]").forEach((fold) => {
      fold.addEventListener("toggle", () => { if (fold.open) tell(fold.dataset.exercise); });
    });
    showProgress();
    addEventListener("storage", showProgress);
    copyButtons();
    reachable();
    addEventListener("resize", reachable);
    document.querySelectorAll("details").forEach((fold) => fold.addEventListener("toggle", reachable));
    for (const image of document.querySelectorAll("img.kn-live")) {
      if (image.complete && image.naturalWidth) enliven(image);
      else image.addEventListener("load", () => enliven(image), { once: true });
    }
    let shut = [];
    addEventListener("beforeprint", () => {
      shut = [...document.querySelectorAll("details.kn-fold:not([open])")];
      for (const fold of shut) fold.open = true;
    });
    addEventListener("afterprint", () => { for (const fold of shut) fold.open = false; });
  }

  if (typeof module !== "undefined") {
    module.exports = { readNumber, readAddress, turned, verdictOn, use: (words) => { numerals = words; } };
  } else if (document.readyState === "loading") {
    addEventListener("DOMContentLoaded", begin);
  } else {
    begin();
  }
})();
