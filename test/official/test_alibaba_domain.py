"""Alibaba Cloud's own Domain client against simulated Domain: tasks, their cancel, their details, their history."""

from datetime import datetime, timezone

from alibabacloud_domain20180129 import models
from alibabacloud_domain20180129.client import Client
from alibabacloud_tea_openapi.exceptions import ServerException, ThrottlingException

from alibaba import AlibabaTest, config
from simulator import CREDENTIALS

UNKNOWN = "7f217ae0-61f5-42e2-a1c3-42bad0124aaa"
PAGE = {"page_num": 1, "page_size": 100}


class AlibabaDomain(AlibabaTest):
    provider = "alibaba-domain"
    operations = {
        "CancelTask",
        "PollTaskResult",
        "QueryTaskDetailHistory",
        "QueryTaskDetailList",
        "QueryTaskInfoHistory",
        "QueryTaskList",
    }
    domain = Client(config())

    def seed_ids(self, **request):
        return [ids["taskNo"] for ids in self.seed(**request)]

    def cancel(self, task_no, domain=domain):
        return domain.cancel_task(models.CancelTaskRequest(task_no=task_no, lang="en")).body

    def list(self, **parameters):
        return self.domain.query_task_list(models.QueryTaskListRequest(**PAGE | parameters)).body

    def status(self, task_no):
        [row] = [row for row in self.list().data.task_info if row.task_no == task_no]
        return row.task_status, row.task_cancel_status

    def details(self, task_no, **parameters):
        request = models.QueryTaskDetailListRequest(**PAGE, task_no=task_no, **parameters)
        return self.domain.query_task_detail_list(request).body.data.task_detail

    def test_cancels_and_sees_it_canceled(self):
        [task_no] = self.seed_ids()
        self.assertEqual(self.status(task_no), ("EXECUTING", "INIT"))
        self.assertTrue(self.cancel(task_no).request_id)
        self.assertEqual(self.status(task_no), ("EXECUTING", "CANCELLING"))
        self.pass_time(minutes=1)
        self.assertEqual(self.status(task_no), ("COMPLETE", "COMPLETE"))
        self.assertEqual(self.true_states(), ["canceled"])

    def test_takes_the_older_answer_to_a_cancel(self):
        self.change_settings(switches={"successBody": "envelope"})
        [task_no] = self.seed_ids()
        self.assertIsNone(self.cancel(task_no).request_id)
        self.assertEqual(self.status(task_no), ("EXECUTING", "CANCELLING"))

    def test_pages_and_windows_of_days(self):
        task_nos = self.seed_ids(count=5)
        old = self.seed_ids(details={"createdOn": "2020-02-29"})
        pages = [self.list(page_num=number, page_size=4) for number in (1, 2)]
        self.assertEqual([(page.total_item_num, page.next_page) for page in pages], [(6, True), (6, False)])
        rows = [row for page in pages for row in page.data.task_info]
        self.assertEqual([row.task_no for row in rows], task_nos[::-1] + old)
        day = int(datetime(2020, 2, 29, tzinfo=timezone.utc).timestamp() * 1000)
        [row] = self.list(begin_create_time=day, end_create_time=day).data.task_info
        self.assertEqual((row.task_no, row.task_num), (old[0], 3))
        self.assertRegex(row.create_time, r"^Feb 29,2020 \d\d:\d\d:\d\d$")

    def test_shows_each_domain(self):
        details = {"failing": ["two.example"], "failureMessage": "locked"}
        [task_no] = self.seed_ids(state="completed", details=details)
        statuses = [row.task_status for row in self.details(task_no)]
        self.assertEqual(statuses, ["EXECUTE_SUCCESS", "EXECUTE_FAILURE", "EXECUTE_SUCCESS"])
        [failed] = self.details(task_no, task_status=3)
        self.assertEqual((failed.domain_name, failed.error_msg, failed.task_status_code), ("two.example", "locked", 3))
        [named] = self.details(task_no, domain_name="one.example")
        self.assertEqual(named.task_no, task_no)
        request = models.PollTaskResultRequest(**PAGE, task_no=task_no, task_result_status=2)
        finished = self.domain.poll_task_result(request).body.data.task_detail
        self.assertEqual([row.domain_name for row in finished], ["one.example", "three.example"])

    def test_finds_ended_tasks_in_the_history(self):
        self.change_settings(switches={"movedToHistory": "onceEnded"})
        ended = self.seed_ids(state="completed", count=3)
        self.assertEqual(self.list().total_item_num, 0)
        request = models.QueryTaskInfoHistoryRequest(page_size=2)
        first = self.domain.query_task_info_history(request).body
        request.task_no_cursor = first.next_page_cursor.task_no
        request.create_time_cursor = first.next_page_cursor.create_time_long
        last = self.domain.query_task_info_history(request).body
        self.assertEqual([row.task_no for row in first.objects + last.objects], ended[::-1])
        request = models.QueryTaskDetailHistoryRequest(page_size=10, task_no=ended[0])
        self.assertEqual(len(self.domain.query_task_detail_history(request).body.objects), 3)

    def test_raises_the_documented_errors(self):
        self.assert_refused(400, "ParameterIllegal", self.cancel, UNKNOWN)
        self.assert_refused(400, "MissingTaskNo", self.cancel, None)
        self.assert_refused(400, "MissingPageSize", lambda: self.list(page_size=None))
        error = self.assert_refused(400, "UnsupportedOperation", self.cancel, self.seed_ids(onCancel="unsupported")[0])
        self.assertTrue(error.request_id)

    def test_raises_what_a_cloud_in_trouble_answers(self):
        [task_no] = self.seed_ids()
        self.script_fault(kind="throttle", retryAfterMs=700)
        error = self.assert_refused(400, "Throttling.User", self.cancel, task_no, kind=ThrottlingException)
        self.assertEqual(error.retry_after, 700)
        self.script_fault(kind="error")
        self.assert_refused(500, "InternalError", self.cancel, task_no, kind=ServerException)
        self.assertEqual(self.effects(), [])

    def test_takes_both_signatures_and_temporary_keys(self):
        for signature in ({}, {"signature_algorithm": "v2"}):
            for keys in ("alibaba", "alibabaTemporary"):
                client = Client(config(keys=CREDENTIALS[keys], **signature))
                self.assertTrue(self.cancel(self.seed_ids()[0], client).request_id)
        self.assertEqual(self.true_states(), ["canceling"] * 4)

    def test_is_refused_with_a_bad_secret(self):
        [task_no] = self.seed_ids()
        for signature in ({}, {"signature_algorithm": "v2"}):
            wrong = Client(config(access_key_secret="wrong", **signature))
            self.assert_refused(400, "SignatureDoesNotMatch", self.cancel, task_no, wrong)
        self.assertEqual(self.effects(), [])
