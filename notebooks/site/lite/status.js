"use strict";
// A line at the foot of the running edition: what is happening, where else one can go, and how to start afresh.
// It also keeps one account of what is solved: the pages to read have it in localStorage, the notebooks in a file.
(() => {
  const CHANNEL = "k8snotes"; // on it Python says what it fetches
  const KEY = "k8snotes-progress";
  const FILE = ".k8snotes-progress.json";
  const EVERY = 400; // milliseconds between two looks at the kernel

  // A page without the focus has no current notebook; the one that is there is meant.
  const notebook = () => {
    const shell = window.jupyterapp?.shell;
    return shell?.currentWidget ?? [...(shell?.widgets("main") ?? [])].find((widget) => widget.context);
  };
  const path = () => notebook()?.context?.path ?? new URLSearchParams(location.search).get("path") ?? "";
  const language = path().startsWith("zh/") ? "zh" : "en";
  const words = JSON.parse(document.getElementById("k8snotes-words").textContent)[language];

  const bar = document.createElement("div");
  const said = document.createElement("span");
  const links = document.createElement("span");
  bar.id = "k8snotes-status";
  said.setAttribute("role", "status");
  const style = document.createElement("style");
  style.textContent = `
    #k8snotes-status { position: fixed; inset: auto 0 0 0; z-index: 10000; display: flex; flex-wrap: wrap; gap: 0 1.5em;
      align-items: center; padding: 4px 12px; font: 14px/1.5 system-ui, sans-serif; color: #1a1a1a; background: #fff8e1;
      border-top: 1px solid #b8860b; }
    #k8snotes-status.ready { background: #eef7f2; border-color: #2e7d5b; }
    #k8snotes-status a, #k8snotes-status button { color: #0b4f8a; background: none; border: 0; padding: 0; margin-right: 1.2em;
      font: inherit; text-decoration: underline; cursor: pointer; }
    #k8snotes-status a:focus-visible, #k8snotes-status button:focus-visible { outline: 2px solid #0b4f8a; outline-offset: 2px; }
    #main { bottom: 32px !important; }
    @media (max-width: 600px) { #k8snotes-status { font-size: 13px; } #main { bottom: 74px !important; } }
    @media print { #k8snotes-status { display: none; } }`;

  function link(text, address) {
    const made = document.createElement("a");
    made.textContent = text;
    made.href = address;
    links.append(made);
  }

  function button(text, act) {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    made.addEventListener("click", act);
    links.append(made);
  }

  function show() {
    document.head.append(style);
    bar.append(said, links);
    document.body.append(bar);
    const root = new URL("../../../", location.href.split("?")[0]);
    const name = path().replace(/^zh\//, "");
    const home = language === "zh" ? "zh/" : "";
    if (/^\d\d-[a-z0-9-]+\.ipynb$/.test(name)) {
      link(words.read, new URL(`${home}chapters/${name.replace(".ipynb", ".html")}`, root).href);
    }
    link(words.home, new URL(`${home}index.html`, root).href);
    if (path()) {
      button(words.afresh, afresh);
    }
  }

  let now = "";
  function say(text, ready = false) {
    if (text !== now) {
      now = text;
      said.textContent = text;
      bar.classList.toggle("ready", ready);
    }
  }

  // The copy of the notebook that this browser keeps goes, and the one of the site is opened.
  async function afresh() {
    const app = window.jupyterapp;
    const opened = path();
    if (!app || !opened || !window.confirm(words.sure)) {
      return;
    }
    const widget = notebook();
    await widget?.context?.sessionContext?.shutdown().catch(() => undefined);
    await app.serviceManager.contents.delete(opened).catch(() => undefined);
    widget?.context?.model && (widget.context.model.dirty = false);
    widget?.dispose();
    location.replace(`${location.pathname}?path=${encodeURIComponent(opened)}`);
  }

  // ---- what is solved

  const better = (one, other) => (one === "right" || other === "right" ? "right" : (one ?? other));

  function merged(...accounts) {
    const exercises = {};
    for (const account of accounts) {
      for (const [name, status] of Object.entries(account?.exercises ?? {})) {
        if (status === "right" || status === "not yet") {
          exercises[name] = better(exercises[name], status);
        }
      }
    }
    return { exercises: Object.fromEntries(Object.entries(exercises).sort()) };
  }

  function read(text) {
    try {
      return JSON.parse(text ?? "") ?? {};
    } catch {
      return {};
    }
  }

  const file = () => path().replace(/[^/]*$/, FILE);

  async function kept(contents) {
    try {
      const model = await contents.get(file(), { type: "file", format: "text", content: true });
      if (typeof model.content !== "string") {
        return JSON.stringify(model.content);
      }
      // what Python has written is kept as base64, whatever it is
      return model.content.trimStart().startsWith("{") ? model.content : atob(model.content);
    } catch {
      return "";
    }
  }

  let joining = Promise.resolve();
  function join() {
    joining = joining.then(async () => {
      const contents = window.jupyterapp?.serviceManager?.contents;
      if (!contents || !path()) {
        return;
      }
      const text = await kept(contents);
      const account = merged(read(localStorage.getItem(KEY)), read(text));
      if (Object.keys(account.exercises).length === 0) {
        return;
      }
      localStorage.setItem(KEY, JSON.stringify(account));
      if (JSON.stringify(merged(read(text))) !== JSON.stringify(merged(account))) {
        const content = `${JSON.stringify(account, null, 1)}\n`;
        await contents.save(file(), { type: "file", format: "text", content });
      }
    }).catch((error) => console.warn("k8snotes: progress", error));
    return joining;
  }

  // ---- what is happening

  let fetched = "";
  let joined = false;
  let once = false;
  let heard = null; // the kernel that is listened to
  let soon = 0;

  // After each answer of the kernel: something may have been solved.
  function listen(kernel) {
    if (kernel && kernel !== heard) {
      heard = kernel;
      kernel.statusChanged.connect((_, status) => {
        if (status === "idle") {
          clearTimeout(soon);
          soon = setTimeout(join, EVERY);
        }
      });
    }
  }

  function look() {
    const session = notebook()?.context?.sessionContext;
    const kernel = session?.session?.kernel;
    const status = kernel?.status ?? "unknown";
    listen(kernel);
    if (!joined && path() && window.jupyterapp?.serviceManager) {
      joined = true;
      join(); // before Python reads the file
    }
    if (fetched) {
      say(words.fetching.replace("{name}", fetched));
    } else if (!path()) {
      say(words.choose, true);
    } else if (!once && status !== "idle" && status !== "busy") {
      say(session ? words.starting : words.opening);
    } else {
      once = true;
      say(status === "busy" ? words.running : keeps() ? words.ready : words.unkept, status !== "busy");
    }
  }

  const keeps = () => window.isSecureContext && Boolean(navigator.serviceWorker);

  new BroadcastChannel(CHANNEL).addEventListener("message", (event) => {
    fetched = String(event.data).startsWith("fetching ") ? String(event.data).slice(9) : "";
    look();
  });
  show();
  setInterval(look, EVERY);
  look();

  // on a narrow window the notebook has the whole width
  const narrow = setInterval(() => {
    const shell = window.jupyterapp?.shell;
    if (notebook()) {
      clearInterval(narrow);
      if (window.innerWidth < 800) {
        shell.mode = "single-document";
        shell.collapseLeft();
      }
    }
  }, EVERY);
})();
