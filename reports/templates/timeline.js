// Zoom, drag and hover on the timeline of a watch. Without it the picture stands, with its titles.
(() => {
  const svg = document.querySelector("svg.timeline"), tip = document.querySelector(".timeline-tip");
  if (!svg || !tip) return;
  const left = +svg.dataset.left, right = +svg.dataset.right, end = +svg.dataset.end;
  const bars = [...svg.querySelectorAll("[data-b]")], ticks = [...svg.querySelectorAll("[data-at]")];
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
      bar.setAttribute("x", x(+bar.dataset.b));
      bar.setAttribute("width", Math.max(2.5, x(+bar.dataset.e) - x(+bar.dataset.b)));
    }
    for (const tick of ticks) tick.setAttribute("transform", `translate(${x(+tick.dataset.at)} 0)`);
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
