"""boto3 against simulated FSx: every operation, its errors by their modelled names, and what a cancel leads to."""

from datetime import datetime, timezone

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from simulator import CREDENTIALS, ENDPOINT, SimulatorTest

FILE_SYSTEM = "fs-0123456789abcdef0"
UNKNOWN = "task-0123456789abcdef0"


def client(secret=CREDENTIALS["aws"]["secretAccessKey"]):
    return boto3.client(
        "fsx",
        endpoint_url=ENDPOINT,
        region_name="eu-west-1",
        aws_access_key_id=CREDENTIALS["aws"]["accessKeyId"],
        aws_secret_access_key=secret,
        config=Config(retries={"total_max_attempts": 1}),
    )


class AwsFsx(SimulatorTest):
    provider = "aws-fsx"
    operations = {"CreateDataRepositoryTask", "DescribeDataRepositoryTasks", "CancelDataRepositoryTask"}
    fsx = client()

    def create(self, **request):
        request = {"Type": "EXPORT_TO_REPOSITORY", "FileSystemId": FILE_SYSTEM, "Report": {"Enabled": False}} | request
        return self.fsx.create_data_repository_task(**request)["DataRepositoryTask"]

    def describe(self, task_id):
        return self.fsx.describe_data_repository_tasks(TaskIds=[task_id])["DataRepositoryTasks"][0]

    def seed_ids(self, **request):
        return [ids["taskId"] for ids in self.seed(**request)]

    def test_creates_cancels_and_sees_it_canceled(self):
        created = self.create(Paths=["/scratch"], ClientRequestToken="one-token")
        task_id = created["TaskId"]
        self.assertEqual(created["Lifecycle"], "PENDING")
        self.assertLess(abs((datetime.now(timezone.utc) - created["CreationTime"]).total_seconds()), 60)
        self.assertEqual(self.create(Paths=["/scratch"], ClientRequestToken="one-token")["TaskId"], task_id)

        self.pass_time(minutes=1)
        executing = self.describe(task_id)
        self.assertEqual((executing["Lifecycle"], executing["Paths"]), ("EXECUTING", ["/scratch"]))
        self.assertGreater(executing["Status"]["SucceededCount"], 0)

        answer = self.fsx.cancel_data_repository_task(TaskId=task_id)
        self.assertEqual((answer["Lifecycle"], answer["TaskId"]), ("CANCELING", task_id))
        self.assertTrue(answer["ResponseMetadata"]["RequestId"])
        self.assertEqual(self.describe(task_id)["Lifecycle"], "CANCELING")

        self.pass_time(minutes=1)
        canceled = self.describe(task_id)
        self.assertEqual(canceled["Lifecycle"], "CANCELED")
        self.assertGreater(canceled["EndTime"], canceled["StartTime"])
        self.assertEqual(self.true_states(), ["canceled"])

    def test_pages_and_filters(self):
        here = self.seed_ids(count=120, details={"fileSystemId": "fs-11111111"})
        ended = self.seed_ids(state="completed", details={"fileSystemId": "fs-11111111"})
        self.seed_ids(details={"fileSystemId": "fs-22222222"})
        on = {"Name": "file-system-id", "Values": ["fs-11111111"]}

        found, pages, token = [], 0, {}
        while pages == 0 or token:
            page = self.fsx.describe_data_repository_tasks(Filters=[on], MaxResults=50, **token)
            found += [task["TaskId"] for task in page["DataRepositoryTasks"]]
            token = {"NextToken": page["NextToken"]} if "NextToken" in page else {}
            pages += 1
        self.assertEqual((found, pages), (here + ended, 3))

        succeeded = {"Name": "task-lifecycle", "Values": ["SUCCEEDED", "FAILED"]}
        page = self.fsx.describe_data_repository_tasks(Filters=[on, succeeded])
        self.assertEqual([task["TaskId"] for task in page["DataRepositoryTasks"]], ended)

    def test_raises_the_documented_errors(self):
        errors = self.fsx.exceptions
        with self.assertRaises(errors.DataRepositoryTaskNotFound):
            self.fsx.cancel_data_repository_task(TaskId=UNKNOWN)
        with self.assertRaises(errors.DataRepositoryTaskNotFound):
            self.describe(UNKNOWN)
        for state in ("completed", "failed", "canceled"):
            with self.assertRaises(errors.DataRepositoryTaskEnded):
                self.fsx.cancel_data_repository_task(TaskId=self.seed_ids(state=state)[0])
        with self.assertRaises(errors.UnsupportedOperation):
            self.fsx.cancel_data_repository_task(TaskId=self.seed_ids(onCancel="unsupported")[0])
        with self.assertRaises(errors.BadRequest):
            self.fsx.cancel_data_repository_task(TaskId="not-a-task-id")
        self.create(ClientRequestToken="one-token")
        with self.assertRaises(errors.IncompatibleParameterError) as raised:
            self.create(ClientRequestToken="one-token", Paths=["/other"])
        self.assertEqual(raised.exception.response["Parameter"], "Paths")
        self.change_settings(switches={"activeTasksPerFileSystem": 1})
        with self.assertRaises(errors.DataRepositoryTaskExecuting):
            self.create()

    def test_raises_what_a_cloud_in_trouble_answers(self):
        task_id = self.seed_ids()[0]
        self.script_fault(kind="throttle", match={"operation": "CancelDataRepositoryTask"})
        with self.assertRaises(ClientError) as raised:
            self.fsx.cancel_data_repository_task(TaskId=task_id)
        self.assertEqual(raised.exception.response["Error"]["Code"], "ThrottlingException")
        self.script_fault(kind="error", match={"operation": "CancelDataRepositoryTask"})
        with self.assertRaises(self.fsx.exceptions.InternalServerError):
            self.fsx.cancel_data_repository_task(TaskId=task_id)
        self.assertEqual(self.true_states(), ["running"])

    def test_is_refused_with_a_bad_secret(self):
        task_id = self.seed_ids()[0]
        with self.assertRaises(ClientError) as raised:
            client(secret="wrong").cancel_data_repository_task(TaskId=task_id)
        self.assertEqual(raised.exception.response["Error"]["Code"], "InvalidSignatureException")
        self.assertEqual(self.effects(), [])
