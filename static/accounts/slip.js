/* The secret of a slip does not stay in the address bar and in the history of a phone that others use. */
(function () {
  'use strict';
  var form = document.querySelector('form[data-shown]');
  if (form) { history.replaceState(null, '', form.dataset.shown); }
})();
