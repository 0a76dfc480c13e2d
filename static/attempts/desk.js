/* The figures stay fresh while somebody looks: what is marked [data-live] is taken from the page as it is now. */
(function () {
  'use strict';
  var live = document.querySelectorAll('[data-live]');
  if (!live.length || !window.fetch) { return; }

  function refresh() {
    if (document.hidden) { return next(); }
    fetch(location.href, { headers: { 'X-Live': '1' } }).then(function (answer) {
      return answer.ok && !answer.redirected ? answer.text() : Promise.reject(answer);
    }).then(function (text) {
      var page = new DOMParser().parseFromString(text, 'text/html');
      Array.prototype.forEach.call(document.querySelectorAll('[data-live]'), function (old) {
        var fresh = page.getElementById(old.id);
        if (fresh && !old.contains(document.activeElement)) { old.replaceWith(document.importNode(fresh, true)); }
      });
    }).then(next, next);
  }

  function next() { setTimeout(refresh, 1000 * live[0].dataset.live * (0.8 + 0.4 * Math.random())); }
  next();
})();
