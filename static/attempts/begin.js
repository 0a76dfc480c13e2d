/* Before the first paint: one question at a time. Should the player not arrive, the whole paper stays a plain form. */
(function () {
  'use strict';
  var root = document.documentElement;
  var giveUp = function () { if (!root.hasAttribute('data-player')) { root.classList.remove('playing'); } };
  root.classList.add('playing');
  addEventListener('error', function (e) { if (e.target && e.target.tagName === 'SCRIPT') { giveUp(); } }, true);
  addEventListener('load', giveUp);
  setTimeout(giveUp, 8000);
})();
