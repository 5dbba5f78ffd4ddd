"""What the tests of Alibaba Cloud's clients share."""

from alibabacloud_tea_openapi.exceptions import AlibabaCloudException, ClientException
from alibabacloud_tea_openapi.models import Config

from simulator import CREDENTIALS, ENDPOINT, SimulatorTest


def config(keys=CREDENTIALS["alibaba"], **changes) -> Config:
    settings = {
        "endpoint": ENDPOINT.removeprefix("http://"),
        "protocol": "http",
        "region_id": "cn-hangzhou",
        "access_key_id": keys["accessKeyId"],
        "access_key_secret": keys["accessKeySecret"],
        "security_token": keys.get("securityToken"),
        "connect_timeout": 60_000,
        "read_timeout": 60_000,
    }
    return Config(**settings | changes)


class AlibabaTest(SimulatorTest):
    def assert_refused(self, status, code, call, *arguments, kind=ClientException) -> AlibabaCloudException:
        with self.assertRaises(kind) as raised:
            call(*arguments)
        self.assertEqual((raised.exception.status_code, raised.exception.code), (status, code))
        return raised.exception
