"""Huawei's own client against simulated SFS Turbo: import and export tasks, and directory usage tasks."""

import json

from huaweicloudsdkcore.auth.credentials import BasicCredentials
from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException, ServerResponseException
from huaweicloudsdkcore.region.region import Region
from huaweicloudsdksfsturbo.v1 import (
    CreateFsTaskRequest,
    CreateHpcCacheTaskReq,
    CreateHpcCacheTaskRequest,
    DeleteFsTaskRequest,
    DeleteHpcCacheTaskRequest,
    FsDirReq,
    ListFsTasksRequest,
    ListHpcCacheTasksRequest,
    ListSharesRequest,
    SFSTurboClient,
    ShowFsTaskRequest,
    ShowHpcCacheTaskRequest,
)

from simulator import CREDENTIALS, ENDPOINT, SimulatorTest

HUAWEI = CREDENTIALS["huawei"]
SHARE = "77ba6f4b-6365-4895-8dda-bc7142af4dde"
UNKNOWN = "11abef677ac40f46644d1d5cfc2424a4"


def client(secret=HUAWEI["sk"]):
    credentials = BasicCredentials(HUAWEI["ak"], secret, HUAWEI["projectId"])
    return SFSTurboClient.new_builder().with_credentials(credentials).with_endpoint(ENDPOINT).build()


class SfsTurboTest(SimulatorTest):
    sfs = client()

    def seed_ids(self, **request):
        return [ids["taskId"] for ids in self.seed(**request)]

    def assert_refused(self, status, code, call, *arguments):
        """The client knows no `errCode`, the service's own name for it: it hands the body on as the message."""
        with self.assertRaises(ClientRequestException) as raised:
            call(*arguments)
        error = raised.exception
        self.assertEqual((error.status_code, json.loads(error.error_msg)["errCode"]), (status, code))
        self.assertTrue(error.request_id)


class ImportAndExport(SfsTurboTest):
    provider = "huawei-sfs-turbo-data"
    operations = {
        "CreateHpcCacheTask",
        "DeleteHpcCacheTask",
        "ListHpcCacheTasks",
        "ShowHpcCacheTask",
        "ListShares",
        "KeystoneListProjects",
    }

    def create(self, **body):
        body = {"src_target": "link", "dest_target": "link", "src_prefix": "a", "dest_prefix": "a"} | body
        request = CreateHpcCacheTaskRequest(share_id=SHARE, body=CreateHpcCacheTaskReq(type="export", **body))
        return self.sfs.create_hpc_cache_task(request).task_id

    def show(self, task_id):
        return self.sfs.show_hpc_cache_task(ShowHpcCacheTaskRequest(share_id=SHARE, task_id=task_id))

    def delete(self, task_id):
        return self.sfs.delete_hpc_cache_task(DeleteHpcCacheTaskRequest(share_id=SHARE, task_id=task_id))

    def list(self, **filters):
        return self.sfs.list_hpc_cache_tasks(ListHpcCacheTasksRequest(share_id=SHARE, **filters))

    def test_creates_deletes_and_sees_it_gone(self):
        task_id = self.create()
        doing = self.show(task_id)
        self.assertEqual((doing.task_id, doing.status, doing.type), (task_id, "DOING", "export"))
        self.assertEqual((doing.src_target, doing.dest_target, doing.src_prefix), ("link", "link", "a"))

        answer = self.delete(task_id)
        self.assertEqual(answer.status_code, 202)
        self.assertTrue(answer.x_request_id)
        self.assertEqual(self.show(task_id).status, "DELETING")

        self.pass_time(minutes=1)
        self.assert_refused(400, "SFS.TURBO.0106", self.show, task_id)
        self.assert_refused(400, "SFS.TURBO.0106", self.delete, task_id)
        self.assertEqual(self.list().tasks, [])
        self.assertEqual(self.true_states(), ["canceled"])

    def test_erases_the_record_of_an_ended_task(self):
        for state, word in (("completed", "SUCCESS"), ("failed", "FAIL")):
            task_id = self.seed_ids(state=state)[0]
            self.assertEqual(self.show(task_id).status, word)
            self.delete(task_id)
            self.assert_refused(400, "SFS.TURBO.0106", self.show, task_id)

    def test_pages_and_filters(self):
        exports = self.seed_ids(count=5)
        ended = self.seed_ids(state="completed", details={"type": "import"})
        pages = [self.list(offset=offset, limit=4) for offset in (0, 4)]
        self.assertEqual([task.task_id for page in pages for task in page.tasks], exports + ended)
        self.assertEqual([page.count for page in pages], [6, 6])
        self.assertEqual([task.task_id for task in self.list(type="import").tasks], ended)
        self.assertEqual([task.task_id for task in self.list(status="DOING").tasks], exports)

    def test_raises_the_documented_errors(self):
        self.assert_refused(400, "SFS.TURBO.0106", self.delete, UNKNOWN)
        self.assert_refused(400, "SFS.TURBO.0001", lambda: self.create(dest_target="another"))
        self.change_settings(switches={"missingShares": [SHARE]})
        self.assert_refused(403, "SFS.TURBO.9000", self.show, UNKNOWN)
        self.script_fault(kind="error", match={"provider": self.provider})
        with self.assertRaises(ServerResponseException):
            self.show(UNKNOWN)

    def test_is_throttled(self):
        task_id = self.seed_ids()[0]
        self.script_fault(kind="throttle", match={"operation": "DeleteHpcCacheTask"})
        # The client loses the body of a 429 to a GET or DELETE, and logs the loss.
        logs = self.assertLogs("HuaweiCloud-SDK-SFSTurboClient", level="ERROR")
        with logs, self.assertRaises(ClientRequestException) as raised:
            self.delete(task_id)
        self.assertEqual(raised.exception.status_code, 429)
        self.assertEqual(self.true_states(), ["running"])

    def test_is_refused_with_a_bad_secret(self):
        task_id = self.seed_ids()[0]
        request = DeleteHpcCacheTaskRequest(share_id=SHARE, task_id=task_id)
        with self.assertRaises(ClientRequestException) as raised:
            client(secret="wrong").delete_hpc_cache_task(request)
        self.assertEqual((raised.exception.status_code, raised.exception.error_code), (401, "APIGW.0301"))
        self.assertEqual(self.effects(), [])

    def test_looks_up_its_project_and_lists_file_systems(self):
        credentials = BasicCredentials(HUAWEI["ak"], HUAWEI["sk"]).with_iam_endpoint(ENDPOINT)
        region = Region("cn-north-4", ENDPOINT)
        sfs = SFSTurboClient.new_builder().with_credentials(credentials).with_region(region).build()
        self.assertEqual([share.id for share in sfs.list_shares(ListSharesRequest()).shares], [SHARE])
        self.assertEqual(credentials.project_id, HUAWEI["projectId"])


class DirectoryUsage(SfsTurboTest):
    provider = "huawei-sfs-turbo-dir-usage"
    operations = {"CreateFsTask", "DeleteFsTask", "ListFsTasks", "ShowFsTask"}
    of = {"share_id": SHARE, "feature": "dir-usage"}

    def create(self, path="/data", **of):
        request = CreateFsTaskRequest(**self.of | of, body=FsDirReq(path=path))
        return self.sfs.create_fs_task(request).task_id

    def show(self, task_id, **of):
        return self.sfs.show_fs_task(ShowFsTaskRequest(**self.of | of, task_id=task_id))

    def delete(self, task_id, **of):
        return self.sfs.delete_fs_task(DeleteFsTaskRequest(**self.of | of, task_id=task_id))

    def list(self, **page):
        return self.sfs.list_fs_tasks(ListFsTasksRequest(**self.of, **page)).tasks

    def test_creates_deletes_and_sees_it_gone(self):
        task_id = self.create(path="/data/a")
        doing = self.show(task_id)
        self.assertEqual((doing.task_id, doing.status, doing.dir_usage.path), (task_id, "DOING", "/data/a"))

        self.assertEqual(self.delete(task_id).status_code, 202)
        self.assertEqual(self.show(task_id).status, "DOING")

        self.pass_time(minutes=1)
        self.assert_refused(404, "SFS.TURBO.0124", self.show, task_id)
        self.assert_refused(404, "SFS.TURBO.0124", self.delete, task_id)
        self.assertEqual(self.list(), [])
        self.assertEqual(self.true_states(), ["canceled"])

    def test_still_shows_a_deleted_task_while_its_cache_lasts(self):
        self.change_settings(refreshMs=5 * 60_000, delays={"cancelingMs": 0})
        task_id = self.seed_ids()[0]
        self.delete(task_id)
        self.assertEqual(self.show(task_id).status, "DOING")
        self.pass_time(minutes=5)
        self.assert_refused(404, "SFS.TURBO.0124", self.show, task_id)

    def test_measures_a_directory(self):
        task_id = self.seed_ids(state="completed", details={"usedBytes": 4096, "files": 3})[0]
        done = self.show(task_id)
        self.assertEqual((done.status, done.dir_usage.used_capacity), ("SUCCESS", 4096))
        self.assertEqual(done.dir_usage.file_count.regular, 3)

    def test_pages(self):
        task_ids = self.seed_ids(count=5)
        first = self.list(limit=3)
        rest = self.list(limit=3, marker=first[-1].task_id)
        self.assertEqual([task.task_id for task in first + rest], task_ids)

    def test_raises_the_documented_errors(self):
        task_id = self.seed_ids()[0]
        self.assert_refused(400, "SFS.TURBO.0123", lambda: self.delete(task_id, feature="dir-size"))
        self.assert_refused(404, "SFS.TURBO.0124", self.delete, UNKNOWN)
        self.seed_ids(count=9)
        self.assert_refused(400, "SFS.TURBO.0011", self.create)

    def test_is_refused_with_a_bad_secret(self):
        task_id = self.seed_ids()[0]
        with self.assertRaises(ClientRequestException) as raised:
            client(secret="wrong").delete_fs_task(DeleteFsTaskRequest(**self.of, task_id=task_id))
        self.assertEqual((raised.exception.status_code, raised.exception.error_code), (401, "APIGW.0301"))
        self.assertEqual(self.effects(), [])
