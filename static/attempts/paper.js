/* The paper on the page: one question at a time, the list of all, flags and keys. */

const wide = matchMedia('(min-width:60em)');

export function createPaper(root, words, { chosen, flagged, tellTime }) {
  const find = (selector) => root.querySelector(selector);
  const all = (selector) => Array.from(root.querySelectorAll(selector));
  const steps = all('.q');
  const last = steps.length;
  const links = all('.qgrid a');
  const list = find('.qnav');
  const opener = find('[data-sheet]');
  const put = (selector, text) => { find(selector).textContent = text; };
  let current = 1;
  let locked = false;

  const numbers = Array.from({ length: last - 1 }, (_unused, i) => i + 1);

  // Flags are the person's own notes on this device, so they come with the script.
  numbers.forEach((k) => {
    const label = find('[data-flag-template]').content.cloneNode(true);
    label.querySelector('input').dataset.flag = k;
    const pin = document.createElement('span');
    pin.className = 'pin';
    pin.append(label.querySelector('svg').cloneNode(true));
    links[k - 1].append(pin);
    steps[k - 1].append(label);
  });

  const boxes = (k) => Array.from(steps[k - 1].querySelectorAll('.opt input'));
  const choices = (k) => boxes(k).filter((box) => box.checked).map((box) => Number(box.value));
  const flag = (k) => steps[k - 1].querySelector('[data-flag]');
  const unanswered = () => numbers.filter((k) => !choices(k).length);
  const flags = () => numbers.filter((k) => flag(k).checked);
  const name = (k) => words.question.replace('{n}', k);

  function link(k) {
    const a = document.createElement('a');
    a.href = `#c${k}`;
    a.className = 'nb';
    a.textContent = name(k).toLowerCase();
    return a;
  }

  /** Fill `place` with links to the questions. */
  function pointTo(place, positions) {
    place.textContent = '';
    positions.forEach((k, i) => place.append(i ? ', ' : '', link(k)));
  }

  function refresh() {
    const left = unanswered();
    const marked = flags();
    numbers.forEach((k) => {
      const done = !left.includes(k);
      const pinned = marked.includes(k);
      links[k - 1].classList.toggle('done', done);
      links[k - 1].classList.toggle('flagged', pinned);
      links[k - 1].setAttribute('aria-label', [name(k), done ? words.answered : words.unanswered].concat(pinned ? words.flagged : []).join(', '));
    });
    find('[data-progress]').value = numbers.length - left.length;
    put('[data-n-done]', numbers.length - left.length);
    put('[data-n-left]', left.length);
    put('[data-n-flag]', marked.length);
    find('[data-left-note]').hidden = !left.length;
    pointTo(find('[data-left-list]'), left);
  }

  function sheet(open) {
    const was = root.classList.contains('sheet-open');
    root.classList.toggle('sheet-open', open && !wide.matches);
    opener.setAttribute('aria-expanded', String(open));
    if (open) { list.focus({ preventScroll: true }); } else if (was && list.contains(document.activeElement)) { opener.focus(); }
  }

  function go(k, quietly) {
    current = Math.min(last, Math.max(1, k));
    steps.forEach((step, i) => { step.hidden = i !== current - 1; });
    links.forEach((a, i) => { if (i === current - 1) { a.setAttribute('aria-current', 'step'); } else { a.removeAttribute('aria-current'); } });
    put('[data-where]', current < last ? name(current) : words.final);
    find('[data-of]').hidden = current === last;
    find('[data-prev]').disabled = current === 1;
    find('[data-next]').hidden = current === last;
    find('[data-submit]').hidden = current !== last;
    history.replaceState({ question: current }, '', location.pathname + location.search); // a reload comes back here
    sheet(false);
    const title = steps[current - 1].querySelector('legend,.legend');
    title.tabIndex = -1;
    if (!quietly) {
      all('[data-passing]').forEach((el) => { el.hidden = true; });
      scrollTo(0, 0);
    }
    title.focus({ preventScroll: true });
  }

  function choose(index) {
    const box = boxes(current)[index];
    if (!box || locked) { return; }
    box.focus();
    box.click();
  }

  function keys(e) {
    if (e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented) { return; }
    if (e.key === 'Escape') { sheet(false); return; }
    const at = document.activeElement;
    if (root.classList.contains('sheet-open') || (at && at.matches('input[type=text],select,textarea'))) { return; }
    if (e.key === 'ArrowLeft' || e.key === 'ArrowRight') { // up and down stay with the choices
      e.preventDefault();
      go(current + (e.key === 'ArrowRight' ? 1 : -1));
      return;
    }
    if (current === last || !steps[current - 1].contains(at)) { return; } // single keys only while the question has the focus
    const key = e.key.toLowerCase();
    if (key === 't') { tellTime(); return; }
    const index = '12345'.indexOf(key) < 0 ? 'abcde'.indexOf(key) : '12345'.indexOf(key);
    if (key.length === 1 && index >= 0) { e.preventDefault(); choose(index); }
  }

  root.addEventListener('click', (e) => {
    const a = e.target.closest('a[href^="#c"]');
    if (a) { e.preventDefault(); go(Number(a.hash.slice(2))); return; }
    if (e.target.closest('[data-prev]')) { go(current - 1); }
    if (e.target.closest('[data-next]')) { go(current + 1); }
    if (e.target.closest('[data-sheet-close]')) { sheet(false); }
  });
  opener.addEventListener('click', () => sheet(!root.classList.contains('sheet-open')));
  list.addEventListener('focusout', (e) => { if (e.relatedTarget && !list.contains(e.relatedTarget)) { sheet(false); } });
  document.addEventListener('keydown', keys);
  root.addEventListener('change', (e) => {
    if (e.target.matches('.opt input')) {
      const k = Number(e.target.closest('.q').dataset.position);
      refresh();
      chosen(k, choices(k));
    } else if (e.target.matches('[data-flag]')) {
      refresh();
      flagged();
    }
  });

  return {
    go,
    choices,
    flags,
    unanswered,
    pointTo,
    numbers,
    last,
    /** Tick exactly these choices; false when the question has no such choices. */
    set(k, wanted) {
      if (!numbers.includes(k) || !wanted.every((value) => boxes(k).some((box) => Number(box.value) === value))) { return false; }
      boxes(k).forEach((box) => { box.checked = wanted.includes(Number(box.value)); });
      return true;
    },
    mark(positions) { positions.forEach((k) => { if (numbers.includes(k)) { flag(k).checked = true; } }); },
    lock(on) {
      locked = on;
      numbers.forEach((k) => { steps[k - 1].disabled = on; });
      root.classList.toggle('is-locked', on);
    },
    /** Turn the plain form into the player, at the question of the address, else at the first unanswered one. */
    begin() {
      all('[data-of],[data-progress],[data-foot],[data-save],[data-sum],.sheet-close').forEach((el) => { el.hidden = false; });
      const asked = /^#c(\d+)$/.exec(location.hash) || [0, history.state && history.state.question];
      refresh();
      root.classList.add('is-on');
      go(Number(asked[1]) || unanswered()[0] || 1, true);
    },
    refresh,
  };
}
