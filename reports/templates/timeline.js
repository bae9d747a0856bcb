// Zoom, drag and hover on the timeline of a watch. Without it the picture stands, with its titles.
(() => {
  const svg = document.querySelector("svg.timeline"), tip = document.querySelector(".timeline-tip");
  if (!svg || !tip) return;
  const left = +svg.dataset.left, right = +svg.dataset.right, end = +svg.dataset.end;
  const clock = +svg.dataset.clock, margin = +svg.dataset.margin, steps = svg.dataset.ticks.split(" ").map(Number);
  const bars = [...svg.querySelectorAll("[data-b]")], scale = svg.querySelector(".ticks"), tick = scale.querySelector("[data-at]");
  let from = 0, to = end, held = null;

  const x = (at) => left + (right - left) * (at - from) / (to - from);
  const at = (event) => {
    const box = svg.getBoundingClientRect();
    const pixels = (event.clientX - box.left) * svg.viewBox.baseVal.width / box.width + svg.viewBox.baseVal.x;
    return from + (Math.min(right, Math.max(left, pixels)) - left) / (right - left) * (to - from);
  };
  const show = (begin, finish) => {
    const span = Math.min(end, Math.max(2, finish - begin));
    from = Math.min(Math.max(0, begin), end - span);
    to = from + span;
    for (const bar of bars) {
      const width = Math.max(2.5, x(+bar.dataset.e) - x(+bar.dataset.b));
      bar.setAttribute("x", x(+bar.dataset.b));
      bar.setAttribute("width", width);
      if (bar.dataset.needs) bar.querySelector("text").setAttribute("visibility", width < +bar.dataset.needs ? "hidden" : "visible");
    }
    if (tick) scale.replaceChildren(...moments());
  };
  const moments = () => {
    const step = steps.find((each) => (to - from) / each <= +svg.dataset.most) ?? steps.at(-1), found = [];
    for (let moment = Math.ceil((from + clock) / step) * step - clock; moment <= to; moment += step) {
      if (x(moment) < left + margin || x(moment) > right - margin) continue;
      const next = tick.cloneNode(true);
      next.setAttribute("transform", `translate(${x(moment)} 0)`);
      next.querySelector("text").textContent = new Date(Math.round(moment + clock) * 1000).toISOString().slice(11, 19);
      found.push(next);
    }
    return found;
  };
  const zoom = (by, around = (from + to) / 2) => show(around - (around - from) * by, around + (to - around) * by);
  const move = (by) => show(from + by * (to - from), to + by * (to - from));
  const actions = { in: () => zoom(.5), out: () => zoom(2), all: () => show(0, end), back: () => move(-.25), on: () => move(.25) };

  svg.addEventListener("wheel", (event) => {
    if (!event.ctrlKey && !event.shiftKey) return; // a page that is scrolled must scroll on
    event.preventDefault();
    zoom((event.deltaY || event.deltaX) > 0 ? 1.25 : .8, at(event));
  }, { passive: false });
  svg.addEventListener("pointerdown", (event) => { held = { x: event.clientX, from, to }; svg.setPointerCapture(event.pointerId); });
  svg.addEventListener("pointerup", () => { held = null; });
  svg.addEventListener("dblclick", (event) => zoom(.4, at(event)));
  svg.addEventListener("pointermove", (event) => {
    if (held) {
      const seconds = (held.x - event.clientX) * svg.viewBox.baseVal.width / svg.getBoundingClientRect().width / (right - left) * (held.to - held.from);
      show(held.from + seconds, held.to + seconds);
    }
    const about = event.target.closest("[data-about]")?.dataset.about;
    tip.hidden = !about;
    if (!about) return;
    tip.textContent = about;
    tip.style.left = `${Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8)}px`;
    tip.style.top = `${event.clientY + 18}px`;
  });
  svg.addEventListener("pointerleave", () => { tip.hidden = true; });
  for (const title of svg.querySelectorAll("title")) title.remove(); // said by the tip from here on
  for (const button of document.querySelectorAll("[data-timeline]")) {
    button.hidden = false;
    button.addEventListener("click", actions[button.dataset.timeline]);
  }
})();
