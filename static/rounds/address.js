/* The address that is proposed for a Vietnamese title: Django's own list of letters leaves out half of ours. */
(function () {
  'use strict';
  var latin = window.URLify;
  window.URLify = function (text, longest, unicode) {
    return latin(text.normalize('NFD').replace(/[\u0300-\u036f]/g, '').replace(/đ/g, 'd').replace(/Đ/g, 'D'), longest, unicode);
  };
})();
