/* Units as one types: fills the same radio buttons that the search button would. Without it the button serves. */
(function () {
  'use strict';
  Array.prototype.forEach.call(document.querySelectorAll('[data-units]'), function (box) {
    var field = box.querySelector('input[type=search]'), found = box.querySelector('[data-found]');
    var nothing = box.querySelector('[data-nothing]'), model = box.querySelector('template').content;
    var button = box.querySelector('button[name=search]');
    var wait, asked = 0, shown = field.value.trim();

    function show(units) {
      var kept = found.querySelector('input:checked'), keep = kept && kept.closest('.pick');
      found.textContent = '';
      if (keep) { found.appendChild(keep); }
      units.forEach(function (unit) {
        if (kept && kept.value === String(unit.id)) { return; }
        var pick = model.cloneNode(true);
        pick.querySelector('input').value = unit.id;
        pick.querySelector('b').textContent = unit.name;
        pick.querySelector('small').textContent = unit.above;
        found.appendChild(pick);
      });
      nothing.hidden = units.length > 0 || !shown;
    }

    function ask() {
      var text = field.value.trim(), mine = ++asked;
      if (text === shown) { return; }
      shown = text;
      if (text.length < 2) { show([]); nothing.hidden = true; return; }
      fetch(box.dataset.units + '?q=' + encodeURIComponent(text)).then(function (answer) {
        return answer.ok ? answer.json() : Promise.reject(answer);
      }).then(function (answer) { if (mine === asked) { show(answer.units); } }, function () { shown = ''; });
    }

    field.addEventListener('input', function () { clearTimeout(wait); wait = setTimeout(ask, 250); });
    button.addEventListener('click', function (e) { e.preventDefault(); clearTimeout(wait); ask(); });
    field.addEventListener('keydown', function (e) {
      if (e.key === 'Enter') { e.preventDefault(); clearTimeout(wait); ask(); }
    });
    /* Elsewhere in the form, Enter means the main button, which comes last. */
    field.form.addEventListener('keydown', function (e) {
      if (e.key === 'Enter' && e.target.tagName === 'INPUT' && e.target !== field) {
        e.preventDefault();
        field.form.querySelector('[data-main]').click();
      }
    });
  });
})();
