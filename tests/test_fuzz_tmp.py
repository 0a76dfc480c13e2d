import re, pytest, json, itertools
from tests.cast import World
from tests.test_urls import ADDRESSES, rows_of, path_of
pytestmark = pytest.mark.django_db
NASTY = ["\x00", "9223372036854775808", "1"*5000, "\u00b2", "-1", "%", "a"*70000, "99999999999"]
NASTY0 = ["\x00", "9223372036854775808", "1"*400, "1"*5000, "\u00b2", "\u0663", "-1", "'\"><script>alert(1)</script>", "%", "\ufeff\u202e", "NaN", "1e999", "a"*70000, "", "[]", "_", "0", "2147483648"]
IDS = ["0", "-1", "abc", "%00", "9223372036854775808", "1"*400, "1"*5000, "%F0%9F%98%80", "%ff%fe", "1'", "_00", "..%2f", "%C2%B2", "%D9%A3", "1.5", "99999999999999999999999999"]
PARAMS = ["q","unit","period","after","show","board","tab","block","contest","state","within","o","p","e","_popup","_to_field","next","seed","place","below","bank","topic","standing","kind","origin__exact","unit__id__exact","is_staff__exact","entrant","s","extended","page","all","_changelist_filters","language","term","app_label","model_name","field_name"]
def pages(world):
    rows = rows_of(world, world.mine)
    return {n: path_of(p, rows) for n,p in ADDRESSES.items()}
def tried(bad, what, call):
    try:
        from django.db import transaction
        with transaction.atomic(): r = call()
        if r.status_code >= 500: bad.append((what, r.status_code))
        return r
    except Exception as e:
        bad.append((what, repr(e)[:200]))
def role(n): return "admin" if n.startswith("admin") or n in("preview",) else ("manager" if n.startswith("desk") else "entrant")
def test_ids(capsys):
    w = World(); cs = {r: w.client(r) for r in ("admin","entrant","manager")}; bad=[]
    rows = rows_of(w, w.mine)
    for n,p in ADDRESSES.items():
        if "<" not in p: continue
        for v in IDS:
            for arg in set(re.findall(r"<(?:\w+:)?(\w+)>", p)):
                model = re.match(r"admin/(\w+/\w+)/", p)
                good = {**rows, "object_id": rows[model[1]] if model else 1}
                path = "/"+re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", p).replace("^","").replace("$","")
                path = re.sub(r"<(?:\w+:)?(\w+)>", lambda f: v if f[1]==arg else str(good[f[1]]), path)
                for m in ("get","post"):
                    tried(bad, (m, path[:120], n), lambda: getattr(cs[role(n)], m)(path))
    import inspect
    with open("/tmp/fuzz_%s.txt" % inspect.currentframe().f_code.co_name, "w") as f:
        for b in bad: print(b, file=f)
def test_query(capsys):
    w = World(); cs = {r: w.client(r) for r in ("admin","entrant","manager")}; bad=[]
    for n,path in pages(w).items():
        if n in ("admin:logout","sign_out","account_logout"): continue
        for v in NASTY:
            tried(bad, ("get", n, v[:20], len(v)), lambda: cs[role(n)].get(path, {p: v for p in PARAMS}))
    # one by one for changelists
    for n,path in pages(w).items():
        if "changelist" in n or n in ("desk","standings","preview","units","admin:standings_board_unit_lines","admin:standings_board_people_lines","admin:standings_board_decide","admin:autocomplete","admin:rounds_round_add","admin:questions_question_add"):
            for v in NASTY:
                for p in PARAMS:
                    tried(bad, ("get1", n, p, v[:20], len(v)), lambda: cs[role(n)].get(path, {p: v}))
    import inspect
    with open("/tmp/fuzz_%s.txt" % inspect.currentframe().f_code.co_name, "w") as f:
        for b in bad: print(b, file=f)
def test_forms(capsys):
    w = World(); cs = {r: w.client(r) for r in ("admin","entrant","manager","anonymous")}; bad=[]
    extra = {"desk_export":["kind","show","q","unit"],"desk_confirm":["entrant","unit"],"attempt":["q1","q2","prediction","prediction_confirmed","action"],"standings_export":["board","what","kind"],"set_language":["language","next"],"consent":["action"],"start":[]}
    ps = pages(w); ps["attempt_open"]=f"/attempts/{w.attempt.pk}/"; extra["attempt_open"]=extra["attempt"]
    for n,path in ps.items():
        if n in ("admin:logout","sign_out","account_logout"): continue
        for r in ({role(n), "anonymous"} if not n.startswith("admin") else {"admin"}):
            page = cs[r].get(path)
            names = set(re.findall(r'name="([^"]+)"', page.content.decode(errors="replace"))) if "html" in page.headers.get("Content-Type","") else set()
            names |= set(extra.get(n, []))
            names -= {"csrfmiddlewaretoken","viewport","description","theme-color","referrer"}
            if not names: continue
            for v in NASTY:
                tried(bad, ("post", r, n, v[:20], len(v), len(names)), lambda: cs[r].post(path, {p: v for p in names}))
            if n in ("register","sign_in","desk_person","desk_slips","attempt_open") or n.startswith("account"):
                for v in NASTY:
                    for p in names: tried(bad, ("post1", r, n, p, v[:20], len(v)), lambda: cs[r].post(path, {p: v}))
    import inspect
    with open("/tmp/fuzz_%s.txt" % inspect.currentframe().f_code.co_name, "w") as f:
        for b in bad: print(b, file=f)
