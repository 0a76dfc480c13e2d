/* On every page, loaded with defer; every page reads without it. No inline handlers: `script-src 'self'` is enough.
   Words come from the page's data-* attributes, so that they are translated where all words are. */
(function () {
  'use strict';
  var doc = document, root = doc.documentElement;
  var $ = function (s, c) { return (c || doc).querySelector(s); };
  var $$ = function (s, c) { return Array.prototype.slice.call((c || doc).querySelectorAll(s)); };
  var two = function (n) { return (n < 10 ? '0' : '') + n; };
  root.classList.add('js');

  /* Larger text: a cookie, so that the server writes the size into the page and nothing jumps. */
  var size = $('[data-textsize]');
  if (size) {
    size.hidden = false;
    size.addEventListener('click', function () {
      var on = !root.hasAttribute('data-size');
      if (on) { root.setAttribute('data-size', 'l'); } else { root.removeAttribute('data-size'); }
      size.setAttribute('aria-pressed', String(on));
      doc.cookie = 'size=' + (on ? 'l' : '') + ';path=/;samesite=lax;max-age=' + (on ? 31536000 : 0);
    });
  }

  /* Countdown: the seconds left come from the server, never from the device's clock. At 0 the page asks again. */
  $$('[data-countdown]').forEach(function (el) {
    var left = +el.dataset.countdown, t0 = performance.now(), timer;
    var put = function (k, v) { var b = $('[data-' + k + ']', el); if (b) { b.textContent = v; } };
    var tick = function () {
      var s = Math.max(0, Math.round(left - (performance.now() - t0) / 1000));
      put('d', Math.floor(s / 86400)); put('h', two(Math.floor(s / 3600) % 24));
      put('m', two(Math.floor(s / 60) % 60)); put('s', two(s % 60));
      if (!s) {
        clearInterval(timer);
        if (left > 0 && el.hasAttribute('data-reload')) { setTimeout(function () { location.replace(location.href); }, Math.random() * 5000); }
      }
    };
    timer = setInterval(tick, 1000);
    tick();
  });

  /* Ask again by itself; each device waits a little differently, so that they do not all come back at once. */
  $$('[data-retry]').forEach(function (el) {
    var n = Math.ceil(+el.dataset.retry * (0.75 + Math.random() / 2)), timer;
    var show = function () { el.textContent = n; };
    timer = setInterval(function () {
      if (n > 0) { n -= 1; show(); return; }
      clearInterval(timer);
      location.replace(location.href.split('#')[0]);
    }, 1000);
    show();
  });

  /* A link to a folded section opens it; wide screens open what is marked so */
  var unfold = function () {
    var t = location.hash.length > 1 && doc.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (t && t.tagName === 'DETAILS') { t.open = true; }
  };
  unfold();
  addEventListener('hashchange', unfold);
  if (matchMedia('(min-width:60em)').matches) { $$('[data-wide-open]').forEach(function (d) { d.open = true; }); }

  /* Copy: <button data-copy="#id-of-the-text" data-copied="Copied"><span>Copy</span></button>, hidden until it is known to work */
  $$('[data-copy]').forEach(function (b) {
    if (!navigator.clipboard) { return; }
    b.hidden = false;
    b.addEventListener('click', function () {
      var src = $(b.dataset.copy);
      navigator.clipboard.writeText(src.value || src.textContent.trim()).then(function () { ($('span', b) || b).textContent = b.dataset.copied; }, function () { b.hidden = true; });
    });
  });

  /* Print: a button that is hidden without script */
  $$('[data-print]').forEach(function (b) { b.hidden = false; b.addEventListener('click', function () { print(); }); });

  /* Signing out clears what this device kept of papers once the server has it, and asks first when it has not. */
  $$('form[data-sign-out]').forEach(function (form) {
    form.addEventListener('submit', function (e) {
      var keys = [], unsent = [];
      try {
        for (var i = 0; i < localStorage.length; i++) { if (/^(attempt|entry):/.test(localStorage.key(i))) { keys.push(localStorage.key(i)); } }
        unsent = keys.filter(function (k) { return JSON.parse(localStorage.getItem(k)).waiting; });
      } catch (error) { /* storage is off or not ours: nothing was kept */ }
      if (unsent.length && !confirm(form.dataset.unsent)) { e.preventDefault(); return; }
      keys.forEach(function (k) { if (unsent.indexOf(k) < 0) { localStorage.removeItem(k); } });
    });
  });
})();
