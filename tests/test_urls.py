"""Every address of the platform, by everyone who may stand before it: what each is answered, and that looking is safe.

Another person's row is 404 on the pages of people; the desk leads back to its first page, as it does for a row that is
not there. An address that has no line here fails the first test.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.models import Slip
from contest.foundations.ledger import writing as ledger
from contest.standings.models import Board
from tests.cast import Stage, World

pytestmark = pytest.mark.django_db

# The columns of the matrix. The organizer, editor, observer, judge and the two managers hold offices in the contest
# whose addresses are walked, the foreign one organizes the contest beside it, and the stranger is an entrant there.
ROLES = (
    "anonymous", "entrant", "neighbour", "stranger", "manager", "far_manager", "judge", "editor", "observer",
    "organizer", "foreign", "admin",
)  # fmt: skip
CODES = {
    200: "+", 302: ">", 400: "b", 401: "u", 403: "x", 404: "-", 405: "m", 409: "r",
}  # fmt: skip

# name, answers to GET, answers to POST; "theirs" are rows of the other contest, "open" is a paper that is worked on.
MATRIX = """
answer                                            mmmmmmmmmmmm xxxxxxxxxxxx
answer/theirs                                     mmmmmmmmmmmm xxxxxxxxxxxx
hand_in                                           mmmmmmmmmmmm xxxxxxxxxxxx
hand_in/theirs                                    mmmmmmmmmmmm xxxxxxxxxxxx
front                                             ++++++++++++ mmmmmmmmmmmm
healthz                                           ++++++++++++ mmmmmmmmmmmm
readyz                                            ++++++++++++ mmmmmmmmmmmm
metrics                                           ++++++++++++ mmmmmmmmmmmm
set_language                                      >>>>>>>>>>>> >>>>>>>>>>>>
admin:search                                      >>>>>>>+++++ >>>>>>>+++++
admin:index                                       >>>>>>>+++++ >>>>>>>+++++
admin:login                                       >xxxxxx>>>>> >xxxxxx>>>>>
admin:logout                                      >>>>>>>>>>>> >>>>>>>>>>>>
admin:password_change                             >>>>>>>>>>>> >>>>>>>>>>>>
admin:password_change_done                        >>>>>>>+++++ >>>>>>>mmmmm
admin:autocomplete                                >>>>>>>xxxxx >>>>>>>mmmmm
admin:jsi18n                                      >>>>>>>+++++ >>>>>>>mmmmm
admin:accounts_unit_take_units                    >>>>>>>xx+++ >>>>>>>xx+++
admin:accounts_unit_move                          >>>>>>>xx+++ >>>>>>>xx+++
admin:accounts_unit_move/theirs                   >>>>>>>xx+++ >>>>>>>xx+++
admin:accounts_unit_merge                         >>>>>>>xx+++ >>>>>>>xx+++
admin:accounts_unit_merge/theirs                  >>>>>>>xx+++ >>>>>>>xx+++
admin:accounts_unit_split                         >>>>>>>xx+++ >>>>>>>xx+++
admin:accounts_unit_split/theirs                  >>>>>>>xx+++ >>>>>>>xx+++
admin:accounts_unit_changelist                    >>>>>>>x++++ >>>>>>>x++++
admin:accounts_unit_add                           >>>>>>>xx+++ >>>>>>>xx+++
admin:accounts_unit_history                       >>>>>>>x++++ >>>>>>>x++++
admin:accounts_unit_history/theirs                >>>>>>>x++++ >>>>>>>x++++
admin:accounts_unit_delete                        >>>>>>>xxxxx >>>>>>>xxxxx
admin:accounts_unit_delete/theirs                 >>>>>>>xxxxx >>>>>>>xxxxx
admin:accounts_unit_change                        >>>>>>>x++++ >>>>>>>xx+++
admin:accounts_unit_change/theirs                 >>>>>>>x++++ >>>>>>>xx+++
admin/accounts/unit/<path:object_id>/             >>>>>>>>>>>> >>>>>>>>>>>>
admin/accounts/unit/<path:object_id>//theirs      >>>>>>>>>>>> >>>>>>>>>>>>
admin:accounts_user_revoke_slips                  >>>>>>>xxxx+ >>>>>>>xxxx+
admin:accounts_user_revoke_slips/theirs           >>>>>>>xxxx+ >>>>>>>xxxx+
admin:accounts_user_end_sessions                  >>>>>>>xxxx+ >>>>>>>xxxx+
admin:accounts_user_end_sessions/theirs           >>>>>>>xxxx+ >>>>>>>xxxx+
admin:accounts_user_changelist                    >>>>>>>xxxx+ >>>>>>>xxxx+
admin:accounts_user_add                           >>>>>>>xxxx+ >>>>>>>xxxx+
admin:accounts_user_history                       >>>>>>>xxxx+ >>>>>>>xxxx+
admin:accounts_user_history/theirs                >>>>>>>xxxx+ >>>>>>>xxxx+
admin:accounts_user_delete                        >>>>>>>xxxxx >>>>>>>xxxxx
admin:accounts_user_delete/theirs                 >>>>>>>xxxxx >>>>>>>xxxxx
admin:accounts_user_change                        >>>>>>>xxxx+ >>>>>>>xxxx+
admin:accounts_user_change/theirs                 >>>>>>>xxxx+ >>>>>>>xxxx+
admin/accounts/user/<path:object_id>/             >>>>>>>>>>>> >>>>>>>>>>>>
admin/accounts/user/<path:object_id>//theirs      >>>>>>>>>>>> >>>>>>>>>>>>
admin:accounts_slip_changelist                    >>>>>>>xxxx+ >>>>>>>xxxx+
admin:accounts_slip_add                           >>>>>>>xxxxx >>>>>>>xxxxx
admin:accounts_slip_history                       >>>>>>>xxxx+ >>>>>>>xxxx+
admin:accounts_slip_delete                        >>>>>>>xxxxx >>>>>>>xxxxx
admin:accounts_slip_change                        >>>>>>>xxxx+ >>>>>>>xxxxx
admin/accounts/slip/<path:object_id>/             >>>>>>>>>>>> >>>>>>>>>>>>
admin:auditlog_logentry_changelist                >>>>>>>xxxx+ >>>>>>>xxxx+
admin:auditlog_logentry_add                       >>>>>>>xxxxx >>>>>>>xxxxx
admin:auditlog_logentry_history                   >>>>>>>xxxx+ >>>>>>>xxxx+
admin:auditlog_logentry_history/theirs            >>>>>>>xxxx+ >>>>>>>xxxx+
admin:auditlog_logentry_delete                    >>>>>>>xxxxx >>>>>>>xxxxx
admin:auditlog_logentry_delete/theirs             >>>>>>>xxxxx >>>>>>>xxxxx
admin:auditlog_logentry_change                    >>>>>>>xxxx+ >>>>>>>xxxxx
admin:auditlog_logentry_change/theirs             >>>>>>>xxxx+ >>>>>>>xxxxx
admin/auditlog/logentry/<path:object_id>/         >>>>>>>>>>>> >>>>>>>>>>>>
admin/auditlog/logentry/<path:object_id>//theirs  >>>>>>>>>>>> >>>>>>>>>>>>
admin:questions_bank_questions                    >>>>>>>>>>>> >>>>>>>>>>>>
admin:questions_bank_questions/theirs             >>>>>>>>>>>> >>>>>>>>>>>>
admin:questions_bank_add_question                 >>>>>>>>>>>> >>>>>>>>>>>>
admin:questions_bank_add_question/theirs          >>>>>>>>>>>> >>>>>>>>>>>>
admin:questions_bank_take_questions               >>>>>>>+-+-+ >>>>>>>+-+-+
admin:questions_bank_take_questions/theirs        >>>>>>>---++ >>>>>>>---++
admin:questions_bank_changelist                   >>>>>>>+++++ >>>>>>>+++++
admin:questions_bank_add                          >>>>>>>+x+++ >>>>>>>+x+++
admin:questions_bank_history                      >>>>>>>+>+>+ >>>>>>>+>+>+
admin:questions_bank_history/theirs               >>>>>>>>>>++ >>>>>>>>>>++
admin:questions_bank_delete                       >>>>>>>xxxxx >>>>>>>xxxxx
admin:questions_bank_delete/theirs                >>>>>>>xxxxx >>>>>>>xxxxx
admin:questions_bank_change                       >>>>>>>+>+>+ >>>>>>>+x+>+
admin:questions_bank_change/theirs                >>>>>>>>>>++ >>>>>>>>x>++
admin/questions/bank/<path:object_id>/            >>>>>>>>>>>> >>>>>>>>>>>>
admin/questions/bank/<path:object_id>//theirs     >>>>>>>>>>>> >>>>>>>>>>>>
admin:questions_question_approve                  >>>>>>>+-+-+ >>>>>>>+-+-+
admin:questions_question_approve/theirs           >>>>>>>---++ >>>>>>>---++
admin:questions_question_send_back                >>>>>>>+-+-+ >>>>>>>+-+-+
admin:questions_question_send_back/theirs         >>>>>>>---++ >>>>>>>---++
admin:questions_question_retire                   >>>>>>>+-+-+ >>>>>>>+-+-+
admin:questions_question_retire/theirs            >>>>>>>---++ >>>>>>>---++
admin:questions_question_restore                  >>>>>>>+-+-+ >>>>>>>+-+-+
admin:questions_question_restore/theirs           >>>>>>>---++ >>>>>>>---++
admin:questions_question_changelist               >>>>>>>+++++ >>>>>>>+++++
admin:questions_question_add                      >>>>>>>+x+++ >>>>>>>+x+++
admin:questions_question_history                  >>>>>>>+>+>+ >>>>>>>+>+>+
admin:questions_question_history/theirs           >>>>>>>>>>++ >>>>>>>>>>++
admin:questions_question_delete                   >>>>>>>xxxxx >>>>>>>xxxxx
admin:questions_question_delete/theirs            >>>>>>>xxxxx >>>>>>>xxxxx
admin:questions_question_change                   >>>>>>>+>+>+ >>>>>>>+x+>+
admin:questions_question_change/theirs            >>>>>>>>>>++ >>>>>>>>x>++
admin/questions/question/<path:object_id>/        >>>>>>>>>>>> >>>>>>>>>>>>
admin/questions/question/<path:object_id>//theirs >>>>>>>>>>>> >>>>>>>>>>>>
admin:rounds_contest_people                       >>>>>>>>>>>> >>>>>>>>>>>>
admin:rounds_contest_people/theirs                >>>>>>>>>>>> >>>>>>>>>>>>
admin:rounds_contest_take_roster                  >>>>>>>-x+-+ >>>>>>>-x+-+
admin:rounds_contest_take_roster/theirs           >>>>>>>---++ >>>>>>>---++
admin:rounds_contest_print_slips                  >>>>>>>-x+-+ >>>>>>>-x+-+
admin:rounds_contest_print_slips/theirs           >>>>>>>---++ >>>>>>>---++
admin:rounds_contest_add_round                    >>>>>>>>>>>> >>>>>>>>>>>>
admin:rounds_contest_add_round/theirs             >>>>>>>>>>>> >>>>>>>>>>>>
admin:rounds_contest_appoint                      >>>>>>>-x+-+ >>>>>>>-x+-+
admin:rounds_contest_appoint/theirs               >>>>>>>---++ >>>>>>>---++
admin:rounds_contest_dismiss                      >>>>>>>-x+-+ >>>>>>>-x+-+
admin:rounds_contest_dismiss/theirs               >>>>>>>---++ >>>>>>>---++
admin:rounds_contest_publish_consent              >>>>>>>-x+-+ >>>>>>>-x+-+
admin:rounds_contest_publish_consent/theirs       >>>>>>>---++ >>>>>>>---++
admin:rounds_contest_changelist                   >>>>>>>x++++ >>>>>>>x++++
admin:rounds_contest_add                          >>>>>>>xx+++ >>>>>>>xx+++
admin:rounds_contest_history                      >>>>>>>>++>+ >>>>>>>>++>+
admin:rounds_contest_history/theirs               >>>>>>>>>>++ >>>>>>>>>>++
admin:rounds_contest_delete                       >>>>>>>xxxxx >>>>>>>xxxxx
admin:rounds_contest_delete/theirs                >>>>>>>xxxxx >>>>>>>xxxxx
admin:rounds_contest_change                       >>>>>>>x++>+ >>>>>>>xx+>+
admin:rounds_contest_change/theirs                >>>>>>>x>>++ >>>>>>>xx>++
admin/rounds/contest/<path:object_id>/            >>>>>>>>>>>> >>>>>>>>>>>>
admin/rounds/contest/<path:object_id>//theirs     >>>>>>>>>>>> >>>>>>>>>>>>
admin:rounds_round_contest_page                   >>>>>>>->>-> >>>>>>>->>->
admin:rounds_round_contest_page/theirs            >>>>>>>--->> >>>>>>>--->>
admin:rounds_round_preview                        >>>>>>>-x>-> >>>>>>>-x>->
admin:rounds_round_preview/theirs                 >>>>>>>--->> >>>>>>>--->>
admin:rounds_round_quotas                         >>>>>>>-x>-> >>>>>>>-x>->
admin:rounds_round_quotas/theirs                  >>>>>>>--->> >>>>>>>--->>
admin:rounds_round_correct_key                    >>>>>>>-x+-+ >>>>>>>-x+-+
admin:rounds_round_correct_key/theirs             >>>>>>>---++ >>>>>>>---++
admin:rounds_round_changelist                     >>>>>>>x++++ >>>>>>>x++++
admin:rounds_round_add                            >>>>>>>xx+++ >>>>>>>xx+++
admin:rounds_round_history                        >>>>>>>>++>+ >>>>>>>>++>+
admin:rounds_round_history/theirs                 >>>>>>>>>>++ >>>>>>>>>>++
admin:rounds_round_delete                         >>>>>>>xxxxx >>>>>>>xxxxx
admin:rounds_round_delete/theirs                  >>>>>>>xxxxx >>>>>>>xxxxx
admin:rounds_round_change                         >>>>>>>x++>+ >>>>>>>xx+>+
admin:rounds_round_change/theirs                  >>>>>>>x>>++ >>>>>>>xx>++
admin/rounds/round/<path:object_id>/              >>>>>>>>>>>> >>>>>>>>>>>>
admin/rounds/round/<path:object_id>//theirs       >>>>>>>>>>>> >>>>>>>>>>>>
admin:rounds_quiz_changelist                      >>>>>>>x++++ >>>>>>>x++++
admin:rounds_quiz_add                             >>>>>>>xxxxx >>>>>>>xxxxx
admin:rounds_quiz_history                         >>>>>>>>++>+ >>>>>>>>++>+
admin:rounds_quiz_history/theirs                  >>>>>>>>>>++ >>>>>>>>>>++
admin:rounds_quiz_delete                          >>>>>>>xxxxx >>>>>>>xxxxx
admin:rounds_quiz_delete/theirs                   >>>>>>>xxxxx >>>>>>>xxxxx
admin:rounds_quiz_change                          >>>>>>>x++>+ >>>>>>>xx+>+
admin:rounds_quiz_change/theirs                   >>>>>>>x>>++ >>>>>>>xx>++
admin/rounds/quiz/<path:object_id>/               >>>>>>>>>>>> >>>>>>>>>>>>
admin/rounds/quiz/<path:object_id>//theirs        >>>>>>>>>>>> >>>>>>>>>>>>
admin:rounds_entrant_attempts                     >>>>>>>>>>>> >>>>>>>>>>>>
admin:rounds_entrant_attempts/theirs              >>>>>>>>>>>> >>>>>>>>>>>>
admin:rounds_entrant_correct                      >>>>>>>-x+-+ >>>>>>>-x+-+
admin:rounds_entrant_correct/theirs               >>>>>>>---++ >>>>>>>---++
admin:rounds_entrant_merge                        >>>>>>>-x>-> >>>>>>>-x>->
admin:rounds_entrant_merge/theirs                 >>>>>>>--->> >>>>>>>--->>
admin:rounds_entrant_changelist                   >>>>>>>x++++ >>>>>>>x++++
admin:rounds_entrant_add                          >>>>>>>xxxxx >>>>>>>xxxxx
admin:rounds_entrant_history                      >>>>>>>>++>+ >>>>>>>>++>+
admin:rounds_entrant_history/theirs               >>>>>>>>>>++ >>>>>>>>>>++
admin:rounds_entrant_delete                       >>>>>>>xxxxx >>>>>>>xxxxx
admin:rounds_entrant_delete/theirs                >>>>>>>xxxxx >>>>>>>xxxxx
admin:rounds_entrant_change                       >>>>>>>x++>+ >>>>>>>xxx>x
admin:rounds_entrant_change/theirs                >>>>>>>x>>++ >>>>>>>x>>xx
admin/rounds/entrant/<path:object_id>/            >>>>>>>>>>>> >>>>>>>>>>>>
admin/rounds/entrant/<path:object_id>//theirs     >>>>>>>>>>>> >>>>>>>>>>>>
admin:ledger_entry_changelist                     >>>>>>>x++++ >>>>>>>x++++
admin:ledger_entry_add                            >>>>>>>xxxxx >>>>>>>xxxxx
admin:ledger_entry_history                        >>>>>>>>++>+ >>>>>>>>++>+
admin:ledger_entry_history/theirs                 >>>>>>>>>>++ >>>>>>>>>>++
admin:ledger_entry_delete                         >>>>>>>xxxxx >>>>>>>xxxxx
admin:ledger_entry_delete/theirs                  >>>>>>>xxxxx >>>>>>>xxxxx
admin:ledger_entry_change                         >>>>>>>x++>+ >>>>>>>xxxxx
admin:ledger_entry_change/theirs                  >>>>>>>x>>++ >>>>>>>xxxxx
admin/ledger/entry/<path:object_id>/              >>>>>>>>>>>> >>>>>>>>>>>>
admin/ledger/entry/<path:object_id>//theirs       >>>>>>>>>>>> >>>>>>>>>>>>
admin:attempts_attempt_grant_to_person            >>>>>>>xx+++ >>>>>>>xx+++
admin:attempts_attempt_void                       >>>>>>>-x+-+ >>>>>>>-x+-+
admin:attempts_attempt_void/theirs                >>>>>>>---++ >>>>>>>---++
admin:attempts_attempt_grant                      >>>>>>>-x+-+ >>>>>>>-x+-+
admin:attempts_attempt_grant/theirs               >>>>>>>---++ >>>>>>>---++
admin:attempts_attempt_person                     >>>>>>>->>-> >>>>>>>->>->
admin:attempts_attempt_person/theirs              >>>>>>>--->> >>>>>>>--->>
admin:attempts_attempt_merge                      >>>>>>>xx+-+ >>>>>>>xx+-+
admin:attempts_attempt_merge/theirs               >>>>>>>xx-++ >>>>>>>xx-++
admin:attempts_attempt_changelist                 >>>>>>>x++++ >>>>>>>x++++
admin:attempts_attempt_add                        >>>>>>>xxxxx >>>>>>>xxxxx
admin:attempts_attempt_history                    >>>>>>>>++>+ >>>>>>>>++>+
admin:attempts_attempt_history/theirs             >>>>>>>>>>++ >>>>>>>>>>++
admin:attempts_attempt_delete                     >>>>>>>xxxxx >>>>>>>xxxxx
admin:attempts_attempt_delete/theirs              >>>>>>>xxxxx >>>>>>>xxxxx
admin:attempts_attempt_change                     >>>>>>>x++>+ >>>>>>>xxx>x
admin:attempts_attempt_change/theirs              >>>>>>>x>>++ >>>>>>>x>>xx
admin/attempts/attempt/<path:object_id>/          >>>>>>>>>>>> >>>>>>>>>>>>
admin/attempts/attempt/<path:object_id>//theirs   >>>>>>>>>>>> >>>>>>>>>>>>
admin:standings_board_decide                      >>>>>>>-x--- >>>>>>>-x---
admin:standings_board_decide/theirs               >>>>>>>----- >>>>>>>-----
admin:standings_board_people_lines                >>>>>>>-++-+ >>>>>>>-++-+
admin:standings_board_people_lines/theirs         >>>>>>>---++ >>>>>>>---++
admin:standings_board_unit_lines                  >>>>>>>-++-+ >>>>>>>-++-+
admin:standings_board_unit_lines/theirs           >>>>>>>---++ >>>>>>>---++
admin:standings_board_rebuild                     >>>>>>>-x+-+ >>>>>>>-x+-+
admin:standings_board_rebuild/theirs              >>>>>>>---++ >>>>>>>---++
admin:standings_board_changelist                  >>>>>>>x++++ >>>>>>>x++++
admin:standings_board_add                         >>>>>>>xxxxx >>>>>>>xxxxx
admin:standings_board_history                     >>>>>>>>++>+ >>>>>>>>++>+
admin:standings_board_history/theirs              >>>>>>>>>>++ >>>>>>>>>>++
admin:standings_board_delete                      >>>>>>>xxxxx >>>>>>>xxxxx
admin:standings_board_delete/theirs               >>>>>>>xxxxx >>>>>>>xxxxx
admin:standings_board_change                      >>>>>>>x++>+ >>>>>>>xxxxx
admin:standings_board_change/theirs               >>>>>>>x>>++ >>>>>>>xxxxx
admin/standings/board/<path:object_id>/           >>>>>>>>>>>> >>>>>>>>>>>>
admin/standings/board/<path:object_id>//theirs    >>>>>>>>>>>> >>>>>>>>>>>>
admin:notices_notice_changelist                   >>>>>>>xxxx+ >>>>>>>xxxx+
admin:notices_notice_add                          >>>>>>>xxxxx >>>>>>>xxxxx
admin:notices_notice_history                      >>>>>>>xxxx+ >>>>>>>xxxx+
admin:notices_notice_history/theirs               >>>>>>>xxxx+ >>>>>>>xxxx+
admin:notices_notice_delete                       >>>>>>>xxxxx >>>>>>>xxxxx
admin:notices_notice_delete/theirs                >>>>>>>xxxxx >>>>>>>xxxxx
admin:notices_notice_change                       >>>>>>>xxxx+ >>>>>>>xxxxx
admin:notices_notice_change/theirs                >>>>>>>xxxx+ >>>>>>>xxxxx
admin/notices/notice/<path:object_id>/            >>>>>>>>>>>> >>>>>>>>>>>>
admin/notices/notice/<path:object_id>//theirs     >>>>>>>>>>>> >>>>>>>>>>>>
admin:entries_likeness_passages                   >>>>>>>-++-+ >>>>>>>-++-+
admin:entries_likeness_passages/theirs            >>>>>>>---++ >>>>>>>---++
admin:entries_likeness_changelist                 >>>>>>>x++++ >>>>>>>x++++
admin:entries_likeness_add                        >>>>>>>xxxxx >>>>>>>xxxxx
admin:entries_likeness_history                    >>>>>>>>++>+ >>>>>>>>++>+
admin:entries_likeness_history/theirs             >>>>>>>>>>++ >>>>>>>>>>++
admin:entries_likeness_delete                     >>>>>>>xxxxx >>>>>>>xxxxx
admin:entries_likeness_delete/theirs              >>>>>>>xxxxx >>>>>>>xxxxx
admin:entries_likeness_change                     >>>>>>>x++>+ >>>>>>>xxxxx
admin:entries_likeness_change/theirs              >>>>>>>x>>++ >>>>>>>xxxxx
admin/entries/likeness/<path:object_id>/          >>>>>>>>>>>> >>>>>>>>>>>>
admin/entries/likeness/<path:object_id>//theirs   >>>>>>>>>>>> >>>>>>>>>>>>
admin:entries_call_preview                        >>>>>>>->>-> >>>>>>>->>->
admin:entries_call_preview/theirs                 >>>>>>>--->> >>>>>>>--->>
admin:entries_call_entries                        >>>>>>>->>-> >>>>>>>->>->
admin:entries_call_entries/theirs                 >>>>>>>--->> >>>>>>>--->>
admin:entries_call_public_page                    >>>>>>>->>-> >>>>>>>->>->
admin:entries_call_public_page/theirs             >>>>>>>--->> >>>>>>>--->>
admin:entries_call_round_page                     >>>>>>>->>-> >>>>>>>->>->
admin:entries_call_round_page/theirs              >>>>>>>--->> >>>>>>>--->>
admin:entries_call_changelist                     >>>>>>>x++++ >>>>>>>x++++
admin:entries_call_add                            >>>>>>>xx+++ >>>>>>>xx+++
admin:entries_call_history                        >>>>>>>>++>+ >>>>>>>>++>+
admin:entries_call_history/theirs                 >>>>>>>>>>++ >>>>>>>>>>++
admin:entries_call_delete                         >>>>>>>xxxxx >>>>>>>xxxxx
admin:entries_call_delete/theirs                  >>>>>>>xxxxx >>>>>>>xxxxx
admin:entries_call_change                         >>>>>>>x++>+ >>>>>>>xx+>+
admin:entries_call_change/theirs                  >>>>>>>x>>++ >>>>>>>xx>++
admin/entries/call/<path:object_id>/              >>>>>>>>>>>> >>>>>>>>>>>>
admin/entries/call/<path:object_id>//theirs       >>>>>>>>>>>> >>>>>>>>>>>>
admin:entries_entry_type_in                       >>>>>>>xx+++ >>>>>>>xx+++
admin:entries_entry_lists                         >>>>>>>xx+++ >>>>>>>xx+++
admin:entries_entry_valid                         >>>>>>>-x+-+ >>>>>>>-x+-+
admin:entries_entry_valid/theirs                  >>>>>>>---++ >>>>>>>---++
admin:entries_entry_more                          >>>>>>>-x+-+ >>>>>>>-x+-+
admin:entries_entry_more/theirs                   >>>>>>>---++ >>>>>>>---++
admin:entries_entry_invalid                       >>>>>>>-x+-+ >>>>>>>-x+-+
admin:entries_entry_invalid/theirs                >>>>>>>---++ >>>>>>>---++
admin:entries_entry_reopen                        >>>>>>>-x+-+ >>>>>>>-x+-+
admin:entries_entry_reopen/theirs                 >>>>>>>---++ >>>>>>>---++
admin:entries_entry_go_on_typing                  >>>>>>>-x>-> >>>>>>>-x>->
admin:entries_entry_go_on_typing/theirs           >>>>>>>--->> >>>>>>>--->>
admin:entries_entry_as_people                     >>>>>>>->>-> >>>>>>>->>->
admin:entries_entry_as_people/theirs              >>>>>>>--->> >>>>>>>--->>
admin:entries_entry_traces                        >>>>>>>-++-+ >>>>>>>-++-+
admin:entries_entry_traces/theirs                 >>>>>>>---++ >>>>>>>---++
admin:entries_entry_changelist                    >>>>>>>x++++ >>>>>>>x++++
admin:entries_entry_add                           >>>>>>>xxxxx >>>>>>>xxxxx
admin:entries_entry_history                       >>>>>>>>++>+ >>>>>>>>++>+
admin:entries_entry_history/theirs                >>>>>>>>>>++ >>>>>>>>>>++
admin:entries_entry_delete                        >>>>>>>xxxxx >>>>>>>xxxxx
admin:entries_entry_delete/theirs                 >>>>>>>xxxxx >>>>>>>xxxxx
admin:entries_entry_change                        >>>>>>>x++>+ >>>>>>>xxx>x
admin:entries_entry_change/theirs                 >>>>>>>x>>++ >>>>>>>x>>xx
admin/entries/entry/<path:object_id>/             >>>>>>>>>>>> >>>>>>>>>>>>
admin/entries/entry/<path:object_id>//theirs      >>>>>>>>>>>> >>>>>>>>>>>>
admin:judging_rubric_next_version                 >>>>>>>-x+-+ >>>>>>>-x+-+
admin:judging_rubric_next_version/theirs          >>>>>>>---++ >>>>>>>---++
admin:judging_rubric_put_into_use                 >>>>>>>-x+-+ >>>>>>>-x+-+
admin:judging_rubric_put_into_use/theirs          >>>>>>>---++ >>>>>>>---++
admin:judging_rubric_changelist                   >>>>>>>x++++ >>>>>>>x++++
admin:judging_rubric_add                          >>>>>>>xx+++ >>>>>>>xx+++
admin:judging_rubric_history                      >>>>>>>>++>+ >>>>>>>>++>+
admin:judging_rubric_history/theirs               >>>>>>>>>>++ >>>>>>>>>>++
admin:judging_rubric_delete                       >>>>>>>xxxxx >>>>>>>xxxxx
admin:judging_rubric_delete/theirs                >>>>>>>xxxxx >>>>>>>xxxxx
admin:judging_rubric_change                       >>>>>>>x++>+ >>>>>>>xxx>x
admin:judging_rubric_change/theirs                >>>>>>>x>>++ >>>>>>>xx>xx
admin/judging/rubric/<path:object_id>/            >>>>>>>>>>>> >>>>>>>>>>>>
admin/judging/rubric/<path:object_id>//theirs     >>>>>>>>>>>> >>>>>>>>>>>>
admin:judging_stage_candidates                    >>>>>>>>>>>> >>>>>>>>>>>>
admin:judging_stage_candidates/theirs             >>>>>>>>>>>> >>>>>>>>>>>>
admin:judging_stage_take_in                       >>>>>>>-x+-+ >>>>>>>-x+-+
admin:judging_stage_take_in/theirs                >>>>>>>---++ >>>>>>>---++
admin:judging_stage_anchors                       >>>>>>>-x+-+ >>>>>>>-x+-+
admin:judging_stage_anchors/theirs                >>>>>>>---++ >>>>>>>---++
admin:judging_stage_assign                        >>>>>>>-x+-+ >>>>>>>-x+-+
admin:judging_stage_assign/theirs                 >>>>>>>---++ >>>>>>>---++
admin:judging_stage_add_panel                     >>>>>>>>>>>> >>>>>>>>>>>>
admin:judging_stage_add_panel/theirs              >>>>>>>>>>>> >>>>>>>>>>>>
admin:judging_stage_calibration                   >>>>>>>-++-+ >>>>>>>-++-+
admin:judging_stage_calibration/theirs            >>>>>>>---++ >>>>>>>---++
admin:judging_stage_forecast                      >>>>>>>-++-+ >>>>>>>-++-+
admin:judging_stage_forecast/theirs               >>>>>>>---++ >>>>>>>---++
admin:judging_stage_chair                         >>>>>>>-x>-> >>>>>>>-x>->
admin:judging_stage_chair/theirs                  >>>>>>>--->> >>>>>>>--->>
admin:judging_stage_close                         >>>>>>>-x+-+ >>>>>>>-x+-+
admin:judging_stage_close/theirs                  >>>>>>>---++ >>>>>>>---++
admin:judging_stage_reopen                        >>>>>>>-x+-+ >>>>>>>-x+-+
admin:judging_stage_reopen/theirs                 >>>>>>>---++ >>>>>>>---++
admin:judging_stage_changelist                    >>>>>>>x++++ >>>>>>>x++++
admin:judging_stage_add                           >>>>>>>xx+++ >>>>>>>xx+++
admin:judging_stage_history                       >>>>>>>>++>+ >>>>>>>>++>+
admin:judging_stage_history/theirs                >>>>>>>>>>++ >>>>>>>>>>++
admin:judging_stage_delete                        >>>>>>>xxxxx >>>>>>>xxxxx
admin:judging_stage_delete/theirs                 >>>>>>>xxxxx >>>>>>>xxxxx
admin:judging_stage_change                        >>>>>>>x++>+ >>>>>>>xx+>+
admin:judging_stage_change/theirs                 >>>>>>>x>>++ >>>>>>>xx>++
admin/judging/stage/<path:object_id>/             >>>>>>>>>>>> >>>>>>>>>>>>
admin/judging/stage/<path:object_id>//theirs      >>>>>>>>>>>> >>>>>>>>>>>>
admin:judging_panel_to_stage                      >>>>>>>->>-> >>>>>>>->>->
admin:judging_panel_to_stage/theirs               >>>>>>>--->> >>>>>>>--->>
admin:judging_panel_leave                         >>>>>>>-x+-+ >>>>>>>-x+-+
admin:judging_panel_leave/theirs                  >>>>>>>---++ >>>>>>>---++
admin:judging_panel_changelist                    >>>>>>>x++++ >>>>>>>x++++
admin:judging_panel_add                           >>>>>>>xx+++ >>>>>>>xx+++
admin:judging_panel_history                       >>>>>>>>++>+ >>>>>>>>++>+
admin:judging_panel_history/theirs                >>>>>>>>>>++ >>>>>>>>>>++
admin:judging_panel_delete                        >>>>>>>xxxxx >>>>>>>xxxxx
admin:judging_panel_delete/theirs                 >>>>>>>xxxxx >>>>>>>xxxxx
admin:judging_panel_change                        >>>>>>>x++>+ >>>>>>>xx+>+
admin:judging_panel_change/theirs                 >>>>>>>x>>++ >>>>>>>xx>++
admin/judging/panel/<path:object_id>/             >>>>>>>>>>>> >>>>>>>>>>>>
admin/judging/panel/<path:object_id>//theirs      >>>>>>>>>>>> >>>>>>>>>>>>
admin:judging_candidate_decide                    >>>>>>>-x+-+ >>>>>>>-x+-+
admin:judging_candidate_decide/theirs             >>>>>>>---++ >>>>>>>---++
admin:judging_candidate_break_tie                 >>>>>>>-x+-+ >>>>>>>-x+-+
admin:judging_candidate_break_tie/theirs          >>>>>>>---++ >>>>>>>---++
admin:judging_candidate_let_on                    >>>>>>>-x+-+ >>>>>>>-x+-+
admin:judging_candidate_let_on/theirs             >>>>>>>---++ >>>>>>>---++
admin:judging_candidate_add_judge                 >>>>>>>-x+-+ >>>>>>>-x+-+
admin:judging_candidate_add_judge/theirs          >>>>>>>---++ >>>>>>>---++
admin:judging_candidate_reopen_sheet              >>>>>>>-x+-+ >>>>>>>-x+-+
admin:judging_candidate_reopen_sheet/theirs       >>>>>>>---++ >>>>>>>---++
admin:judging_candidate_end_assignment            >>>>>>>-x+-+ >>>>>>>-x+-+
admin:judging_candidate_end_assignment/theirs     >>>>>>>---++ >>>>>>>---++
admin:judging_candidate_unmask                    >>>>>>>-x+-+ >>>>>>>-x+-+
admin:judging_candidate_unmask/theirs             >>>>>>>---++ >>>>>>>---++
admin:judging_candidate_changelist                >>>>>>>x++++ >>>>>>>x++++
admin:judging_candidate_add                       >>>>>>>xxxxx >>>>>>>xxxxx
admin:judging_candidate_history                   >>>>>>>>++>+ >>>>>>>>++>+
admin:judging_candidate_history/theirs            >>>>>>>>>>++ >>>>>>>>>>++
admin:judging_candidate_delete                    >>>>>>>xxxxx >>>>>>>xxxxx
admin:judging_candidate_delete/theirs             >>>>>>>xxxxx >>>>>>>xxxxx
admin:judging_candidate_change                    >>>>>>>x++>+ >>>>>>>xxxxx
admin:judging_candidate_change/theirs             >>>>>>>x>>++ >>>>>>>xxxxx
admin/judging/candidate/<path:object_id>/         >>>>>>>>>>>> >>>>>>>>>>>>
admin/judging/candidate/<path:object_id>//theirs  >>>>>>>>>>>> >>>>>>>>>>>>
admin:judging_conflict_lift                       >>>>>>>-x+-+ >>>>>>>-x+-+
admin:judging_conflict_lift/theirs                >>>>>>>---++ >>>>>>>---++
admin:judging_conflict_changelist                 >>>>>>>x++++ >>>>>>>x++++
admin:judging_conflict_add                        >>>>>>>xx+++ >>>>>>>xx+++
admin:judging_conflict_history                    >>>>>>>>++>+ >>>>>>>>++>+
admin:judging_conflict_history/theirs             >>>>>>>>>>++ >>>>>>>>>>++
admin:judging_conflict_delete                     >>>>>>>xxxxx >>>>>>>xxxxx
admin:judging_conflict_delete/theirs              >>>>>>>xxxxx >>>>>>>xxxxx
admin:judging_conflict_change                     >>>>>>>x++>+ >>>>>>>xxxxx
admin:judging_conflict_change/theirs              >>>>>>>x>>++ >>>>>>>xxxxx
admin/judging/conflict/<path:object_id>/          >>>>>>>>>>>> >>>>>>>>>>>>
admin/judging/conflict/<path:object_id>//theirs   >>>>>>>>>>>> >>>>>>>>>>>>
admin:results_snapshot_make                       >>>>>>>xx+++ >>>>>>>xx+++
admin:results_snapshot_lines                      >>>>>>>-++-+ >>>>>>>-++-+
admin:results_snapshot_lines/theirs               >>>>>>>---++ >>>>>>>---++
admin:results_snapshot_check_result               >>>>>>>-x+-+ >>>>>>>-x+-+
admin:results_snapshot_check_result/theirs        >>>>>>>---++ >>>>>>>---++
admin:results_snapshot_publish                    >>>>>>>-x+-+ >>>>>>>-x+-+
admin:results_snapshot_publish/theirs             >>>>>>>---++ >>>>>>>---++
admin:results_snapshot_compare                    >>>>>>>-++-+ >>>>>>>-++-+
admin:results_snapshot_compare/theirs             >>>>>>>---++ >>>>>>>---++
admin:results_snapshot_ranking_table              >>>>>>>-x+-+ >>>>>>>-x+-+
admin:results_snapshot_ranking_table/theirs       >>>>>>>---++ >>>>>>>---++
admin:results_snapshot_ranking_text               >>>>>>>-x+-+ >>>>>>>-x+-+
admin:results_snapshot_ranking_text/theirs        >>>>>>>---++ >>>>>>>---++
admin:results_snapshot_ranking_paper              >>>>>>>-x+-+ >>>>>>>-x+-+
admin:results_snapshot_ranking_paper/theirs       >>>>>>>---++ >>>>>>>---++
admin:results_snapshot_sheets_table               >>>>>>>-x+-+ >>>>>>>-x+-+
admin:results_snapshot_sheets_table/theirs        >>>>>>>---++ >>>>>>>---++
admin:results_snapshot_sheets_paper               >>>>>>>-x+-+ >>>>>>>-x+-+
admin:results_snapshot_sheets_paper/theirs        >>>>>>>---++ >>>>>>>---++
admin:results_snapshot_changelist                 >>>>>>>x++++ >>>>>>>x++++
admin:results_snapshot_add                        >>>>>>>xxxxx >>>>>>>xxxxx
admin:results_snapshot_history                    >>>>>>>>++>+ >>>>>>>>++>+
admin:results_snapshot_history/theirs             >>>>>>>>>>++ >>>>>>>>>>++
admin:results_snapshot_delete                     >>>>>>>xxxxx >>>>>>>xxxxx
admin:results_snapshot_delete/theirs              >>>>>>>xxxxx >>>>>>>xxxxx
admin:results_snapshot_change                     >>>>>>>x++>+ >>>>>>>xxxxx
admin:results_snapshot_change/theirs              >>>>>>>x>>++ >>>>>>>xxxxx
admin/results/snapshot/<path:object_id>/          >>>>>>>>>>>> >>>>>>>>>>>>
admin/results/snapshot/<path:object_id>//theirs   >>>>>>>>>>>> >>>>>>>>>>>>
admin:app_list                                    >>>>>>>-++++ >>>>>>>-++++
admin/(?P<url>.*)$                                >>>>>>>----- >>>>>>>-----
slip_without_secret                               >>>>>>>>>>>> mmmmmmmmmmmm
slip                                              ------------ ------------
sign_in                                           ++++++++++++ ++++++++++++
sign_out                                          ++++++++++++ >>>>>>>>>>>>
account_login                                     +>>>>>>>>>>> +>>>>>>>>>>>
account_request_login_code                        +>>>>>>>>>>> +>>>>>>>>>>>
account_confirm_login_code                        >>>>>>>>>>>> >>>>>>>>>>>>
account_logout                                    >+++++++++++ >>>>>>>>>>>>
account_inactive                                  ++++++++++++ mmmmmmmmmmmm
account_reauthenticate                            >xxxxxxxxxxx >xxxxxxxxxxx
account_change_password                           >xxxxx>>>>>> >xxxxx>>>>>>
account_set_password                              >xxxxx++++++ >xxxxx++++++
account_reset_password                            ++++++++++++ ++++++++++++
account_confirm_password_reset_code               >>>>>>>>>>>> >>>>>>>>>>>>
account_complete_password_reset                   >>>>>>>>>>>> >>>>>>>>>>>>
account_password_reset_completed                  ++++++++++++ mmmmmmmmmmmm
mfa_index                                         >xxxxx++++++ >xxxxxmmmmmm
mfa_authenticate                                  >>>>>>>>>>>> >>>>>>>>>>>>
mfa_reauthenticate                                >xxxxxxxxxxx >xxxxxxxxxxx
mfa_activate_totp                                 >xxxxx++++++ >xxxxx++++++
mfa_deactivate_totp                               >xxxxx------ >xxxxx------
mfa_view_recovery_codes                           >xxxxx------ >xxxxxmmmmmm
mfa_generate_recovery_codes                       >xxxxx++++++ >xxxxx++++++
mfa_download_recovery_codes                       >xxxxx------ >xxxxx------
socialaccount_login_cancelled                     ++++++++++++ mmmmmmmmmmmm
socialaccount_login_error                         uuuuuuuuuuuu mmmmmmmmmmmm
openid_connect_login                              ------------ ------------
openid_connect_callback                           ------------ ------------
office                                            >--->>>>>>-- >mmmmmmmmmmm
office/theirs                                     >--------->- >mmmmmmmmmmm
contest_home                                      ++++++++++++ mmmmmmmmmmmm
contest_home/theirs                               ++++++++++++ mmmmmmmmmmmm
document                                          ++++++++++++ mmmmmmmmmmmm
document/theirs                                   ++++++++++++ mmmmmmmmmmmm
consents                                          >+++++++++++ >+++++++++++
consents/theirs                                   >+++++++++++ >+++++++++++
register                                          +>>+++++++++ b>>bbbbbbbbb
register/theirs                                   +++>++++++++ bbb>bbbbbbbb
registered                                        >>>>>>>>>>>> >mmmmmmmmmmm
registered/theirs                                 >>>>>>>>>>>> >mmmmmmmmmmm
registered_slip                                   >>>--------- >mmmmmmmmmmm
registered_slip/theirs                            >-->-------- >mmmmmmmmmmm
units                                             ++++++++++++ mmmmmmmmmmmm
units/theirs                                      ++++++++++++ mmmmmmmmmmmm
profile                                           >+++++++++++ >mmmmmmmmmmm
consent                                           >mmmmmmmmmmm >>>>>>>>>>>>
consent/theirs                                    >mmmmmmmmmmm >>>>>>>>>>>>
round                                             ++++++++++++ mmmmmmmmmmmm
round/theirs                                      ++++++++++++ mmmmmmmmmmmm
start                                             mmmmmmmmmmmm >>>rrrrrrrrr
start/theirs                                      mmmmmmmmmmmm >rr>rrrrrrrr
preview                                           >------+-+-+ >mmmmmmmmmmm
preview/theirs                                    >---------++ >mmmmmmmmmmm
mine                                              >++>>>>>>>>> >mmmmmmmmmmm
mine/theirs                                       >>>+>>>>>>>> >mmmmmmmmmmm
desk                                              >---++---+-+ mmmmmmmmmmmm
desk/theirs                                       >---------++ mmmmmmmmmmmm
desk_export                                       mmmmmmmmmmmm >---++---+-+
desk_export/theirs                                mmmmmmmmmmmm >---------++
desk_slips                                        >---++---+-+ >---+r---+-+
desk_slips/theirs                                 >---------++ >---------++
desk_confirm                                      mmmmmmmmmmmm >--->>--->->
desk_confirm/theirs                               mmmmmmmmmmmm >--------->>
desk_person                                       >---+----+-+ >---b----b-b
desk_person/theirs                                >---------++ >---------bb
attempt                                           >>---------- >>----------
attempt/theirs                                    >-->-------- >-->--------
attempt/open                                      >+---------- >+----------
result                                            >+---------- >mmmmmmmmmmm
result/theirs                                     >--+-------- >mmmmmmmmmmm
result_status                                     >+---------- >mmmmmmmmmmm
result_status/theirs                              >--+-------- >mmmmmmmmmmm
review                                            >----------- >mmmmmmmmmmm
review/theirs                                     >----------- >mmmmmmmmmmm
my_data                                           >+++++++++++ >mmmmmmmmmmm
standings                                         ++++++++++++ mmmmmmmmmmmm
standings/theirs                                  ++++++++++++ mmmmmmmmmmmm
standings_export                                  >mmmmmmmmmmm >--------+-+
standings_export/theirs                           >mmmmmmmmmmm >---------++
notices                                           >+++++++++++ >mmmmmmmmmmm
notices_read                                      >mmmmmmmmmmm >>>>>>>>>>>>
notice                                            >mmmmmmmmmmm >>----------
notice/theirs                                     >mmmmmmmmmmm >-->--------
call                                              ++++++++++++ mmmmmmmmmmmm
call/theirs                                       ++++++++++++ mmmmmmmmmmmm
entry_begin                                       mmmmmmmmmmmm >rrrrrrrrrrr
entry_begin/theirs                                mmmmmmmmmmmm >rrrrrrrrrrr
call_preview                                      >-------++-+ >mmmmmmmmmmm
call_preview/theirs                               >---------++ >mmmmmmmmmmm
unit_entries                                      >---++------ >mmmmmmmmmmm
unit_entries/theirs                               >----------- >mmmmmmmmmmm
entry                                             >+--+---++-+ >r--r---rr-r
entry/theirs                                      >--+------++ >--r------rr
entry_save                                        mmmmmmmmmmmm >r--r---rr-r
entry_save/theirs                                 mmmmmmmmmmmm >--r------rr
entry_submit                                      mmmmmmmmmmmm >r--r---rr-r
entry_submit/theirs                               mmmmmmmmmmmm >--r------rr
entry_withdraw                                    mmmmmmmmmmmm >r--r---rr-r
entry_withdraw/theirs                             mmmmmmmmmmmm >--r------rr
entry_author                                      mmmmmmmmmmmm >r----------
entry_author/theirs                               mmmmmmmmmmmm >--r--------
entry_confirm                                     mmmmmmmmmmmm >r--r---rr-r
entry_confirm/theirs                              mmmmmmmmmmmm >--r------rr
entry_files                                       >+--+---++-+ >r----------
entry_files/theirs                                >--+------++ >--r--------
entry_preview                                     >+--+---++-+ mmmmmmmmmmmm
entry_preview/theirs                              >--+------++ mmmmmmmmmmmm
entry_piece                                       mmmmmmmmmmmm mmmmmmmmmmmm
entry_piece/theirs                                mmmmmmmmmmmm mmmmmmmmmmmm
entry_file_state                                  >+--+---++-+ mmmmmmmmmmmm
entry_file_state/theirs                           >--+------++ mmmmmmmmmmmm
entry_file_remove                                 mmmmmmmmmmmm >r----------
entry_file_remove/theirs                          mmmmmmmmmmmm >--r--------
entry_file                                        >+--+---++-+ mmmmmmmmmmmm
entry_file/theirs                                 >--+------++ mmmmmmmmmmmm
entry_page                                        >+--+---++-+ mmmmmmmmmmmm
entry_page/theirs                                 >--+------++ mmmmmmmmmmmm
judging                                           >-----+----- >-----------
judging/theirs                                    >----------- >-----------
chair                                             >-----+--+-+ >-----------
chair/theirs                                      >---------++ >-----------
sheet                                             >-----+----- >mmmmmmmmmmm
sheet/theirs                                      >----------- >mmmmmmmmmmm
sheet_save                                        >mmmmmmmmmmm >-----r-----
sheet_save/theirs                                 >mmmmmmmmmmm >-----------
sheet_lock                                        >mmmmmmmmmmm >-----r-----
sheet_lock/theirs                                 >mmmmmmmmmmm >-----------
sheet_conflict                                    >mmmmmmmmmmm >----->-----
sheet_conflict/theirs                             >mmmmmmmmmmm >-----------
judged_file                                       >-----+----- >mmmmmmmmmmm
judged_file/theirs                                >----------- >mmmmmmmmmmm
judged_page                                       >-----+----- >mmmmmmmmmmm
judged_page/theirs                                >----------- >mmmmmmmmmmm
hall                                              ++++++++++++ mmmmmmmmmmmm
hall/theirs                                       ++++++++++++ mmmmmmmmmmmm
hall_data                                         ++++++++++++ mmmmmmmmmmmm
hall_data/theirs                                  ++++++++++++ mmmmmmmmmmmm
live                                              >-----+--+-+ >mmmmmmmmmmm
live/theirs                                       >---------++ >mmmmmmmmmmm
live_now                                          >-----+--+-+ >mmmmmmmmmmm
live_now/theirs                                   >---------++ >mmmmmmmmmmm
live_save                                         >mmmmmmmmmmm >-----------
live_save/theirs                                  >mmmmmmmmmmm >-----------
live_act                                          >mmmmmmmmmmm >-----------
live_act/theirs                                   >mmmmmmmmmmm >-----------
results                                           ++++++++++++ mmmmmmmmmmmm
results/theirs                                    ++++++++++++ mmmmmmmmmmmm
result_round                                      ++++++++++++ mmmmmmmmmmmm
result_round/theirs                               ++++++++++++ mmmmmmmmmmmm
works                                             ++++++++++++ mmmmmmmmmmmm
works/theirs                                      ++++++++++++ mmmmmmmmmmmm
work                                              ++++++++++++ mmmmmmmmmmmm
work/theirs                                       ++++++++++++ mmmmmmmmmmmm
work_page                                         ++++++++++++ mmmmmmmmmmmm
work_page/theirs                                  ++++++++++++ mmmmmmmmmmmm
feedback                                          >+---------- >mmmmmmmmmmm
feedback/theirs                                   >--+-------- >mmmmmmmmmmm
"""
LINES = {line.split()[0]: tuple(line.split()[1:]) for line in MATRIX.strip().splitlines() if line}


# --- Addresses -------------------------------------------------------------------------------------------------------
def addresses(resolver: URLResolver | None = None, prefix: str = "", space: str = "") -> Iterator[tuple[str, str]]:
    """The name and the pattern of every address; a pattern stands for an address without a name."""
    for one in (resolver or get_resolver()).url_patterns:
        if isinstance(one, URLResolver):
            name = f"{one.namespace}:" if one.namespace else space
            yield from addresses(one, prefix + str(one.pattern), name)
        elif isinstance(one, URLPattern):
            pattern = prefix + str(one.pattern)
            yield (f"{space}{one.name}" if one.name else pattern), pattern


ADDRESSES = dict(addresses())


def rows_of(world: World, stage: Stage) -> dict[str, Any]:
    """What stands in the place of an address's arguments."""
    is_mine = stage is world.mine
    entrant = world.entrant if is_mine else world.stranger
    works = world.works if is_mine else world.their_works
    attempt = entrant.attempts.get(period=stage.past)
    logged = LogEntry.objects.log_create(stage.contest, force_log=True, action=LogEntry.Action.UPDATE, changes={})
    entry = ledger.append(now=world.now, actor=None, action="test", subject=stage.contest, contest_id=stage.contest.pk)
    return {
        "slug": stage.contest.slug, "order": 1, "attempt_id": attempt.pk, "document_id": stage.document.pk,
        "text_id": stage.text.pk, "entrant_id": entrant.pk, "token": "x" * 22, "provider_id": "vneid",
        "url": "nowhere/", "app_label": "rounds", "content_type_id": 1, "object_id": 1,
        "accounts/unit": world.cell.pk if is_mine else world.elsewhere.pk, "accounts/user": entrant.user.pk,
        "accounts/slip": Slip.objects.earliest("pk").pk, "auditlog/logentry": logged.pk,
        "questions/bank": stage.bank.pk, "questions/question": stage.bank.questions.earliest("pk").pk,
        "rounds/contest": stage.contest.pk,
        "rounds/round": stage.round.pk, "rounds/quiz": stage.quiz.pk, "rounds/entrant": entrant.pk,
        "ledger/entry": entry.pk, "attempts/attempt": attempt.pk,
        "standings/board": Board.objects.get(period=stage.past).pk,
        "entry_id": works.entry.pk, "file_id": works.file.pk, "number": 1, "code": works.entry.code,
        "stage_id": works.live.pk, "notice_id": works.notice.pk, "assignment_id": works.assignment.pk,
        "notices/notice": works.notice.pk, "entries/call": works.call.pk, "entries/entry": works.entry.pk,
        "entries/likeness": works.likeness.pk, "judging/panel": works.assignment.seat.panel_id,
        "judging/conflict": works.conflict.pk,
        "judging/rubric": works.rubric.pk, "judging/stage": works.judged.pk,
        "judging/candidate": works.assignment.candidate_id, "results/snapshot": works.snapshot.pk,
    }  # fmt: skip


# Addresses of the second round, and of the stage that is not live; all others are asked about the first round.
OF_ENTRIES = {"call", "entry_begin", "call_preview", "result_round", "works", "work", "work_page"}


def rows_for(name: str, rows: dict[str, Any]) -> dict[str, Any]:
    """The rows for one address: the round and the stage that it is about."""
    if name in OF_ENTRIES:
        return {**rows, "order": 2}
    return {**rows, "stage_id": rows["judging/stage"]} if name == "chair" else rows


def path_of(pattern: str, rows: dict[str, Any]) -> str:
    """The address with rows in the place of its arguments."""
    model = re.match(r"admin/(\w+/\w+)/", pattern)
    rows = {**rows, "object_id": rows[model[1]]} if model and "object_id" in pattern else rows
    plain = re.sub(r"\(\?P<(\w+)>[^)]*\)", r"<\1>", pattern).replace("^", "").replace("$", "")
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(rows[found[1]]), plain)


def walk(world: World) -> list[tuple[str, str]]:
    """Each line of the matrix with its address: with rows of the contest, and with rows of the one beside it."""
    found = []
    mine, theirs = rows_of(world, world.mine), rows_of(world, world.theirs)
    for name, pattern in ADDRESSES.items():
        path, other = path_of(pattern, rows_for(name, mine)), path_of(pattern, rows_for(name, theirs))
        found.append((name, path))
        if path != other:
            found.append((f"{name}/theirs", other))
    return [*found, ("attempt/open", f"/attempts/{world.attempt.pk}/")]


BODIES: dict[str, dict[str, str]] = {
    "standings_export": {"board": "1-1", "what": "people", "kind": "csv"},
    "standings_export/theirs": {"board": "1-1", "what": "people", "kind": "csv"},
}


def answers(world: World, role: str, method: str, walked: list[tuple[str, str]]) -> dict[str, str]:
    """What each line's address answers to the person, as a letter."""
    client = world.client(role)
    client.raise_request_exception = False
    found = {}
    for name, path in walked:
        code = getattr(client, method)(path, BODIES.get(name, {})).status_code
        found[name] = CODES.get(code, str(code))
        if method == "post" and ("logout" in name or name == "sign_out"):
            client = world.client(role)
    return found


def contents() -> dict[str, Any]:
    """How many rows each table has, and a hash of what they say; but sessions, caches, and who holds which paper."""
    with connection.cursor() as cursor:
        tables = sorted({*connection.introspection.table_names(cursor)} - {"django_session", "cache"})
        found = {}
        for table in tables:
            cursor.execute(f"SELECT count(*), sum(hashtextextended((to_jsonb(t) - 'lease')::text, 0)) FROM {table} t")
            found[table] = cursor.fetchone()
    return found


# --- Tests -----------------------------------------------------------------------------------------------------------
def test_every_address_has_a_line():
    assert {name.removesuffix("/theirs").removesuffix("/open") for name in LINES} == ADDRESSES.keys()
    assert sorted(name for name, _pattern in addresses()) == sorted(ADDRESSES)  # no name stands for two


@pytest.mark.parametrize("role", ROLES)
def test_everyone_is_answered_as_the_matrix_says_and_looking_changes_nothing(role):
    world, column = World(), ROLES.index(role)
    walked, before = walk(world), contents()
    assert answers(world, role, "get", walked) == {name: line[0][column] for name, line in LINES.items()}
    assert contents() == before


@pytest.mark.parametrize("role", ROLES)
def test_what_people_send_is_answered_as_the_matrix_says(role):
    world, column = World(), ROLES.index(role)
    assert answers(world, role, "post", walk(world)) == {name: line[1][column] for name, line in LINES.items()}
