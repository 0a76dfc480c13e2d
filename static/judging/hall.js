/* The hall's screen asks each second what is shown, less often while nobody answers, and never reloads. */
const main = document.querySelector('[data-hall]');
const SECOND = 1000, LONGEST = 15 * SECOND;
let state = main.dataset.state, pause = SECOND;

async function ask() {
  const abort = new AbortController();
  const late = setTimeout(() => abort.abort(), 8 * SECOND);
  try {
    const answer = await fetch(`${main.dataset.hall}?state=${state}`, { signal: abort.signal, cache: 'no-store' });
    if (!answer.ok) { throw new Error(answer.status); }
    const told = await answer.json();
    if (told.html) { main.innerHTML = told.html; }
    state = told.state;
    pause = SECOND;
  } catch {
    pause = Math.min(LONGEST, pause * 2);
  } finally {
    clearTimeout(late);
  }
  setTimeout(ask, pause);
}

setTimeout(ask, pause);
