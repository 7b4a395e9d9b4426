/**
 * The script of the status page, as text: it is served as it stands, without a build. It replaces what is in `main`,
 * and keeps what the reader did to it: what is open, where the focus is, what is being typed.
 */
export const SCRIPT = `"use strict";
(() => {
  const main = document.getElementById("main");
  const freshness = document.getElementById("freshness");
  const period = Number(main.dataset.refresh) * 1000;
  let timer = 0;
  let isLost = false;

  const say = (text) => {
    if (freshness.textContent !== text) freshness.textContent = text;
  };

  const isTyping = () => {
    const at = document.activeElement;
    return main.contains(at) && (at.tagName === "SELECT" || (at.tagName === "INPUT" && at.value !== at.defaultValue));
  };

  const replace = (markup) => {
    const openBefore = new Map([...main.querySelectorAll("details[id]")].map((each) => [each.id, each.open]));
    const typed = new Map(
      [...main.querySelectorAll("input[id], select[id]")].map((each) => [each.id, each.value]),
    );
    const focused = main.contains(document.activeElement) ? document.activeElement.id : "";
    const next = new DOMParser().parseFromString(markup, "text/html");
    main.replaceChildren(...next.body.childNodes);
    for (const each of main.querySelectorAll("details[id]")) {
      if (openBefore.has(each.id)) each.open = openBefore.get(each.id);
    }
    for (const each of main.querySelectorAll("input[id], select[id]")) {
      if (typed.has(each.id)) each.value = typed.get(each.id);
    }
    if (focused !== "") document.getElementById(focused)?.focus({ preventScroll: true });
  };

  const refresh = async () => {
    clearTimeout(timer);
    try {
      const answer = await fetch("/fragment" + location.search, { headers: { Accept: "text/html" } });
      if (!answer.ok) throw new Error(String(answer.status));
      const title = answer.headers.get("X-Page-Title");
      const markup = await answer.text();
      if (!isTyping()) replace(markup);
      if (title !== null) document.title = decodeURIComponent(title);
      isLost = false;
      say("Live");
    } catch {
      isLost = true;
      say("Connection lost: what you see is old");
    }
    document.documentElement.classList.toggle("lost", isLost);
    if (!document.hidden) timer = setTimeout(refresh, period);
  };

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden) refresh();
  });

  main.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-live]")) return;
    event.preventDefault();
    let complaint = "";
    try {
      const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)), redirect: "manual" });
      if (answer.status >= 400) complaint = "That did not work (" + answer.status + ")";
    } finally {
      await refresh();
      if (complaint !== "") say(complaint);
    }
  });

  say("Live");
  timer = setTimeout(refresh, period);
})();
`;
