/* A tablet learns that another team was called: it says so, and never leaves a page on which something is typed. */
const note = document.querySelector('[data-live]');
const SECOND = 1000;
let pause = 2 * SECOND;

async function ask() {
  try {
    const answer = await fetch(note.dataset.live, { cache: 'no-store' });
    if (!answer.ok) { throw new Error(answer.status); }
    const { on } = await answer.json();
    note.hidden = !on || on === note.dataset.on;
    pause = 2 * SECOND;
  } catch {
    pause = Math.min(30 * SECOND, pause * 2);
  }
  setTimeout(ask, pause);
}

setTimeout(ask, pause);
