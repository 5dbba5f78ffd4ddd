"""Alibaba Cloud's own NAS client against simulated CPFS: data flows, their tasks, and the subtasks of those."""

from alibabacloud_nas20170626 import models
from alibabacloud_nas20170626.client import Client
from alibabacloud_tea_openapi.exceptions import ServerException, ThrottlingException

from alibaba import AlibabaTest, config
from simulator import CREDENTIALS

FILE_SYSTEM = "bmcpfs-290w65p03ok64ya1"
FLOW = "df-194433a5be31ab12"
SEEDED = {"fileSystemId": FILE_SYSTEM, "dataFlowId": FLOW}
OF_FLOW = {"file_system_id": FILE_SYSTEM, "data_flow_id": FLOW}
UNKNOWN = "task-38aa8e890f45cd34"


def filters(model, chosen):
    return [model(key=key, value=value) for key, value in chosen.items()]


class AlibabaCpfs(AlibabaTest):
    provider = "alibaba-cpfs"
    operations = {
        "CancelDataFlowSubTask",
        "CancelDataFlowTask",
        "CreateDataFlow",
        "CreateDataFlowSubTask",
        "CreateDataFlowTask",
        "DescribeDataFlows",
        "DescribeDataFlowSubTasks",
        "DescribeDataFlowTasks",
        "DescribeRegions",
    }
    nas = Client(config())

    def seed_ids(self, details=None, **request):
        return [ids["taskId"] for ids in self.seed(details=SEEDED | (details or {}), **request)]

    def cancel(self, task_id, nas=nas, **parameters):
        request = models.CancelDataFlowTaskRequest(**OF_FLOW | {"task_id": task_id} | parameters)
        return nas.cancel_data_flow_task(request).body

    def describe(self, max_results=100, next_token=None, **chosen):
        request = models.DescribeDataFlowTasksRequest(
            file_system_id=FILE_SYSTEM,
            filters=filters(models.DescribeDataFlowTasksRequestFilters, chosen),
            max_results=max_results,
            with_reports=False,
            next_token=next_token,
        )
        return self.nas.describe_data_flow_tasks(request).body

    def status(self, task_id):
        [task] = self.describe(TaskIds=task_id).task_info.task
        self.assertEqual((task.task_id, task.data_flow_id, task.filesystem_id), (task_id, FLOW, FILE_SYSTEM))
        return task.status

    def describe_subtasks(self, **chosen):
        request = models.DescribeDataFlowSubTasksRequest(
            file_system_id=FILE_SYSTEM, filters=filters(models.DescribeDataFlowSubTasksRequestFilters, chosen)
        )
        return self.nas.describe_data_flow_sub_tasks(request).body.data_flow_sub_task.data_flow_sub_task

    def test_creates_cancels_and_sees_it_canceled(self):
        create_flow = models.CreateDataFlowRequest(file_system_id=FILE_SYSTEM, source_storage="oss://bucket")
        flow = self.nas.create_data_flow(create_flow).body.data_flow_id
        request = models.DescribeDataFlowsRequest(file_system_id=FILE_SYSTEM)
        [shown] = self.nas.describe_data_flows(request).body.data_flow_info.data_flow
        self.assertEqual((shown.data_flow_id, shown.source_storage), (flow, "oss://bucket"))

        create = models.CreateDataFlowTaskRequest(
            file_system_id=FILE_SYSTEM,
            data_flow_id=flow,
            task_action="Export",
            data_type="Metadata",
            directory="/a/",
            client_token="one-token",
        )
        task_id = self.nas.create_data_flow_task(create).body.task_id
        self.assertEqual(self.nas.create_data_flow_task(create).body.task_id, task_id)
        [task] = self.describe(DataFlowIds=flow).task_info.task
        self.assertEqual((task.task_id, task.status, task.directory), (task_id, "Pending", "/a/"))

        self.pass_time(minutes=1)
        answer = self.cancel(task_id, data_flow_id=flow, client_token="another-token")
        self.assertTrue(answer.request_id)
        self.assertEqual(self.describe(TaskIds=task_id).task_info.task[0].status, "Canceling")
        self.pass_time(minutes=10)
        [canceled] = self.describe(TaskIds=task_id, Status="Canceled").task_info.task
        self.assertGreater(canceled.end_time, canceled.start_time)
        self.assertEqual(self.true_states(), ["canceled"])

    def test_repeats_a_cancel_under_its_token(self):
        [task_id] = self.seed_ids()
        for _ in range(2):
            self.cancel(task_id, client_token="one-token")
        self.assertEqual([(e["task"], e["token"], e["count"]) for e in self.effects()], [(task_id, "one-token", 1)])
        [other] = self.seed_ids()
        self.assert_refused(400, "IdempotentParameterMismatch", lambda: self.cancel(other, client_token="one-token"))

    def test_rehearses_without_effect(self):
        [running], [ended] = self.seed_ids(), self.seed_ids(state="completed")
        self.assertTrue(self.cancel(running, dry_run=True).request_id)
        self.assertEqual(self.status(running), "Executing")
        self.assert_refused(400, "InvalidStatus.ResourceMismatch", lambda: self.cancel(ended, dry_run=True))
        self.assertEqual(self.effects(), [])

    def test_waits_for_subtasks_or_cancels_them(self):
        [task_id] = self.seed_ids(details={"action": "StreamImport"})
        of_task = OF_FLOW | {"data_flow_task_id": task_id}
        create = models.CreateDataFlowSubTaskRequest(**of_task, src_file_path="/from", dst_file_path="/to")
        subtask_id = self.nas.create_data_flow_sub_task(create).body.data_flow_sub_task_id
        self.pass_time(minutes=0.5)
        [subtask] = self.describe_subtasks(DataFlowTaskIds=task_id)
        self.assertEqual((subtask.data_flow_sub_task_id, subtask.src_file_path), (subtask_id, "/from"))
        self.assertEqual(subtask.status, "RUNNING")
        self.assert_refused(400, "InvalidStatus.ResourceMismatch", self.cancel, task_id)

        cancel = models.CancelDataFlowSubTaskRequest(**of_task, data_flow_sub_task_id=subtask_id)
        self.assertTrue(self.nas.cancel_data_flow_sub_task(cancel).body.request_id)
        self.pass_time(minutes=0.5)
        self.assertEqual(self.describe_subtasks(DataFlowSubTaskIds=subtask_id)[0].status, "CANCELED")
        self.cancel(task_id)
        self.assertEqual(self.status(task_id), "Canceling")

    def test_pages_and_filters(self):
        task_ids = self.seed_ids(count=25)
        ended = self.seed_ids(state="failed", details={"action": "Export", "failureMessage": "no bucket"})
        first = self.describe(max_results=10, DataFlowIds=FLOW)
        found, token = first.task_info.task, first.next_token
        while token:
            page = self.describe(max_results=10, DataFlowIds=FLOW, next_token=token)
            found, token = found + page.task_info.task, page.next_token
        self.assertEqual([task.task_id for task in found], task_ids + ended)
        for chosen in ({"Status": "Failed,Completed"}, {"TaskActions": "Export"}, {"TaskIds": ended[0]}):
            [task] = self.describe(**chosen).task_info.task
            self.assertEqual((task.task_id, task.error_msg), (ended[0], "no bucket"))
        self.assertEqual(self.describe(TaskIds="task-").task_info.task[0].task_id, task_ids[0])

    def test_names_its_regions(self):
        regions = self.nas.describe_regions(models.DescribeRegionsRequest()).body.regions.region
        self.assertIn("cn-hangzhou", [region.region_id for region in regions])

    def test_raises_the_documented_errors(self):
        [task_id] = self.seed_ids()
        refused = self.assert_refused
        refused(404, "InvalidTaskId.NotFound", self.cancel, UNKNOWN)
        refused(404, "InvalidDataFlow.NotFound", lambda: self.cancel(task_id, data_flow_id="df-0"))
        refused(404, "InvalidFileSystem.NotFound", lambda: self.cancel(task_id, file_system_id="cpfs-0"))
        refused(400, "MissingTaskId", self.cancel, None)
        refused(400, "IllegalCharacters", self.cancel, "task-#")
        unsupported = self.seed_ids(onCancel="unsupported")[0]
        refused(403, "OperationDenied.DataFlowNotSupported", self.cancel, unsupported)
        error = refused(400, "InvalidStatus.ResourceMismatch", self.cancel, self.seed_ids(state="completed")[0])
        self.assertTrue(error.request_id)

    def test_is_throttled_past_the_quota(self):
        [task_id] = self.seed_ids(onCancel="stuckCanceling")
        for _ in range(120):
            self.cancel(task_id)
        # Without a time to wait in the answer, the client does not call it throttling.
        self.assert_refused(400, "Throttling.User", self.cancel, task_id)

    def test_raises_what_a_cloud_in_trouble_answers(self):
        [task_id] = self.seed_ids()
        self.script_fault(kind="throttle", retryAfterMs=700)
        error = self.assert_refused(400, "Throttling.User", self.cancel, task_id, kind=ThrottlingException)
        self.assertEqual(error.retry_after, 700)
        self.script_fault(kind="error")
        self.assert_refused(500, "InternalError", self.cancel, task_id, kind=ServerException)
        self.assertEqual(self.effects(), [])

    def test_takes_both_signatures_and_temporary_keys(self):
        for signature in ({}, {"signature_algorithm": "v2"}):
            for keys in ("alibaba", "alibabaTemporary"):
                client = Client(config(keys=CREDENTIALS[keys], **signature))
                self.assertTrue(self.cancel(self.seed_ids()[0], client).request_id)
        self.assertEqual(self.true_states(), ["canceling"] * 4)

    def test_is_refused_with_a_bad_secret_or_token(self):
        [task_id] = self.seed_ids()
        wrong = Client(config(access_key_secret="wrong"))
        self.assert_refused(400, "SignatureDoesNotMatch", self.cancel, task_id, wrong)
        stale = Client(config(keys=CREDENTIALS["alibabaTemporary"], security_token="wrong"))
        self.assert_refused(400, "InvalidSecurityToken.Malformed", self.cancel, task_id, stale)
        self.assertEqual(self.effects(), [])
